import { expect, test } from 'vitest';
import { FatalError } from '../../src/index.js';
import { stillTime } from '../harness/still-time.js';
import { inMemory, onOneFile, until, withClock } from '../tuskers.js';

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('merges released tasks, so many at a time', async () => {
  const tusker = inMemory();
  let running = 0;
  let most = 0;
  const worker = tusker.work(
    async ({ results }) => {
      most = Math.max(most, ++running);
      await later(3);
      running--;
      return (await results()).length;
    },
    { concurrency: 3 },
  );
  const tasks = Array.from({ length: 12 }, (_, i) => `t${i}`);
  for (const task of tasks) {
    await tusker.run(task, 1, () => 1);
    await tusker.close(task);
  }
  expect(await Promise.all(tasks.map((task) => tusker.result(task, { timeout: 5000 })))).toEqual(tasks.map(() => 1));
  expect(most).toBe(3);
  await worker.stop();
});

test('tries again after an error, and not after a FatalError', async () => {
  const tusker = inMemory();
  const attempts: number[] = [];
  tusker.work(({ task, attempt }) => {
    attempts.push(attempt);
    if (task === 'fatal') throw new FatalError('no use');
    if (attempt < 3) throw new Error('not yet');
    return attempt;
  });
  await tusker.close('t', { backoff: 1 });
  expect(await tusker.result('t', { timeout: 5000 })).toBe(3);
  expect(attempts).toEqual([1, 2, 3]);
  await tusker.close('fatal');
  await expect(tusker.result('fatal', { timeout: 5000 })).rejects.toMatchObject({ reason: 'fatal' });
  expect(attempts).toEqual([1, 2, 3, 1]);
});

const circular: { self?: unknown } = {};
circular.self = circular;
const refused = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
} as const;

test.each([
  ['a Map', new Map(), {}, 'INVALID_ARGUMENT'],
  ['a BigInt', 1n, {}, 'INVALID_ARGUMENT'],
  ['circular', circular, {}, 'INVALID_ARGUMENT'],
  ['too large', 'x'.repeat(101), { maxPayload: 100 }, 'PAYLOAD_TOO_LARGE'],
  ['refused by its schema', 'r', { schema: { result: refused } }, 'INVALID_ARGUMENT'],
])(
  'a result that is %s can never be stored: it fails for good, and is not merged again',
  async (_, result, options, code) => {
    const tusker = inMemory(options);
    let merges = 0;
    const errors: unknown[] = [];
    const worker = tusker.work(() => {
      merges++;
      return result;
    });
    worker.on('failed', ({ error, outcome }) => errors.push([(error as { code: string }).code, outcome]));
    await tusker.close('t', { attempts: 5, backoff: 1 });
    await expect(tusker.result('t', { timeout: 5000 })).rejects.toMatchObject({ reason: 'fatal' });
    expect([merges, errors]).toEqual([1, [[code, 'failed']]]);
  },
);

test('stop waits for running handlers within the grace', async () => {
  const tusker = inMemory();
  const worker = tusker.work(async () => {
    await later(50);
    return 'finished';
  });
  await tusker.close('t');
  await until('the start', () => worker.running === 1);
  await worker.stop();
  expect(await tusker.result('t', { timeout: 100 })).toBe('finished');
});

test('after the grace the handler is told and the task given back, no attempt spent', async () => {
  const tusker = inMemory();
  let reason: unknown;
  const worker = tusker.work(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason as Error);
        });
      }),
    { stopGrace: 20 },
  );
  await tusker.close('t');
  await until('the start', () => worker.running === 1);
  await worker.stop();
  expect(reason).toMatchObject({ code: 'STOPPED' });
  expect(await tusker.fetchReleased()).toMatchObject({ task: 't', attempt: 1 });
});

test('a handler that outlives its claim writes nothing', async () => {
  const { tusker, clock } = withClock();
  const stale: unknown[] = [];
  let release = (): void => {};
  const worker = tusker.work(() => new Promise<void>((resolve) => (release = resolve)));
  worker.on('stale', (event) => stale.push(event));
  await tusker.close('t', { attempts: 1 });
  await until('the start', () => worker.running === 1);
  clock.advance(16 * 60_000);
  await tusker.sweep();
  release();
  await until('the end', () => stale.length === 1);
  expect((await tusker.explain('t')).state).toBe('failed');
});

test('a cancelled task aborts its handler', async () => {
  const [mine, theirs] = onOneFile();
  let reason: unknown;
  const worker = mine.work(
    ({ signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason as Error);
        }),
      ),
  );
  await theirs.close('t');
  await until('the start', () => worker.running === 1);
  await theirs.cancel('t', 'not wanted');
  await until('the abort', () => reason !== undefined);
  expect(reason).toMatchObject({ code: 'CANCELLED', reason: 'not wanted' });
});

test('a worker sweeps: units of dead holders end and are taken over while it runs', async () => {
  const tusker = inMemory();
  tusker.work(async ({ results }) => results());
  await tusker.lock('t', 1, { ttl: 40, renew: false });
  await tusker.close('t');
  expect(await tusker.run('t', 1, () => 'taken over', { wait: 5000 })).toBe('taken over');
  expect(await tusker.result('t', { timeout: 5000 })).toEqual(['taken over']);
});

test('a worker in another process is woken by the release', async () => {
  const time = stillTime();
  const [mine, theirs] = onOneFile();
  const tasks: string[] = [];
  const worker = theirs.work(({ task }) => void tasks.push(task));
  await time.passes(1000);
  for (let i = 0; i < 10; i++) {
    // At no fixed distance from the worker's last look at the file, which comes every 20 ms.
    await time.passes(137);
    await mine.close(`t${i}`);
    await time.passes(25);
    expect(tasks).toHaveLength(i + 1);
  }
  await worker.stop();
});

test('events tell what happened, in order', async () => {
  const tusker = inMemory();
  const seen: string[] = [];
  const worker = tusker.work(({ attempt }) => {
    if (attempt === 1) throw new Error('once');
    return 'ok';
  });
  worker.on('claimed', ({ attempt }) => seen.push(`claimed ${attempt}`));
  worker.on('failed', ({ outcome }) => seen.push(outcome));
  worker.on('completed', ({ result }) => seen.push(`completed ${String(result)}`));
  await tusker.close('t', { backoff: 1 });
  await tusker.result('t', { timeout: 5000 });
  await until('the events', () => seen.length === 4);
  expect(seen).toEqual(['claimed 1', 'retrying', 'claimed 2', 'completed ok']);
});

test('a waiting claim gets a delayed task when its time has come, without a worker', async () => {
  const tusker = inMemory();
  await tusker.close('t');
  await (await tusker.fetchReleased())?.fail(new Error('once'), { delay: 60 });
  const start = performance.now();
  expect(await tusker.fetchReleased({ timeout: 10_000 })).toMatchObject({ task: 't', attempt: 2 });
  expect(performance.now() - start).toBeLessThan(5000);
});

test('options that are no object literal, and holders that are no text, are refused', async () => {
  const tusker = inMemory();
  await expect(tusker.close('t', new Map([['a', 1]]) as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(tusker.lock('t', 1, { holder: 'a\ud800' })).rejects.toMatchObject({ argument: 'options.holder' });
});
