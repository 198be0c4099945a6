import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { findCommand, parseCommandLine } from '../../src/cli/parse.js';
import { temporaryFolder } from '../subjects.js';

/** Stands for every program in the examples: it notes how it was called, in one write (a pipe has two at once), and prints a number. */
const NOTING = `#!/bin/bash
call=$(printf '%s\\037' "\${0##*/}" "$@"); printf '%s\\n' "$call" >> "$CALLS"; echo 0
`;

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);

beforeAll(() => {
  mkdirSync(at('bin'));
  mkdirSync(at('.config/fish/completions'), { recursive: true });
  writeFileSync(at('bin/tusker'), NOTING);
  chmodSync(at('bin/tusker'), 0o755);
  for (const name of ['bin/jq', 'encode']) symlinkSync(at('bin/tusker'), at(name));
});
afterAll(() => folder.remove());

/** How tusker is called when a shell runs these lines. */
function callsOf(name: string, lines: readonly string[]): string[][] {
  const calls = at(`${name}.calls`);
  writeFileSync(calls, '');
  spawnSync('bash', ['-c', lines.join('\n')], {
    cwd: folder.path,
    env: { PATH: `${at('bin')}:/usr/bin:/bin`, HOME: folder.path, CALLS: calls },
    stdio: 'ignore',
  });
  const lists = readFileSync(calls, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lists.map((line) => line.split('\x1f').slice(0, -1)).filter(([program]) => program === 'tusker');
}

describe('the examples of the help are command lines that tusker takes', () => {
  test.each(COMMANDS.map((command) => [command.name, command] as const))('%s', (name, { examples }) => {
    const calls = callsOf(name, examples).map((words) => words.slice(1));
    expect(calls.some((args) => args.includes(name))).toBe(true);
    for (const args of calls) {
      const index = findCommand(args) ?? -1;
      const command = COMMANDS.find((candidate) => candidate.name === args[index]);
      if (!command) throw new Error(`no command in ${args.join(' ')}`);
      parseCommandLine(
        command,
        args.filter((_, at) => at !== index),
      );
    }
  });
});
