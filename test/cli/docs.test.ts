import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { linesOf, overEachStore } from './program.js';

const PAGE = readFileSync('docs/cli.md', 'utf8');

/** The code blocks of one language, in order. */
function blocks(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code]) => code ?? '');
}

overEachStore((tusker) => {
  test('the pipeline runs as it stands, and prints what the page says', async () => {
    const { code, stdout, stderr } = await tusker.process.bash(blocks('sh')[0] ?? '');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: blocks('text')[0], stderr: '' });
  });

  test('the history goes on behind a cursor', async () => {
    await tusker.run('open', 'song');
    const { code, stdout } = await tusker.process.bash(`set -e; ${blocks('sh')[1]}`);
    expect([code, stdout]).toEqual([0, '']);
    expect(linesOf(tusker.read('events.ndjson')).length).toBeGreaterThan(0);
  });

  test('tasks are chosen, looked at and touched', async () => {
    const { code, stdout } = await tusker.process.bash(`set -e; ${blocks('sh')[2]}`);
    expect(code).toBe(0);
    expect(stdout.match(/would cancel open/g)).toHaveLength(2);
    expect(stdout.match(/^upload-\d: cancelled$/gm)).toHaveLength(2);
    expect(stdout.match(/^upload-\d: retried; the task is open$/gm)).toHaveLength(2);
  });
});

test('there is no block that is not run, and no command that is not there', () => {
  expect([blocks('sh').length, blocks('text').length]).toEqual([3, 1]);
  const names = [...PAGE.matchAll(/`tusker ([a-z]+)/g)].map(([, name]) => name);
  expect(names.filter((name) => name !== 'help' && !COMMANDS.some((command) => command.name === name))).toEqual([]);
});
