import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtPackage } from '../harness/shared.js';
import { startRedis } from '../redis-ground/server.js';
import { temporaryFolder } from '../subjects.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The code blocks of one language, in order. */
function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '');
}

const folder = temporaryFolder();
beforeAll(async () => {
  await builtPackage();
  mkdirSync(join(folder.path, 'node_modules'));
  symlinkSync(ROOT, join(folder.path, 'node_modules', 'tusker'));
});
afterAll(() => folder.remove());

function run(name: string, code: string): { status: number | null; stdout: string; stderr: string } {
  writeFileSync(join(folder.path, name), code);
  const { status, stdout, stderr } = spawnSync(process.execPath, [name], {
    cwd: folder.path,
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, NODE_ENV: '' },
  });
  return { status, stdout, stderr };
}

const EXPECTED = [
  /title: 'One',\s+parts: \[ 'song-1\/1-\d+\.mp3', 'song-1\/2-\d+\.mp3' \]/,
  /\[ 'ONE', 'TWO', 'THREE' \]/,
  /held by .+, try again in \d+ ms\ndone \{ key: 'part-7' \}\nTask "song-1" is open with 1 unit\(s\) done/,
  /^$/,
  /^$/,
];

describe('the code blocks of the README run as they stand', () => {
  test('each has an expected output here', () => {
    expect(blocks('js')).toHaveLength(EXPECTED.length);
    expect(blocks('cjs')).toHaveLength(1);
  });

  test.each(EXPECTED.map((expected, index) => ({ index, expected })))('block $index', ({ index, expected }) => {
    const { status, stdout, stderr } = run(`block-${index}.mjs`, blocks('js')[index] ?? '');
    expect(stderr.replace(/.*ExperimentalWarning.*\n.*trace-warnings.*\n/, '')).toBe('');
    expect(stdout).toMatch(expected);
    expect(status).toBe(0);
  });

  test('the one with require', () => {
    const { status, stdout } = run('block.cjs', blocks('cjs')[0] ?? '');
    expect([status, stdout]).toEqual([0, 'released\n']);
  });

  test.each(['SQLite', 'Redis'])('the shell commands, over %s', async (store) => {
    const redis = store === 'Redis' ? await startRedis() : undefined;
    const shell = blocks('sh').find((block) => block.includes('tusker exec')) ?? '';
    const bin = join(folder.path, 'bin');
    mkdirSync(bin, { recursive: true });
    rmSync(join(bin, 'tusker'), { force: true });
    symlinkSync(join(ROOT, 'dist/cli/main.js'), join(bin, 'tusker'));
    writeFileSync(join(folder.path, 'encode.sh'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    writeFileSync(join(folder.path, 'merge.sh'), '#!/bin/sh\ncat >merged.json\necho \'{"ok":true}\'\n', {
      mode: 0o755,
    });
    const { status, stderr, stdout } = spawnSync('bash', ['-euc', shell], {
      cwd: folder.path,
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...process.env, TUSKER_URL: redis?.url ?? '', PATH: `${bin}:${process.env.PATH ?? ''}` },
    });
    await redis?.stop();
    expect({ status, stderr, stdout }).toMatchObject({ status: 0 });
    expect(JSON.parse(readFileSync(join(folder.path, 'merged.json'), 'utf8'))).toMatchObject({ task: 'song-1' });
  });
});
