import { beforeAll, describe, expect, test } from 'vitest';
import { findFfmpeg } from '../../src/demo/ffmpeg.js';
import { nodeBinary, ScratchProject, worksUnder } from '../package/scratch-project.js';

const project = new ScratchProject();

describe.each([20, 22, 24, 26])('the packed tarball in an empty project, under Node %s', (major) => {
  let binary = '';
  beforeAll(() => {
    binary = nodeBinary(major);
  }, 300_000);
  worksUnder(major, project, () => binary);
});

describe('an older Node is told what is needed, in one line', () => {
  let binary = '';
  beforeAll(() => {
    binary = nodeBinary(18);
  }, 300_000);
  const NEEDED = /^tusker needs Node 20\.19, 22\.13 or newer: this is 18\.\d+\.\d+\.$/;

  test('by the library', () => {
    const code = `import('tusker').catch((error) => console.log(error.message))`;
    expect(project.run(binary, '-e', code).stdout.trim()).toMatch(NEEDED);
  });

  test('by the command line', () => {
    const { status, stdout, stderr } = project.run(binary, 'node_modules/tusker/dist/cli/main.js', 'stats');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.trim()).toMatch(NEEDED);
  });
});

describe.each([22, 24, 26])('Node %s brings its own SQLite', (major) => {
  let binary = '';
  beforeAll(async () => {
    binary = nodeBinary(major);
    process.env.TUSKER_FFMPEG = await findFfmpeg();
    return () => {
      delete process.env.TUSKER_FFMPEG;
    };
  }, 300_000);
  const tusker = (...args: string[]) => project.run(binary, 'node_modules/tusker/dist/cli/main.js', ...args);

  test('which works without libsql; Node 22 alone warns of it, once', () => {
    const { status, stderr } = tusker('stats', '--url', 'sqlite:cli.db');
    expect(status).toBe(0);
    expect(stderr.match(/ExperimentalWarning: SQLite/g)?.length ?? 0).toBe(major === 22 ? 1 : 0);
  });

  test('and runs the demo', () => {
    const { status, stdout, stderr } = tusker('demo', '--chunk', '14', '--json');
    expect(stderr).not.toContain('error');
    expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ ok: true })]);
  });
});
