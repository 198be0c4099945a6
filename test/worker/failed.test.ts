/** Consumers of dead letters: nothing that failed goes unheard. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FailedContext } from '../../src/index.js';
import { FatalError } from '../../src/index.js';
import { fails } from '../harness/failures.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';
import { inMemory, onOneFile, until } from '../tuskers.js';

test('each failed task is handed over once, with what is known of it; those from before the consumer too', async () => {
  const songs = inMemory();
  await fails(songs, 'a');
  const heard: FailedContext[] = [];
  const alerts = songs.workFailed((context) => void heard.push(context), { concurrency: 4 });
  const told: unknown[] = [];
  alerts.on('completed', ({ task }) => told.push(task));
  await songs.open('b');
  await songs.cancel('b', 'nobody wants it');
  await until('both', () => told.length === 2);
  expect(heard.map(({ task }) => task).sort()).toEqual(['a', 'b']);
  const [a, b] = ['a', 'b'].map((task) => heard.find((one) => one.task === task));
  expect(a).toMatchObject({ info: { room: 'a' }, reason: 'attempts', attempt: 1, units: [], incomplete: null });
  expect(a?.errors).toMatchObject([{ message: 'no codec for a' }]);
  expect(a?.error.message).toContain('no codec for a');
  expect(b?.reason).toBe('cancelled');
  expect(b?.error.message).toContain('nobody wants it');
  expect((await songs.explain('a')).sentence).toMatch(/failed .*, acknowledged \d\.\d s ago; retry returns it\.$/);
});

test('a handler that throws gets it again after a backoff; one that throws a FatalError does not', async () => {
  const { tusker, time, peer } = unrulyTusker();
  const others = peer();
  await others.open('again');
  await others.open('fatal');
  await others.cancel('again');
  await others.cancel('fatal');
  const heard: string[] = [];
  const alerts = tusker.workFailed(({ task, attempt }) => {
    heard.push(`${task} ${attempt}`);
    if (task === 'fatal') throw new FatalError('nobody to tell');
    if (attempt < 3) throw new Error('the pager is away');
  });
  const told: string[] = [];
  alerts.on('failed', ({ task, outcome }) => told.push(`${task} ${outcome}`));
  alerts.on('error', (error) => told.push(String(error)));
  await time.passes(499);
  expect(heard.sort()).toEqual(['again 1', 'fatal 1']);
  await time.passes(10_000);
  expect(heard.sort()).toEqual(['again 1', 'again 2', 'again 3', 'fatal 1']);
  expect(told.sort()).toEqual(['again retrying', 'again retrying', 'fatal failed']);
});

test('what a handler throws is told as an error when nobody listens to failed', async () => {
  const songs = inMemory();
  const errors: unknown[] = [];
  songs.workFailed(() => Promise.reject(new Error('the pager is away'))).on('error', (error) => errors.push(error));
  await songs.open('t');
  await songs.cancel('t');
  await until('the error', () => errors.length > 0);
  expect(errors).toMatchObject([{ message: 'the pager is away' }]);
});

test('retry within the handler settles it, and a new failure is handed over anew', async () => {
  const songs = inMemory();
  let runs = 0;
  songs.work(() => {
    if (++runs < 3) throw new Error('no');
    return 'well';
  });
  const heard: number[] = [];
  const alerts = songs.workFailed(async ({ task, attempt }) => {
    heard.push(attempt);
    await songs.retry(task);
  });
  const told: string[] = [];
  for (const name of ['completed', 'failed', 'stale'] as const) alerts.on(name, () => told.push(name));
  await songs.close('t', { attempts: 1 });
  await until('the end', async () => (await songs.explain('t')).state === 'completed');
  await until('both settled', () => told.length === 2);
  expect([heard, told]).toEqual([
    [1, 1],
    ['completed', 'completed'],
  ]);
});

test('of two consumers each failed task reaches one', async () => {
  const [one, other] = onOneFile();
  const names = Array.from({ length: 20 }, (_, i) => `t${i}`);
  const heard: string[] = [];
  for (const tusker of [one, other]) tusker.workFailed(({ task }) => void heard.push(task), { concurrency: 3 });
  for (const name of names) {
    await one.open(name);
    await one.cancel(name);
  }
  await until('all', () => heard.length >= 20);
  expect(heard.sort()).toEqual(names.sort());
});

describe('the lease', () => {
  test('is renewed while the handler runs, and goes to another consumer when its own one stops', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    await others.open('t');
    await others.cancel('t');
    const heard: string[] = [];
    const first = tusker.workFailed(() => new Promise(() => heard.push('first')), { lease: 3000 });
    await time.passes(10);
    others.workFailed(({ attempt }) => void heard.push(`second, attempt ${attempt}`), { lease: 3000 });
    await time.passes(20_000);
    expect(heard).toEqual(['first']);
    const stopped = first.stop({ grace: 0 });
    await time.passes(1001);
    await stopped;
    expect(heard).toEqual(['first', 'second, attempt 2']);
  });

  test('ends with timeout: a handler that never ends keeps nothing', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    await others.open('t');
    await others.cancel('t');
    const reasons: string[] = [];
    const alerts = tusker.workFailed(
      ({ attempt, signal }) => {
        if (attempt > 1) return;
        signal.addEventListener('abort', () => reasons.push((signal.reason as Error).name));
        return new Promise(() => {});
      },
      { lease: 1000, timeout: 5000 },
    );
    const told: string[] = [];
    for (const name of ['completed', 'stale'] as const)
      alerts.on(name, ({ attempt }: { attempt: number }) => told.push(`${name} ${attempt}`));
    await time.passes(8000);
    expect([reasons, told]).toEqual([['TimeoutError'], ['stale 1', 'completed 2']]);
  });
});

test('a consumer refuses what it cannot use', () => {
  const songs = inMemory();
  onTestFinished(async () => void (await songs.stop({ grace: 0 })));
  expect(() => songs.workFailed(1 as never)).toThrow('handler');
  expect(() => songs.workFailed(() => {}, { attempts: 3 } as never)).toThrow('options.attempts');
  expect(() => songs.work(() => {}, { timeout: 3 } as never)).toThrow('options.timeout');
});
