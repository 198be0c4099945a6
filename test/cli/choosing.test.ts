import { describe, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import type { Program } from './program.js';
import { linesOf, overEachStore, until } from './program.js';

/** Tasks made in this process: many at once. */
async function withTasks<T>(program: Program, use: (tusker: Tusker) => Promise<T>): Promise<T> {
  await using tusker = createTusker(program.url);
  return await use(tusker);
}

const openAll = (program: Program, names: readonly string[]): Promise<unknown> =>
  withTasks(program, (tusker) => Promise.all(names.map((name) => tusker.open(name))));

/** `count` names: `prefix-1`, `prefix-2`, … */
const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);

overEachStore((program) => {
  const names = async (...args: string[]): Promise<string[]> =>
    (await program.jsonLines('tasks', ...args)).map(({ task }) => String(task)).sort();

  describe('tasks', () => {
    test('are chosen by name, prefix and several states at once', async () => {
      await withTasks(program, async (tusker) => {
        await Promise.all(['song-1', 'song-2', 'film-1', 'so*ng'].map((name) => tusker.open(name)));
        await tusker.close('song-2', { expect: 1 });
        await tusker.cancel('film-1');
      });
      expect(await names('--name', 'song-*')).toEqual(['song-1', 'song-2']);
      expect(await names('--name', '*-1')).toEqual(['film-1', 'song-1']);
      expect(await names('--prefix', 'so*')).toEqual(['so*ng']);
      expect(await names('--state', 'failed,locked')).toEqual(['film-1', 'song-2']);
      expect(await names('--state', 'open', '--name', 'song-*')).toEqual(['song-1']);
    });

    test('are chosen by how long they are in their state', async () => {
      await openAll(program, ['old']);
      await until('a moment', async () => (await names('--older-than', '20ms')).includes('old'));
      await openAll(program, ['new']);
      expect(await names('--newer-than', '1h')).toEqual(['new', 'old']);
      expect(await names('--older-than', '1h')).toEqual([]);
      // To be cancelled is another state.
      await withTasks(program, (tusker) => tusker.cancel('old'));
      expect(await names('--state', 'failed', '--older-than', '1m')).toEqual([]);
    });

    test('are read page after page, each once, with the cursor of the last one', async () => {
      await withTasks(program, async (tusker) => {
        await Promise.all(numbered('song', 30).map((name) => tusker.open(name)));
        await Promise.all(numbered('song', 12).map((name) => tusker.cancel(name)));
      });
      const seen: string[] = [];
      let after: string[] = [];
      for (let page = 0; page < 5; page++) {
        const tasks = await program.jsonLines('tasks', '--limit', '7', ...after);
        seen.push(...tasks.map(({ task }) => String(task)));
        after = ['--after', String(tasks.at(-1)?.cursor)];
      }
      expect(seen).toHaveLength(30);
      expect([...seen].sort()).toEqual(numbered('song', 30).sort());
    });

    test('people are told how a list that was cut goes on', async () => {
      await openAll(program, numbered('song', 3));
      const { stderr } = await program.run('tasks', '--limit', '2');
      const [, cursor = ''] = /there are more: --after '(.+)' goes on\n$/.exec(stderr) ?? [];
      const rest = await program.run('tasks', '--limit', '2', '--after', cursor);
      expect(rest.stdout.trimEnd().split('\n')).toHaveLength(1);
      expect(rest.stderr).toBe('');
    });

    test.each(['nonsense', 'failed~0~', 'open~99999~'])('%s is no cursor of this list: 2', async (cursor) => {
      const { code, stderr } = await program.run('tasks', '--state', 'open', '--after', cursor);
      expect([code, stderr]).toEqual([2, expect.stringContaining('tusker: INVALID_ARGUMENT: --after ')]);
    });
  });

  describe('retry, release, cancel and remove', () => {
    test('take several tasks by name; one that is not there does not stop the others', async () => {
      await openAll(program, ['a', 'b']);
      const { code, stdout, stderr } = await program.run('cancel', 'a', 'nobody', 'b');
      expect([code, stdout]).toEqual([3, 'a: cancelled\nb: cancelled\n']);
      expect(stderr).toContain('tusker: TASK_NOT_FOUND: ');
    });

    test('choose by state, name and age, print what they touched, and leave the others alone', async () => {
      await openAll(program, ['song-1', 'song-2', 'film-1']);
      const cancelled = await program.jsonLines('cancel', '--name', 'song-*', '--yes');
      expect(cancelled.map(({ task, kind }) => `${task} ${kind}`).sort()).toEqual([
        'song-1 cancelled',
        'song-2 cancelled',
      ]);
      expect(await names('--state', 'open')).toEqual(['film-1']);
      expect(await program.run('retry', '--all', '--older-than', '1h', '-y')).toMatchObject({
        code: 0,
        stdout: '',
        stderr: 'tusker: no task fits\n',
      });
      const { stdout, stderr } = await program.run('retry', '--prefix', 'song', '-y');
      expect(stdout.trimEnd().split('\n').sort()).toEqual(
        ['song-1', 'song-2'].map((task) => `${task}: retried; the task is open`),
      );
      expect(stderr).toBe('tusker: retried 2 task(s)\n');
      const released = await program.jsonLines('release', '--state', 'open,locked', '--name', '*-2', '--yes');
      expect(released).toEqual([{ task: 'song-2', kind: 'released', state: 'released' }]);
      await program.run('cancel', '--all', '--yes');
      expect(await program.jsonLines('remove', '--all', '--yes')).toHaveLength(3);
      expect(await names()).toEqual([]);
    });

    test('--dry-run lists what would be touched, and touches nothing', async () => {
      await openAll(program, ['song-1', 'song-2', 'film-1']);
      const { code, stdout } = await program.run('cancel', '--name', 'song-*', '--dry-run');
      expect(code).toBe(0);
      expect(stdout.trimEnd().split('\n').sort()).toEqual([
        'would cancel open       song-1',
        'would cancel open       song-2',
      ]);
      expect(await program.jsonLines('cancel', 'film-1', '--dry-run')).toEqual([
        { task: 'film-1', state: 'open', dryRun: true },
      ]);
      expect((await program.run('retry', 'film-1', '--dry-run')).code).toBe(5);
      expect(await names('--state', 'open')).toEqual(['film-1', 'song-1', 'song-2']);
    });

    test('touch no more than --limit, and say that there are more', async () => {
      await openAll(program, numbered('song', 600));
      const { stdout, stderr } = await program.run('cancel', '--all', '--limit', '300', '--yes');
      expect(stdout.trimEnd().split('\n')).toHaveLength(300);
      expect(stderr).toContain('cancelled 300 task(s)\n');
      expect(stderr).toContain('there are more than 300: ');
      expect(await program.json('stats')).toMatchObject({ open: 300, deadLetters: 300 });
    });

    test('touch nothing without --yes where nobody can be asked: 2', async () => {
      await openAll(program, numbered('song', 3));
      const { code, stdout, stderr } = await program.run('cancel', '--all');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe('tusker: USAGE: this would cancel 3 task(s): add --yes, or --dry-run to list them\n');
      expect(await names('--state', 'open')).toHaveLength(3);
    });

    test.each([
      [[], 'TASK is missing; name tasks, or choose them with '],
      [['song', '--all'], 'name tasks or choose them by options, not both'],
      [['--state', 'completed'], '--state is "completed"; allowed: open, locked, released, delayed, processing, or'],
    ])('%j is refused: 2', async (args, message) => {
      const { code, stderr } = await program.run('cancel', ...args);
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    });

    test.each([
      ['y', 0, 0],
      ['n', 2, 2],
    ])('at a terminal somebody is asked: %s', async (answer, code, open) => {
      await openAll(program, numbered('song', 2));
      const { type, ended, written } = program.startOnTerminal('cancel', '--all');
      await until('the question', () => written().includes('cancel 2 task(s)? [y/N] '));
      expect(written()).toContain('  song-1\n');
      type(`${answer}\n`);
      expect((await ended).code).toBe(code);
      expect(await program.json('stats')).toMatchObject({ open });
    });

    test('Ctrl-D at the question touches nothing: 2', async () => {
      await openAll(program, numbered('song', 2));
      const { hangUp, ended, written } = program.startOnTerminal('cancel', '--all');
      await until('the question', () => written().includes('? [y/N] '));
      hangUp();
      expect(await ended).toMatchObject({
        code: 2,
        stdout: expect.stringMatching(/\? \[y\/N\] \ntusker: .*USAGE.*: not confirmed: nothing was touched\n$/),
      });
      expect(await program.json('stats')).toMatchObject({ open: 2 });
    });

    test('Ctrl-C at the question touches nothing: 130', async () => {
      await openAll(program, numbered('song', 2));
      const { kill, ended, written } = program.startOnTerminal('cancel', '--all');
      await until('the question', () => written().includes('? [y/N] '));
      // As the terminal does at Ctrl-C.
      kill('SIGINT');
      expect(await ended).toMatchObject({
        code: 130,
        stdout: expect.stringContaining(': stopped by SIGINT'),
      });
      expect(await program.json('stats')).toMatchObject({ open: 2 });
    });
  });

  describe('events', () => {
    test('a cursor from a history that has lost its place is answered with a gap, and what is left', async () => {
      await withTasks(program, async (tusker) => {
        // Each is created, closed and released.
        for (let round = 0; round < 4; round++) {
          await Promise.all(numbered(`song-${round}`, 1000).map((name) => tusker.close(name)));
        }
      });
      const { stdout } = await program.run('events', '--since', '1', '--json');
      const [first, ...others] = linesOf(stdout);
      expect(first).toMatchObject({ kind: 'gap' });
      expect(others.length).toBeGreaterThanOrEqual(10_000);
      expect(others.every(({ kind }) => kind !== 'gap')).toBe(true);
    });

    test('a follower that begins with a cursor tells all behind it, and goes on', async () => {
      await openAll(program, ['one', 'two']);
      const history = await program.jsonLines('events');
      const { kill, ended, written } = program.start('events', '-f', '--json', '--since', String(history[0]?.cursor));
      await until('the history', () => linesOf(written()).length === history.length - 1);
      await openAll(program, ['three']);
      await until('the news', () => written().includes('three'));
      kill('SIGTERM');
      const { code, stdout } = await ended;
      const all = await program.jsonLines('events');
      expect([code, linesOf(stdout)]).toEqual([0, all.slice(1)]);
    });
  });
});
