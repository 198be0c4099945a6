import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/cli/command.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { Input } from '../../src/cli/input.js';
import { Output } from '../../src/cli/output.js';
import { parseCommandLine } from '../../src/cli/parse.js';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { SUBJECTS } from '../subjects.js';
import { surroundingsOf, ttyOf } from './in-process.js';
import { until } from './program.js';

/** Longer than the name of a removed task is kept, in ms. */
const STUB = 5 * 60_000 + 1;

/** Runs a command of the operator's hand at a terminal, and lets something happen between its list and its touch. */
async function touchAfter(tusker: Tusker, line: readonly string[], between: () => Promise<void>) {
  const [name = '', ...args] = line;
  const command = COMMANDS.find((one) => one.name === name) as Command;
  const tty = ttyOf({ columns: 100, rows: 30 });
  const surroundings = surroundingsOf({ cwd: '.', env: {}, tty });
  const context = {
    input: new Input(command.usage, parseCommandLine(command, args)),
    output: new Output(false, surroundings),
    tusker,
    reached: async () => {},
    storeUrl: 'none',
    commands: COMMANDS,
    surroundings,
  };
  const running = command.run(context);
  await until('the question', () => tty.stdout.text.includes('? [y/N] '));
  await between();
  tty.stdin.write('y\n');
  return { code: await running, said: tty.stdout.text };
}

describe.each(Object.entries(SUBJECTS))('over %s', (_, open) => {
  test.each([
    [['cancel', '--all'], 'open'],
    [['retry', '--all'], 'failed'],
    [['remove', '--state', 'failed'], 'failed'],
  ])('%j: a task that was removed and made anew since it was listed is left alone', async (line, state) => {
    const { store, advance, dispose } = await open();
    const tusker = createTusker({ store });
    try {
      const make = async (task: string): Promise<void> => {
        await tusker.open(task);
        if (state === 'failed') await tusker.cancel(task);
      };
      await make('old');
      await make('kept');
      const { code, said } = await touchAfter(tusker, line, async () => {
        if (state === 'open') await tusker.cancel('old');
        await tusker.remove('old');
        await advance(STUB);
        await tusker.sweep();
        await make('old');
      });
      const [anew, kept] = await tusker.reader.inspect(['old', 'kept']);
      expect([code, anew?.state]).toEqual([0, state]);
      expect(kept?.state).not.toBe(state);
      expect(said).toContain(' 1 task(s); 1 had changed meanwhile and were left alone');
    } finally {
      await tusker.stop();
      await dispose();
    }
  });

  test('one that is in another state than it was listed in is left alone as well, and one that is gone', async () => {
    const { store, dispose } = await open();
    const tusker = createTusker({ store });
    try {
      await Promise.all(['closed', 'gone', 'kept'].map((task) => tusker.open(task)));
      const { code, said } = await touchAfter(tusker, ['cancel', '--all'], async () => {
        await tusker.close('closed', { expect: 1 });
        await tusker.cancel('gone');
        await tusker.remove('gone');
      });
      expect([code, (await tusker.explain('closed')).state]).toEqual([0, 'locked']);
      expect(said).toContain('cancelled 1 task(s); 2 had changed meanwhile and were left alone');
    } finally {
      await tusker.stop();
      await dispose();
    }
  });
});
