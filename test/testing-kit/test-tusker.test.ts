import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import type { StandardSchema } from '../../src/index.js';
import { isTuskerError } from '../../src/index.js';
import { createTestTusker } from '../../src/testing/index.js';
import { until } from '../tuskers.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function testTusker(options = {}) {
  const kit = createTestTusker(options);
  stops.push(() => kit.stop());
  return kit;
}

test('idle resolves when the worker has completed what was released', async () => {
  const kit = testTusker();
  const songs = kit.tusker.namespace('songs');
  songs.work(async ({ results }) => ({ parts: await results() }));
  await songs.run('song', 1, () => 'a');
  await songs.run('song', 2, () => 'b');
  await songs.close('song');
  await kit.idle();
  expect(await songs.result('song', { timeout: 0 })).toEqual({ parts: ['a', 'b'] });
});

test('idle waits for units that are worked on, also while the task is open', async () => {
  const kit = testTusker();
  let finish = (_: string): void => {};
  const running = kit.tusker.run('song', 1, () => new Promise<string>((resolve) => (finish = resolve)));
  let isIdle = false;
  await until('the lock', async () => (await kit.tusker.explain('song').catch(() => undefined)) !== undefined);
  const idle = kit.idle().then(() => {
    isIdle = true;
  });
  await kit.tusker.stats();
  expect(isIdle).toBe(false);
  finish('a');
  await running;
  await idle;
});

test('idle on a tusker that was never used resolves at once', async () => {
  await testTusker().idle({ timeout: 0 });
});

test('idle says what it waits for when time is over', async () => {
  const kit = testTusker();
  const songs = kit.tusker.namespace('songs');
  await songs.close('nobody-works');
  await songs.lock('song', 1);
  await songs.close('claimed');
  const claim = await songs.fetchReleased();
  await expect(kit.idle({ timeout: 20 })).rejects.toThrow(
    'Not idle after 20 ms: task "claimed" of "songs" waits for a worker, task "nobody-works" of "songs" is being ' +
      'processed, task "song" of "songs" has 1 locked unit(s).',
  );
  expect(claim?.task).toBe('nobody-works');
});

test('a task that waits for its backoff is idle; advance brings its next attempt', async () => {
  const kit = testTusker();
  const attempts: number[] = [];
  kit.tusker.work(({ attempt }) => {
    attempts.push(attempt);
    if (attempt === 1) throw new Error('not yet');
    return 'merged';
  });
  await kit.tusker.close('song', { backoff: { base: 60_000, factor: 1, max: 60_000, jitter: 0.5 } });
  await kit.idle();
  expect(attempts).toEqual([1]);
  await kit.advance(59_999);
  await kit.idle();
  expect(attempts).toEqual([1]);
  await kit.advance(1);
  await kit.idle();
  expect(attempts).toEqual([1, 2]);
});

test('advance lets time act in every namespace', async () => {
  const kit = testTusker();
  const [songs, films] = [kit.tusker.namespace('songs'), kit.tusker.namespace('films')];
  await songs.open('song', { closeAfter: 1000 });
  await films.open('film', { closeAfter: 1000 });
  await kit.advance(1000);
  expect([(await songs.stats()).released, (await films.stats()).released]).toEqual([1, 1]);
});

test('expire ends this one lock, and its signal has aborted', async () => {
  const kit = testTusker();
  const lock = await kit.tusker.lock('song', 1);
  const other = await kit.tusker.lock('song', 2);
  await kit.expire(lock);
  expect(isTuskerError(lock.signal.reason, 'LOCK_LOST')).toBe(true);
  expect(other.signal.aborted).toBe(false);
  const states: unknown[] = [];
  for await (const { unit, state } of kit.tusker.units('song')) states.push([unit, state]);
  expect(states).toEqual([
    ['1', 'expired'],
    ['2', 'locked'],
  ]);
});

test('an expired unit is taken over, and the first holder cannot write any more', async () => {
  const kit = testTusker();
  const first = await kit.tusker.lock('song', 1);
  await kit.expire('song', 1);
  const second = await kit.tusker.lock('song', 1);
  await expect(first.unlock('stale')).rejects.toMatchObject({ code: 'LOCK_LOST' });
  await second.unlock('fresh');
  expect(second.token).toBeGreaterThan(first.token);
});

test('expire by name aborts the signal of a running unit', async () => {
  const kit = testTusker();
  const songs = kit.tusker.namespace('songs');
  let abort: Promise<unknown> | undefined;
  const running = songs.run('song', 7, async ({ signal }) => {
    abort = once(signal, 'abort');
    await abort;
    signal.throwIfAborted();
  });
  await until('the work', () => abort !== undefined);
  await kit.expire('song', 7);
  await expect(running).rejects.toMatchObject({ code: 'LOCK_LOST' });
});

test('expire wins against renewals that come in between', async () => {
  const kit = testTusker();
  const lock = await kit.tusker.lock('song', 1);
  const renewing = Array.from({ length: 10 }, async (_, ticks) => {
    for (let n = 0; n < ticks; n++) await new Promise(setImmediate);
    for (let n = 0; n < 50; n++) await lock.extend(60_000);
  });
  await kit.expire('song', 1);
  const ended = await Promise.allSettled(renewing);
  expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 'rejected'));
  expect((await kit.tusker.explain('song')).detail.units).toMatchObject({ locked: 0, expired: 1 });
});

test('expire refuses what is not locked', async () => {
  const kit = testTusker();
  await kit.tusker.run('song', 1, () => 'a');
  await expect(kit.expire('song', 1)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(kit.expire('nope', 1)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('types and schemas reach the tusker', async () => {
  const typed = createTestTusker<{ unit: number }>();
  stops.push(() => typed.stop());
  const stored: number = await typed.tusker.run('sum', 1, () => 42);
  expect(stored).toBe(42);

  const schema: StandardSchema<string, string> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => (value === 'good' ? { value } : { issues: [{ message: 'only good ones' }] }),
    },
  };
  const strict = createTestTusker({ schema: { unit: schema } });
  stops.push(() => strict.stop());
  await expect(strict.tusker.run('song', 1, () => 'bad')).rejects.toThrow('only good ones');
});
