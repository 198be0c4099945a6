/** Dead letters one by one, without a worker. */
import { expect, test } from 'vitest';
import { FatalError } from '../../src/index.js';
import { fails } from '../harness/failures.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';
import { inMemory, onOneFile } from '../tuskers.js';

test('gives one failed task, until it is acknowledged, and null when there is none', async () => {
  const songs = inMemory();
  expect(await songs.fetchFailed()).toBeNull();
  await fails(songs, 'a');
  const failed = await songs.fetchFailed({ worker: 'cron' });
  expect(failed).toMatchObject({ task: 'a', info: { room: 'a' }, reason: 'attempts', attempt: 1, units: [] });
  expect(failed?.error.message).toContain('no codec for a');
  expect(await songs.fetchFailed()).toBeNull();
  await failed?.complete();
  await failed?.complete();
  expect(await songs.fetchFailed()).toBeNull();
  expect((await songs.explain('a')).sentence).toContain(', acknowledged ');
});

test('waits for one, and ends its wait at the signal and at a stop', async () => {
  const songs = inMemory();
  const waiting = songs.fetchFailed({ timeout: 30_000 });
  await fails(songs, 'a');
  await using failed = await waiting;
  expect(failed?.task).toBe('a');
  const abort = new AbortController();
  const aborted = songs.fetchFailed({ timeout: 30_000, signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  const stopped = songs.fetchFailed({ timeout: 30_000 });
  await failed?.complete();
  await songs.stop();
  await expect(stopped).rejects.toMatchObject({ code: 'STOPPED' });
});

test('one that fails, is given back or left is given again', async () => {
  const { tusker, time } = unrulyTusker();
  await tusker.open('t');
  await tusker.cancel('t');
  const attempts: (number | undefined)[] = [];
  const next = async () => {
    const failed = await tusker.fetchFailed();
    attempts.push(failed?.attempt);
    return failed;
  };
  await (await next())?.giveBack();
  {
    await using _left = await next();
  }
  expect(await (await next())?.fail(new Error('the pager is away'))).toBe('retrying');
  await next();
  await time.passes(10_000);
  expect(await (await next())?.fail(new Error('again'), { retry: true })).toBe('retrying');
  await time.passes(10_000);
  expect(await (await next())?.fail(new FatalError('nobody'))).toBe('failed');
  expect(attempts).toEqual([1, 2, 3, undefined, 4, 5]);
  await next();
  expect(attempts.at(-1)).toBeUndefined();
});

test('a stop leaves it to others at once', async () => {
  const [one, other] = onOneFile();
  await one.open('t');
  await one.cancel('t');
  const held = await one.fetchFailed();
  expect(await one.stop({ grace: 0 })).toEqual({ locks: [], claims: [], calls: [] });
  expect(held?.signal.reason).toMatchObject({ code: 'STOPPED' });
  expect((await other.fetchFailed())?.attempt).toBe(2);
});

test('one that the schema of infos refuses is told, and given again later', async () => {
  const [one, other] = onOneFile();
  await one.open('t', { info: 1 });
  await one.cancel('t');
  const refuse = () => ({ issues: [{ message: 'must be a room' }] });
  const schema = { info: { '~standard': { version: 1, vendor: 'test', validate: refuse } } } as const;
  const strict = other.namespace(one.name, { schema });
  await expect(strict.fetchFailed()).rejects.toThrow('must be a room');
  expect(await one.fetchFailed()).toBeNull();
  expect((await one.fetchFailed({ timeout: 30_000 }))?.attempt).toBe(2);
});

test('longer than maxHold nobody holds it', async () => {
  const { tusker, time, peer } = unrulyTusker();
  const others = peer();
  await others.open('t');
  await others.cancel('t');
  const held = await tusker.fetchFailed({ lease: 1000, maxHold: 5000 });
  const { signal } = held as NonNullable<typeof held>;
  await time.passes(4999);
  expect([signal.aborted, await others.fetchFailed()]).toEqual([false, null]);
  await time.passes(1001);
  expect((signal.reason as Error).name).toBe('TimeoutError');
  expect((await others.fetchFailed())?.attempt).toBe(2);
  await expect(held?.complete()).rejects.toMatchObject({ code: 'STALE_CLAIM' });
});

test('options that are none are refused', async () => {
  const songs = inMemory();
  await expect(songs.fetchFailed({ maxHold: 0 })).rejects.toThrow('options.maxHold');
  await expect(songs.fetchFailed({ partial: true } as never)).rejects.toThrow('options.partial');
});
