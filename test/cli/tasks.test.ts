import { describe, expect, test } from 'vitest';
import { linesOf, overEachStore, until } from './program.js';

overEachStore((tusker) => {
  const lockToken = async (task: string, unit: string, ...options: string[]): Promise<string> =>
    (await tusker.run('lock', task, unit, ...options)).stdout.trim();

  describe('lock, extend, unlock, fail', () => {
    test('lock prints the token alone, and says on standard error until when', async () => {
      const { code, stdout, stderr } = await tusker.run('lock', 'song', '7', '--ttl', '5m');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^\d+\n$/);
      expect(stderr).toMatch(/^tusker: locked until 20.*Z\n$/);
    });

    test('the lock outlives the command for its ttl', async () => {
      const { token, until } = await tusker.json('lock', 'song', '7', '--ttl', '2h');
      const [unit] = await tusker.jsonLines('units', 'song');
      expect(unit).toMatchObject({ state: 'locked', token, until });
      expect((until as number) - Date.now()).toBeGreaterThan(7_100_000);
    });

    test('the token unlocks once and for all; another one is refused with 6', async () => {
      const token = await lockToken('song', '7');
      const other = await tusker.run('unlock', 'song', '7', '--token', '1');
      expect([other.code, other.stderr]).toEqual([6, expect.stringContaining('LOCK_LOST')]);
      const progress = await tusker.json('unlock', 'song', '7', '--token', token, '--result', '{"a":1}');
      expect(progress).toMatchObject({ kind: 'done', state: 'open', outstanding: 0, done: 1, released: false });
      expect(await tusker.run('lock', 'song', '7')).toMatchObject({ code: 8, stdout: '' });
    });

    test('fail lets the unit be taken again, until it is final', async () => {
      await tusker.run('fail', 'song', '7', '--token', await lockToken('song', '7'), '--error', 'no codec');
      expect(await tusker.jsonLines('units', 'song')).toMatchObject([
        { state: 'failed', error: { message: 'no codec' } },
      ]);
      await tusker.run('fail', 'song', '7', '--token', await lockToken('song', '7'), '--final');
      expect(await tusker.jsonLines('units', 'song')).toMatchObject([{ state: 'failed', final: true }]);
    });

    test('extend gives more time', async () => {
      const token = await lockToken('song', '7');
      const { until } = await tusker.json('extend', 'song', '7', '--token', token, '--ttl', '30m');
      expect((until as number) - Date.now()).toBeGreaterThan(1_790_000);
    });

    test('a held unit: 4, with who and for how long', async () => {
      await tusker.run('lock', 'song', '7', '--holder', 'anna');
      const { code, stderr } = await tusker.run('lock', 'song', '7', '--json');
      expect(code).toBe(4);
      expect(JSON.parse(stderr).error).toMatchObject({ code: 'LOCK_HELD', exitCode: 4, unit: '7', holder: 'anna' });
    });
  });

  describe('open and close', () => {
    test('all options of close arrive', async () => {
      await tusker.run('lock', 'song', '7');
      const closed = await tusker.json(
        'close',
        'song',
        '--info',
        '[1]',
        '--expect',
        '3',
        '--attempts',
        '2',
        '--timeout',
        '1m',
        '--backoff',
        '5s',
        '--deadline',
        '2h',
        '--unit-grace',
        '30s',
        '--incomplete',
        'release',
        '--retention',
        '1d',
      );
      expect(closed).toMatchObject({ task: 'song', kind: 'closed', state: 'locked' });
      const { detail } = (await tusker.json('explain', 'song')) as { detail: object };
      expect(detail).toMatchObject({
        info: [1],
        options: {
          expect: 3,
          attempts: 2,
          timeout: 60_000,
          deadline: 7_200_000,
          unitGrace: 30_000,
          incomplete: 'release',
          retention: 86_400_000,
          worker: true,
          backoff: { base: 5000, factor: 1 },
        },
      });
    });

    test.each([
      ['intro,verse', ['intro', 'verse']],
      ['7,', ['7']],
      ['["a,b",3]', ['a,b', '3']],
    ])('--expect %s names units', async (text, names) => {
      await tusker.run('close', 'song', '--expect', text);
      const { detail } = (await tusker.json('explain', 'song')) as { detail: { options: { expect: unknown } } };
      expect(detail.options.expect).toEqual(names);
    });

    test('the first close wins, --replace changes one that waits', async () => {
      await tusker.run('close', 'song', '--expect', '2', '--info', '1');
      expect(await tusker.json('close', 'song', '--info', '2')).toMatchObject({ kind: 'already-closed' });
      await tusker.run('close', 'song', '--info', '3', '--replace');
      expect(await tusker.json('explain', 'song')).toMatchObject({ detail: { info: 3 } });
    });

    test('--no-worker completes without a queue', async () => {
      await tusker.run('exec', 'song', '1', '--result', '1', '--', 'true');
      expect(await tusker.json('close', 'song', '--no-worker')).toMatchObject({ state: 'completed' });
      expect(await tusker.jsonLines('units', 'song')).toMatchObject([{ result: 1 }]);
    });

    test('open declares, and a task that ended without a close is late: 5', async () => {
      expect(await tusker.json('open', 'song', '--close-after', '1h', '--info', '1')).toMatchObject({ kind: 'opened' });
      expect(await tusker.json('open', 'song')).toMatchObject({ kind: 'already-open' });
      await tusker.run('cancel', 'song');
      expect((await tusker.run('close', 'song')).code).toBe(5);
      expect((await tusker.run('open', 'song')).code).toBe(5);
    });
  });

  describe('looking', () => {
    test('stats counts, for people and for programs', async () => {
      await tusker.run('lock', 'song', '7');
      expect(await tusker.json('stats')).toMatchObject({ open: 1, locked: 0, completed: 0 });
      expect((await tusker.run('stats')).stdout).toMatch(/^open +1 {2}taking units\n/);
    });

    test('tasks lists them, by state, no more than asked for', async () => {
      for (const task of ['a', 'b', 'c']) await tusker.run('open', task);
      await tusker.run('cancel', 'b');
      expect((await tusker.jsonLines('tasks')).map(({ task }) => task).sort()).toEqual(['a', 'b', 'c']);
      expect(await tusker.jsonLines('tasks', '--state', 'failed')).toMatchObject([{ task: 'b', failure: 'cancelled' }]);
      expect(await tusker.jsonLines('tasks', '--limit', '2')).toHaveLength(2);
      expect((await tusker.run('tasks', '--state', 'failed')).stdout).toMatch(
        /^failed .* b {2}0\/0 done, cancelled\n$/,
      );
    });

    test('explain says in a sentence what a task waits for; unknown ones are 3', async () => {
      await tusker.run('lock', 'song', '7', '--holder', 'anna');
      const { stdout } = await tusker.run('explain', 'song');
      expect(stdout.split('\n')[0]).toMatch(/^Task "song" is open .*unit "7" held by "anna".*\.$/);
      expect(await tusker.json('explain', 'song')).toMatchObject({
        waitsFor: [{ what: 'lock', unit: '7' }, { what: 'close' }],
      });
      expect((await tusker.run('explain', 'nobody')).code).toBe(3);
    });

    test('units come in natural order, by state', async () => {
      for (const unit of ['10', '9', '1']) await tusker.run('lock', 'song', unit);
      expect((await tusker.jsonLines('units', 'song')).map(({ unit }) => unit)).toEqual(['1', '9', '10']);
      expect(await tusker.jsonLines('units', 'song', '--state', 'done')).toEqual([]);
      expect((await tusker.run('units', 'nobody')).code).toBe(3);
    });

    test('events tells the history, and behind a cursor what came later', async () => {
      await tusker.run('open', 'song');
      await tusker.run('close', 'song', '--expect', '1');
      const history = await tusker.jsonLines('events');
      expect(history.map(({ kind, task }) => `${kind} ${task}`)).toEqual(expect.arrayContaining(['closed song']));
      const later = await tusker.jsonLines('events', '--since', String(history[0]?.cursor));
      expect(later).toEqual(history.slice(1));
    });

    test('events -f tells what comes from its first look on', async () => {
      const { kill, ended, written } = tusker.start('events', '-f', '--json');
      let count = 0;
      await until('its first event', async () => {
        await tusker.run('open', `song-${++count}`);
        return written() !== '';
      });
      kill('SIGINT');
      const { code, stdout } = await ended;
      const told = linesOf(stdout);
      const history = await tusker.jsonLines('events');
      const from = history.findIndex(({ cursor }) => cursor === told[0]?.cursor);
      expect([code, told]).toEqual([0, history.slice(from, from + told.length)]);
    });

    test('result waits for the end: 3 when it does not come, 7 when the task failed', async () => {
      expect((await tusker.run('result', 'song', '--timeout', '50ms')).code).toBe(3);
      const waiting = tusker.start('result', 'song', '--timeout', '20s');
      await tusker.run('close', 'song');
      await tusker.run('work', '--once', '--', 'echo', '{"url":"x"}');
      expect(await waiting.ended).toMatchObject({ code: 0, stdout: '{"url":"x"}\n' });
      await tusker.run('open', 'other');
      await tusker.run('cancel', 'other');
      expect((await tusker.run('result', 'other')).code).toBe(7);
    });
  });

  describe('by hand', () => {
    test('cancel and retry', async () => {
      await tusker.run('open', 'song');
      expect(await tusker.json('cancel', 'song', '--reason', 'wrong file')).toEqual({
        task: 'song',
        kind: 'cancelled',
      });
      expect((await tusker.run('cancel', 'song')).code).toBe(5);
      expect(await tusker.json('retry', 'song')).toMatchObject({ kind: 'retried', state: 'open' });
      expect(await tusker.run('retry', 'song')).toMatchObject({ code: 5, stdout: 'not failed: the task is open\n' });
    });

    test('redo', async () => {
      await tusker.run('exec', 'song', '7', '--', 'true');
      expect(await tusker.json('redo', 'song', '7', '--reason', 'bad checksum')).toEqual({
        task: 'song',
        unit: '7',
        kind: 'redone',
        state: 'open',
        outstanding: 1,
        done: 0,
      });
      expect((await tusker.run('explain', 'song')).code).toBe(0);
      expect((await tusker.jsonLines('units', 'song'))[0]).toMatchObject({ error: { message: 'bad checksum' } });
      const again = await tusker.run('redo', 'song', '7');
      expect(again).toMatchObject({ code: 5, stdout: 'not done: the unit is failed; the task is open\n' });
      expect((await tusker.run('redo', 'song', '8')).stdout).toBe(
        'not done: the unit is not known; the task is open\n',
      );
      await tusker.run('release', 'song');
      expect(await tusker.run('redo', 'song', '7')).toMatchObject({
        code: 5,
        stdout: 'too late; the task is released\n',
      });
      expect((await tusker.run('redo', 'nobody', '7')).code).toBe(3);
    });

    test('release and remove', async () => {
      await tusker.run('close', 'song', '--expect', '3');
      expect((await tusker.run('remove', 'song')).code).toBe(5);
      expect(await tusker.json('release', 'song')).toMatchObject({ kind: 'released', state: 'released' });
      expect((await tusker.run('release', 'song')).code).toBe(5);
      await tusker.run('work', '--once', '--partial', '--', 'true');
      expect(await tusker.json('remove', 'song')).toEqual({ task: 'song', kind: 'removed' });
      expect((await tusker.run('remove', 'song')).code).toBe(3);
    });

    test('sweep ends what is due, once or again and again', async () => {
      await tusker.run('lock', 'song', '7', '--ttl', '1ms');
      expect(await tusker.json('sweep')).toMatchObject({ locks: 1, attempts: 0 });
      const { kill, ended } = tusker.start('sweep', '--loop', '--every', '50ms', '--json');
      await tusker.run('lock', 'song', '8', '--ttl', '1ms');
      await expect.poll(async () => (await tusker.jsonLines('units', 'song', '--state', 'expired')).length).toBe(2);
      kill('SIGTERM');
      const { code, stdout } = await ended;
      expect([code, linesOf(stdout)]).toMatchObject([0, [{ locks: 1 }]]);
    });
  });
});
