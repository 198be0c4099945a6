/** Consumers of dead letters on a bad day: the task moves on meanwhile, the store is late or loses answers, the worker stops. */
import { describe, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { FatalError } from '../../src/index.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';
import { inMemory, onOneFile, until } from '../tuskers.js';

async function cancelled(tusker: Tusker, ...tasks: string[]): Promise<void> {
  for (const task of tasks) {
    await tusker.open(task);
    await tusker.cancel(task);
  }
}

/** What a consumer tells, in order. */
function tellings(worker: ReturnType<Tusker['workFailed']>): string[] {
  const told: string[] = [];
  worker.on('completed', ({ task, attempt }) => told.push(`completed ${task} ${attempt}`));
  worker.on('failed', ({ task, attempt, outcome }) => told.push(`failed ${task} ${attempt} ${outcome}`));
  worker.on('stale', ({ task, attempt }) => told.push(`stale ${task} ${attempt}`));
  worker.on('given-back', ({ task, attempt }) => told.push(`given-back ${task} ${attempt}`));
  worker.on('error', (error) => told.push(`error ${error instanceof Error ? error.message : error}`));
  return told;
}

describe('the task moves on', () => {
  test.each(['retry', 'remove'] as const)(
    '%s before its handler is called: it is not called, and nothing has failed',
    async (verb) => {
      const { tusker, store, time, peer } = unrulyTusker();
      const others = peer();
      await cancelled(others, 't');
      const held = store.next('inspect').holdsCall();
      let calls = 0;
      const told = tellings(tusker.workFailed(() => void calls++));
      await time.passes(10);
      await held.arrived;
      await others[verb]('t');
      held.letGo();
      await time.passes(2000);
      expect([calls, told]).toEqual([0, ['stale t 1']]);
    },
  );

  test.each(['retry', 'remove'] as const)(
    '%s by somebody else while its handler runs: nothing is left to settle',
    async (verb) => {
      const { tusker, time, peer } = unrulyTusker();
      const others = peer();
      await cancelled(others, 't');
      let end = (): void => {};
      const told = tellings(tusker.workFailed(() => new Promise<void>((resolve) => (end = resolve)), { lease: 3000 }));
      await time.passes(10);
      await others[verb]('t');
      // Renewals find it gone.
      await time.passes(5000);
      end();
      await time.passes(10);
      expect(told).toEqual(['completed t 1']);
    },
  );

  test('it fails anew while its handler runs: the new failure is given, and the old handler acknowledges nothing', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    await cancelled(others, 't');
    const ends: (() => void)[] = [];
    const handler = () => new Promise<void>((resolve) => void ends.push(resolve));
    const told = tellings(tusker.workFailed(handler, { concurrency: 2, lease: 3000 }));
    await time.passes(10);
    await others.retry('t');
    await others.cancel('t');
    await time.passes(1500);
    expect(ends.length).toBe(2);
    ends[0]?.();
    await time.passes(10);
    expect((await others.stats()).unacknowledged).toBe(1);
    ends[1]?.();
    await time.passes(10);
    expect([told, (await others.stats()).unacknowledged]).toEqual([['stale t 1', 'completed t 1'], 0]);
  });

  test('cancel and close of a failed task change nothing for its consumer', async () => {
    const songs = inMemory();
    await songs.close('t', { expect: 2, attempts: 1, deadline: 1 });
    await until('its failure', async () => {
      await songs.sweep();
      return (await songs.explain('t')).state === 'failed';
    });
    const told = tellings(
      songs.workFailed(async ({ task, reason, incomplete }) => {
        expect([reason, incomplete?.missing]).toEqual(['incomplete', 2]);
        expect((await songs.cancel(task)).kind).toBe('already-ended');
        expect((await songs.close(task, { expect: 2 })).kind).toBe('already-closed');
      }),
    );
    await until('its end', () => told.length > 0);
    expect(told).toEqual(['completed t 1']);
  });
});

describe('the store', () => {
  test('loses the answer to a claim: the failed task is given when that lease is over, attempt 2', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    await cancelled(peer(), 't');
    store.next('claimFailed').losesAnswer();
    const told = tellings(tusker.workFailed(() => {}, { lease: 3000 }));
    await time.passes(2900);
    expect(told).toEqual([expect.stringContaining('error')]);
    await time.passes(1200);
    expect(told.slice(1)).toEqual(['completed t 2']);
  });

  test('answers a claim when its lease is over and another has it: the handler is called by one of them only', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    await cancelled(others, 't');
    const late = store.next('claimFailed').holdsAnswer();
    const calls: string[] = [];
    const told = tellings(tusker.workFailed(() => void calls.push('late'), { lease: 1000 }));
    await time.passes(10);
    await late.arrived;
    await time.passes(1500);
    const held = await others.fetchFailed();
    expect(held?.attempt).toBe(2);
    late.letGo();
    await time.passes(100);
    expect([calls, told]).toEqual([[], ['stale t 1']]);
    await held?.complete();
  });

  test('loses the answer to an acknowledgement: it counts, and nobody is given it again', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    await cancelled(others, 't');
    store.next('settleFailed').losesAnswer();
    const told = tellings(tusker.workFailed(() => {}, { lease: 1000 }));
    await time.passes(60_000);
    expect(told).toEqual([expect.stringContaining('error')]);
    expect((await others.stats()).unacknowledged).toBe(0);
  });

  test('never hears of an acknowledgement: the failed task is given again when the lease is over', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    await cancelled(peer(), 't');
    store.next('settleFailed').rejects();
    const told = tellings(tusker.workFailed(() => {}, { lease: 1000 }));
    await time.passes(3000);
    expect(told).toEqual([expect.stringContaining('error'), 'completed t 2']);
  });

  test('is away for a while: looks and renewals go on, and a handler that outlives its lease is told', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    await cancelled(peer(), 't');
    let reason: unknown;
    const told = tellings(
      tusker.workFailed(
        ({ attempt, signal }) =>
          attempt > 1
            ? undefined
            : new Promise(() => {
                signal.addEventListener('abort', () => {
                  reason = signal.reason;
                });
              }),
        { lease: 1000 },
      ),
    );
    await time.passes(10);
    store.next('extendFailed', { times: 1000 }).rejects();
    store.next('failedTasks', { times: 3 }).rejects();
    await time.passes(2000);
    store.calmDown();
    await time.passes(6000);
    expect(reason).toMatchObject({ code: 'STALE_CLAIM' });
    expect(told.filter((word) => !word.startsWith('error'))).toEqual(['stale t 1', 'completed t 2']);
  });
});

describe('stop', () => {
  test('within a handler waits for the others only; what the handler then returns is an acknowledgement', async () => {
    const songs = inMemory();
    await cancelled(songs, 't');
    const worker = songs.workFailed(async () => void (await worker.stop()));
    const told = tellings(worker);
    await until('its end', () => told.length > 0);
    expect([told, (await songs.stats()).unacknowledged]).toEqual([['completed t 1'], 0]);
  });

  test('of the tusker within a handler: it is acknowledged before the connection ends', async () => {
    const [songs, other] = onOneFile();
    await cancelled(songs, 't');
    let report: unknown;
    const told = tellings(
      songs.workFailed(async () => {
        report = await songs.stop();
      }),
    );
    await until('its end', () => told.length > 0);
    expect([report, told]).toEqual([{ locks: [], claims: [], calls: [] }, ['completed t 1']]);
    expect((await other.stats()).unacknowledged).toBe(0);
  });

  test('names a failed task of which the store could not be told', async () => {
    const { tusker, store, time, peer } = unrulyTusker();
    await cancelled(peer(), 't');
    const worker = tusker.workFailed(() => new Promise(() => {}));
    tellings(worker);
    await time.passes(10);
    store.next('settleFailed', { times: 100 }).rejects();
    const stopped = worker.stop({ grace: 0, timeout: 1000 });
    await time.passes(1001);
    expect(await stopped).toMatchObject({ claims: [{ task: 't' }], locks: [], calls: [] });
  });
});

test('a FatalError is told, and is an acknowledgement; what is thrown besides is given again without end', async () => {
  const { tusker, time, peer } = unrulyTusker();
  await cancelled(peer(), 'fatal', 'again');
  const told = tellings(
    tusker.workFailed(({ task }) => {
      if (task === 'fatal') throw new FatalError('nobody to tell');
      throw undefined;
    }),
  );
  await time.passes(3_600_000);
  expect(told.filter((word) => word.includes('fatal'))).toEqual(['failed fatal 1 failed']);
  const again = told.filter((word) => word.includes('again'));
  expect(again.length).toBeGreaterThan(12);
  expect(new Set(again.map((word) => word.split(' ').at(-1)))).toEqual(new Set(['retrying']));
});
