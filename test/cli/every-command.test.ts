import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { overEachStore } from './program.js';

/** They have tests of their own: they serve, examine or perform, or are not for every store. */
const ELSEWHERE = ['demo', 'dashboard', 'doctor', 'backup'];

overEachStore((program) => {
  test('every command does its part in the story of three tasks, and prints JSON alone under --json', async () => {
    const ran = new Set<string>();
    const run = async (code: number, name: string, ...args: string[]): Promise<Record<string, unknown>> => {
      ran.add(name);
      const at = args.includes('--') ? args.indexOf('--') : args.length;
      const ended = await program.run(name, ...args.slice(0, at), '--json', ...args.slice(at));
      expect([name, ended.code, ended.stderr]).toEqual([
        name,
        code,
        code === 0 || code === 5 ? '' : expect.any(String),
      ]);
      const said = code === 0 || code === 5 ? ended.stdout : ended.stderr;
      const documents = said
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
      return documents.at(-1) ?? {};
    };

    expect(await run(0, 'open', 'song', '--info', '{"room":1}')).toMatchObject({ kind: 'opened' });
    expect(await run(0, 'exec', 'song', '1', '--result', '"one"', '--', 'true')).toMatchObject({ kind: 'done' });
    const { token } = await run(0, 'lock', 'song', '2');
    expect(await run(0, 'extend', 'song', '2', '--token', String(token))).toMatchObject({ kind: 'extended' });
    expect(await run(4, 'lock', 'song', '2')).toMatchObject({ error: { code: 'LOCK_HELD' } });
    expect(await run(0, 'unlock', 'song', '2', '--token', String(token))).toMatchObject({ kind: 'done', done: 2 });
    const { token: third } = await run(0, 'lock', 'song', '3');
    expect(await run(0, 'fail', 'song', '3', '--token', String(third))).toMatchObject({ kind: 'failed' });
    expect(await run(0, 'redo', 'song', '2')).toMatchObject({ kind: 'redone', done: 1 });
    expect(await run(0, 'units', 'song', '--state', 'failed')).toMatchObject({ unit: '3' });
    expect(await run(0, 'close', 'song', '--unit-grace', '0', '--incomplete', 'release')).toMatchObject({
      kind: 'closed',
    });
    expect(await run(0, 'sweep')).toMatchObject({ locks: 0 });
    expect(await run(0, 'explain', 'song')).toMatchObject({ state: 'released', waitsFor: [{ what: 'worker' }] });
    expect(await run(0, 'work', '--once', '--partial', '--', 'echo', 'merged')).toMatchObject({ event: 'completed' });
    expect(await run(0, 'result', 'song')).toBe('merged');
    expect(await run(0, 'events')).toMatchObject({ kind: 'completed', task: 'song' });
    expect(await run(0, 'stats')).toMatchObject({ completed: 1 });
    expect(await run(0, 'tasks', '--state', 'completed')).toMatchObject({ task: 'song' });
    expect(await run(0, 'remove', 'song')).toMatchObject({ kind: 'removed' });

    await run(0, 'close', 'waiting', '--expect', '9');
    expect(await run(0, 'release', 'waiting')).toMatchObject({ kind: 'released' });
    expect(await run(0, 'cancel', '--all', '--yes')).toMatchObject({ task: 'waiting', kind: 'cancelled' });
    expect(await run(0, 'retry', 'waiting')).toMatchObject({ kind: 'retried', state: 'released' });
    expect(await run(5, 'retry', 'waiting')).toMatchObject({ kind: 'not-failed' });
    expect(await run(0, 'completion', 'bash')).toMatchObject({ shell: 'bash' });

    expect([...ran, ...ELSEWHERE]).toEqual(expect.arrayContaining(COMMANDS.map(({ name }) => name)));
  });
});
