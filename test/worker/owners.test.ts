/** Every claim has an owner, from its grant to its end: whoever throws or takes long in between, no task hangs. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StandardSchema, Tusker } from '../../src/index.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';

async function closed(tusker: Tusker, ...tasks: string[]): Promise<void> {
  for (const task of tasks) await tusker.close(task, { info: task });
}

/** A schema for info that answers when it is told to; it refuses the info `bad`. */
function slowSchema(ms: number): StandardSchema {
  const validate = async (value: unknown) => {
    if (value === 'bad') return { issues: [{ message: 'unreadable' }] };
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { value };
  };
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

/** The codes and details of the warnings of this process, from now on. */
function warnings(): { code: string; detail: string }[] {
  const heard: { code: string; detail: string }[] = [];
  const listen = (warning: Error) => void heard.push(warning as unknown as { code: string; detail: string });
  process.on('warning', listen);
  onTestFinished(() => void process.off('warning', listen));
  return heard;
}

describe('a listener', () => {
  test.each(['claimed', 'completed'] as const)(
    'of %s that throws costs no task: its error is reported',
    async (name) => {
      const { tusker, time, peer } = unrulyTusker();
      const others = peer();
      await closed(others, 'a', 'b', 'c', 'd');
      const errors: unknown[] = [];
      const worker = tusker.work(({ task }) => task, { concurrency: 4 });
      const thrown = new Error('a listener threw');
      worker.on(name, () => {
        throw thrown;
      });
      worker.on('error', (error) => errors.push(error));
      await time.settles();
      expect(await Promise.all(['a', 'b', 'c', 'd'].map((task) => others.result(task, { timeout: 0 })))).toHaveLength(
        4,
      );
      expect(errors).toEqual([thrown, thrown, thrown, thrown]);
    },
  );

  test('of failed that throws changes nothing of the failure', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    const worker = tusker.work(() => {
      throw new Error('no');
    });
    worker.on('failed', () => {
      throw new Error('a listener threw');
    });
    await others.close('t', { attempts: 1 });
    await time.settles();
    expect(await others.stats()).toMatchObject({ deadLetters: 1, processing: 0 });
  });

  test('that rejects is reported as one that throws', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const errors: unknown[] = [];
    const worker = tusker.work(() => 1);
    const thrown = new Error('rejected');
    worker.on('claimed', () => Promise.reject(thrown));
    worker.on('error', (error) => errors.push(error));
    await peer().close('t');
    await time.settles();
    expect(errors).toEqual([thrown]);
  });

  test('of error that throws or rejects is a warning of the process, and work goes on', async () => {
    const heard = warnings();
    const { tusker, store, time, peer } = unrulyTusker();
    const others = peer();
    store.next('claim', { times: 2 }).rejects();
    const worker = tusker.work(() => 'merged');
    worker.once('error', () => {
      worker.once('error', () => Promise.reject(new Error('rejected')));
      throw new Error('thrown');
    });
    await others.close('t');
    await time.passes(1000);
    expect(await others.result('t', { timeout: 0 })).toBe('merged');
    expect(heard.map(({ code, detail }) => [code, /thrown|rejected/.exec(detail)?.[0]])).toEqual([
      ['TUSKER_LISTENER', 'thrown'],
      ['TUSKER_LISTENER', 'rejected'],
    ]);
  });
});

describe('an info', () => {
  test('that is refused, and whose failure cannot be told, costs the task beside it nothing, and is not renewed', async () => {
    const { tusker, store, time, peer } = unrulyTusker({ schema: { info: slowSchema(0) } });
    const others = peer();
    await closed(others, 'bad', 'good');
    store.next('failClaim').rejects();
    const errors: unknown[] = [];
    tusker.work(({ task }) => task, { concurrency: 2, lease: 3000 }).on('error', (error) => errors.push(error));
    await time.passes(1);
    expect(await others.result('good', { timeout: 0 })).toBe('good');
    expect(errors).toMatchObject([{ code: 'CONNECTION' }]);
    await time.passes(2998);
    expect(await store.inspect(['bad'])).toMatchObject([{ attempt: 1, state: 'processing' }]);
    await time.passes(2000);
    // Its lease is over: another attempt finds out the same.
    expect(await others.explain('bad')).not.toMatchObject({ state: 'processing' });
    expect(store.sent('extendClaim')).toEqual([]);
  });

  test('that is refused is told as a failed attempt', async () => {
    const { tusker, time, peer } = unrulyTusker({ schema: { info: slowSchema(0) } });
    const told: unknown[] = [];
    tusker.work(() => 1).on('failed', ({ task, outcome }) => told.push([task, outcome]));
    await peer().close('t', { info: 'bad', attempts: 1 });
    await time.settles();
    expect(told).toEqual([['t', 'failed']]);
  });

  test.each(['work', 'fetchReleased', 'claims'] as const)(
    'that its schema takes long to read lets no lease end (%s)',
    async (how) => {
      const { tusker, store, time, peer } = unrulyTusker({ schema: { info: slowSchema(60_000) } });
      const others = peer();
      await closed(others, 't');
      const take = async (): Promise<void> => {
        if (how === 'work') tusker.work(({ info }) => info, { lease: 3000 });
        else if (how === 'fetchReleased') await (await tusker.fetchReleased({ lease: 3000 }))?.complete('t');
        else for await (const claim of tusker.claims({ lease: 3000 })) return void (await claim.complete(claim.info));
      };
      const taking = take();
      await time.passes(60_000);
      await taking;
      await time.settles();
      expect(store.sent('extendClaim').length).toBeGreaterThan(50);
      expect(await others.result('t', { timeout: 0 })).toBe('t');
      expect(await store.inspect(['t'])).toMatchObject([{ attempt: 1 }]);
    },
  );

  test('that is still being read when its worker stops goes back, attempt unspent', async () => {
    const { tusker, time, peer } = unrulyTusker({ schema: { info: slowSchema(60_000) } });
    const others = peer();
    await closed(others, 't');
    let isCalled = false;
    const worker = tusker.work(() => (isCalled = true), { stopGrace: 100 });
    await time.passes(1000);
    await Promise.all([worker.stop(), time.passes(100)]);
    expect(await others.fetchReleased()).toMatchObject({ attempt: 1 });
    await time.passes(60_000);
    expect(isCalled).toBe(false);
  });
});

test('a result whose schema takes long lets no lease end', async () => {
  const { tusker, store, time, peer } = unrulyTusker({ schema: { result: slowSchema(60_000) } });
  await closed(peer(), 't');
  tusker.work(() => 'merged', { lease: 3000 });
  await time.passes(60_000);
  await time.settles();
  expect(store.sent('extendClaim').length).toBeGreaterThan(50);
  expect(await peer().result('t', { timeout: 0 })).toBe('merged');
});
