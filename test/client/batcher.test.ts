/** How calls travel: together, in their order, within bounds, and never lost on the way. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { Batcher } from '../../src/client/batcher.js';
import type { Call, LockCall, UnlockCall } from '../../src/core/store.js';
import type { Tusker } from '../../src/index.js';
import { ConnectionError, createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { History } from '../../src/testing/index.js';
import { UnrulyStore } from '../harness/unruly-store.js';

const h = new History({ store: memoryStore(), advance: async () => {}, dispose: async () => {} });
const settled = () => new Promise((resolve) => setImmediate(resolve));

function over({ maxQueue = 100_000, batching }: { maxQueue?: number; batching?: UnrulyStore['batching'] } = {}) {
  const store: { -readonly [Key in keyof UnrulyStore]: UnrulyStore[Key] } = new UnrulyStore(memoryStore());
  if (batching) store.batching = batching;
  return { store: store as UnrulyStore, batcher: new Batcher(store as UnrulyStore, maxQueue) };
}

const lock = (task: string, unit: string | number): LockCall => h.lockCall(task, `${unit}`);
/** An unlock without a token, with so many bytes of result. */
const unlock = (task: string, unit: string | number, bytes: number): UnlockCall => {
  return { verb: 'unlock', task, unit: `${unit}`, token: null, result: `"${'x'.repeat(bytes - 2)}"` };
};
const units = (batch: readonly Call[] | undefined) => batch?.map((call) => ('unit' in call ? call.unit : call.verb));
const sizes = (store: UnrulyStore) => store.batches.map(({ length }) => length);

describe('calls of one tick', () => {
  test('travel together, a task behind the other, in the tick in which they were made', async () => {
    const { store, batcher } = over();
    const all = [lock('a', 1), lock('b', 1), lock('a', 2), lock('b', 2)].map((call) => batcher.call(call));
    expect(store.batches).toEqual([]);
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(store.batches.map((batch) => batch.map(({ task }) => task))).toEqual([['a', 'a', 'b', 'b']]);
    expect((await Promise.all(all)).map(({ kind }) => kind)).toEqual(['locked', 'locked', 'locked', 'locked']);
  });

  test('each get their own answer, whatever stands between them', async () => {
    const { batcher } = over();
    const [a, held, b] = await Promise.all(
      [lock('a', 1), lock('a', 1), lock('b', 7)].map((call) => batcher.call(call)),
    );
    expect([a?.kind, held?.kind, b?.kind]).toEqual(['locked', 'held', 'locked']);
  });

  test('of one task are sent 256 at a time, one batch behind the other, in their order', async () => {
    const { store, batcher } = over();
    const first = store.next('lock').holdsAnswer();
    const all = Array.from({ length: 600 }, (_, i) => batcher.call(lock('t', i)));
    await settled();
    expect(sizes(store)).toEqual([256]);
    first.letGo();
    await Promise.all(all);
    expect(sizes(store)).toEqual([256, 256, 88]);
    expect(store.batches.flatMap(units)).toEqual(Array.from({ length: 600 }, (_, i) => `${i}`));
  });

  test('of many tasks go out in batches of at most 256, no task in two', async () => {
    const { store, batcher } = over();
    const calls = Array.from({ length: 200 }, (_, i) => [lock(`t${i}`, 1), lock(`t${i}`, 2), lock(`t${i}`, 3)]).flat();
    await Promise.all(calls.map((call) => batcher.call(call)));
    expect(sizes(store)).toEqual([255, 255, 90]);
    const tasks = store.batches.map((batch) => new Set(batch.map(({ task }) => task)));
    expect(tasks.reduce((sum, { size }) => sum + size, 0)).toBe(200);
  });
});

describe('the next calls on a task', () => {
  test('wait until those before them are answered; other tasks do not', async () => {
    const { store, batcher } = over();
    const first = store.next('lock', { task: 'slow' }).holdsAnswer();
    const before = batcher.call(lock('slow', 1));
    await first.arrived;
    const behind = [batcher.call(lock('slow', 2)), batcher.call(lock('slow', 3))];
    await batcher.call(lock('quick', 1));
    expect(store.batches.map((batch) => batch[0]?.task)).toEqual(['slow', 'quick']);
    first.letGo();
    await Promise.all([before, ...behind]);
    expect(store.batches.map(units)).toEqual([['1'], ['1'], ['2', '3']]);
  });

  test('go on after a batch that was rejected: its calls hear of it, the others do not', async () => {
    const { store, batcher } = over();
    store.next('lock').rejects();
    const lost = ['a', 'a', 'b'].map((task, i) => batcher.call(lock(task, i)));
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const behind = batcher.call(lock('a', 9));
    for (const one of await Promise.allSettled(lost)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'CONNECTION' } });
    }
    expect(await behind).toMatchObject({ kind: 'locked' });
  });

  test('do not wait once more for a store that had no answer as long as they waited; those that came meanwhile are tried', async () => {
    const { store, batcher } = over();
    const trip = store.next('lock', { task: 't' }).holdsCall();
    const all = Array.from({ length: 600 }, (_, i) => batcher.call(lock('t', i)));
    const other = batcher.call(lock('other', 1));
    await trip.arrived;
    const meanwhile = batcher.call(lock('t', 600));
    trip.rejects();
    const answers = await Promise.allSettled(all);
    for (const one of answers) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'CONNECTION' } });
    const [first, last] = [answers[0], answers[599]] as PromiseRejectedResult[];
    expect(last?.reason).toMatchObject({ cause: first?.reason, message: expect.stringContaining('was not sent') });
    expect(await meanwhile).toMatchObject({ kind: 'locked' });
    expect(await other).toMatchObject({ kind: 'locked' });
    expect(store.batches.flatMap(units)).not.toContain('300');
    expect(batcher.isIdle).toBe(true);
  });

  test('are tried where a store that answers refused one of those before them, whatever its fate', async () => {
    const { store, batcher } = over();
    const error = new ConnectionError('the answer of one try was lost, and the next was refused');
    store.next('lock').answers(Array.from({ length: 256 }, () => ({ kind: 'error', error })));
    const all = await Promise.allSettled(Array.from({ length: 257 }, (_, i) => batcher.call(lock('t', i))));
    expect([all[255], all[256]]).toMatchObject([{ reason: error }, { value: { kind: 'locked' } }]);
  });

  test('do not mind a neighbour that could not be applied', async () => {
    const { store, batcher } = over();
    const error = new Error('this record is corrupt');
    const fine = { kind: 'late', state: 'failed' };
    store.next('lock').answers([fine, { kind: 'error', error }, fine]);
    const all = await Promise.allSettled([1, 2, 3].map((unit) => batcher.call(lock('t', unit))));
    expect(all).toMatchObject([{ value: fine }, { reason: error }, { value: fine }]);
  });

  test('stand behind one that is still being made; what cannot be made holds nobody up', async () => {
    const { store, batcher } = over();
    let make = (_call: LockCall): void => {};
    const made = batcher.callLater('t', new Promise<LockCall>((resolve) => (make = resolve)));
    const failing = batcher.callLater('t', Promise.reject<LockCall>(new Error('no JSON')));
    const refusal = expect(failing).rejects.toThrow('no JSON');
    const behind = batcher.call(lock('t', 3));
    await batcher.call(lock('another', 1));
    expect(store.batches).toHaveLength(1);
    make(lock('t', 1));
    await refusal;
    expect([(await made).kind, (await behind).kind]).toEqual(['locked', 'locked']);
    expect(store.batches.slice(1).flatMap(units)).toEqual(['1', '3']);
    const later = batcher.call(lock('t', 4));
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(units(store.batches.at(-1))).toEqual(['4']);
    await later;
  });
});

describe('the end of a batcher', () => {
  test('is not there while a call is being made', async () => {
    const { batcher } = over();
    let make = (_call: LockCall): void => {};
    const made = batcher.callLater('t', new Promise<LockCall>((resolve) => (make = resolve)));
    expect(batcher.isIdle).toBe(false);
    make(lock('t', 1));
    await made;
    await settled();
    expect(batcher.isIdle).toBe(true);
  });

  test('is the end: an answer that comes later is told to nobody', async () => {
    const { store, batcher } = over();
    const answer = store.next('lock').holdsAnswer();
    const told: string[] = [];
    const call = lock('t', 1);
    batcher.ask<LockCall>({
      call,
      next: undefined,
      resolve: () => told.push('answered'),
      reject: () => told.push('given up'),
    });
    await settled();
    expect(batcher.giveUp()).toMatchObject([{ verb: 'lock', task: 't', unit: '1' }]);
    answer.letGo();
    await settled();
    expect(told).toEqual(['given up']);
  });
});

describe('the bytes of a batch', () => {
  const KB = 1024;

  test('of many calls on one task are at most a mebibyte: it is split, and keeps its order', async () => {
    const { store, batcher } = over();
    const calls = [400, 400, 200, 100, 900, 900].map((kb, i) => unlock('t', i, kb * KB));
    await Promise.all(calls.map((call) => batcher.call(call)));
    expect(store.batches.map(units)).toEqual([['0', '1', '2'], ['3', '4'], ['5']]);
  });

  test('may be just a mebibyte, and one byte more is the next batch', async () => {
    for (const [last, expected] of [
      [624 * KB, [2]],
      [624 * KB + 1, [1, 1]],
    ] as const) {
      const { store, batcher } = over();
      await Promise.all([batcher.call(unlock('t', 1, 400 * KB)), batcher.call(unlock('t', 2, last))]);
      expect(sizes(store)).toEqual(expected);
    }
  });

  test('of several tasks too, with whole tasks in each', async () => {
    for (const [last, expected] of [
      [624 * KB, [2]],
      [624 * KB + 1, [1, 1]],
    ] as const) {
      const { store, batcher } = over();
      await Promise.all([batcher.call(unlock('a', 1, 400 * KB)), batcher.call(unlock('b', 2, last))]);
      expect(sizes(store)).toEqual(expected);
    }
  });

  test('add up over the tasks of a batch', async () => {
    const { store, batcher } = over();
    await Promise.all(['a', 'b', 'c', 'd'].map((task) => batcher.call(unlock(task, 1, 400 * KB))));
    expect(sizes(store)).toEqual([2, 2]);
  });

  test('more than a mebibyte in one call go alone', async () => {
    const { store, batcher } = over();
    const calls = [unlock('t', 1, 10), unlock('t', 2, 1100 * KB), unlock('t', 3, 10)];
    await Promise.all(calls.map((call) => batcher.call(call)));
    expect(store.batches.map(units)).toEqual([['1'], ['2'], ['3']]);
  });

  const text = `"${'x'.repeat(600 * KB)}"`;
  const names = Array.from({ length: 1000 }, (_, i) => `${'n'.repeat(500)}${i}`);
  const named = { task: 't', token: 1, nonce: 'n', idleTimeout: 1000 };
  const declared = { options: {}, closeWhenIdle: null, closeAfter: null };
  test.each<[string, Call]>([
    ['unlock', { verb: 'unlock', ...named, unit: 'u', result: text }],
    ['failUnit', { verb: 'failUnit', ...named, unit: 'u', error: text, final: false }],
    ['complete', { verb: 'complete', ...named, result: text }],
    ['failClaim', { verb: 'failClaim', ...named, error: text, retry: true, delay: null }],
    ['open', { verb: 'open', ...named, ...declared, info: text }],
    ['close', { verb: 'close', ...named, options: {}, replace: false, info: text }],
    ['open (its list)', { verb: 'open', ...named, ...declared, info: null, options: { expect: names } }],
    ['close (its list)', { verb: 'close', ...named, options: { expect: names }, replace: false, info: undefined }],
    ['unlock (its context)', { verb: 'unlock', ...named, unit: 'u', result: null, context: text }],
    ['close (its context)', { verb: 'close', ...named, options: {}, replace: false, info: undefined, context: text }],
  ])('count what %s carries', async (_verb, call) => {
    const { store, batcher } = over();
    await Promise.all([batcher.call(call), batcher.call(call)]);
    expect(sizes(store)).toEqual([1, 1]);
  });
});

describe('a store that likes its batches small', () => {
  test('has calls dealt out over several at first, of at least 16', async () => {
    const { store, batcher } = over({ batching: { tasks: 1000, atOnce: 4 } });
    await Promise.all(Array.from({ length: 120 }, (_, i) => batcher.call(lock(`t${i}`, 1))));
    expect(sizes(store)).toEqual([30, 30, 30, 30]);
    await Promise.all(Array.from({ length: 20 }, (_, i) => batcher.call(lock(`t${i}`, 2))));
    expect(sizes(store).slice(4)).toEqual([16, 4]);
  });

  test('gets full ones while it works on others', async () => {
    const { store, batcher } = over({ batching: { tasks: 1000, atOnce: 4 } });
    const first = store.next('lock').holdsAnswer();
    const busy = batcher.call(lock('busy', 1));
    await first.arrived;
    await Promise.all(Array.from({ length: 120 }, (_, i) => batcher.call(lock(`t${i}`, 1))));
    expect(sizes(store)).toEqual([1, 120]);
    first.letGo();
    await busy;
    // It counts as idle again.
    await Promise.all(Array.from({ length: 120 }, (_, i) => batcher.call(lock(`t${i}`, 2))));
    expect(sizes(store).slice(2)).toEqual([30, 30, 30, 30]);
  });

  test('gets no more tasks in one than it likes', async () => {
    const { store, batcher } = over({ batching: { tasks: 10, atOnce: 1 } });
    await Promise.all(Array.from({ length: 25 }, (_, i) => batcher.call(lock(`t${i}`, 1))));
    expect(sizes(store)).toEqual([10, 10, 5]);
  });
});

describe('the queue', () => {
  test('at its cap refuses with BUSY, and takes calls again as those before are answered, or refused', async () => {
    const { store, batcher } = over({ maxQueue: 3 });
    const first = store.next('lock').holdsAnswer();
    const waiting = [1, 2, 3].map((unit) => batcher.call(lock('t', unit)));
    await first.arrived;
    // Those under way count as well.
    await expect(batcher.call(lock('t', 4))).rejects.toMatchObject({ code: 'BUSY', waiting: 3 });
    await expect(batcher.call(lock('u', 1))).rejects.toMatchObject({ code: 'BUSY', waiting: 3 });
    store.next('lock').rejects();
    first.letGo();
    await Promise.all(waiting);
    const next = await Promise.allSettled([5, 6, 7].map((unit) => batcher.call(lock('t', unit))));
    expect(next.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(next[0]).toMatchObject({ reason: { code: 'CONNECTION' } });
    const last = await Promise.all([8, 9, 10].map((unit) => batcher.call(lock('t', unit))));
    expect(last.map(({ kind }) => kind)).toEqual(['locked', 'locked', 'locked']);
  });

  test('at its cap refuses those that were still being made, too', async () => {
    const { batcher } = over({ maxQueue: 1 });
    const first = batcher.call(lock('t', 1));
    await expect(batcher.callLater('t', Promise.resolve(lock('t', 2)))).rejects.toMatchObject({ code: 'BUSY' });
    await first;
  });
});

describe('stop', () => {
  test('drops no call that is under way or waits for its turn, and resolves when all are answered', async () => {
    const { store, batcher } = over();
    const first = store.next('lock').holdsAnswer();
    const accepted = Array.from({ length: 300 }, (_, i) => batcher.call(lock('t', i)));
    const another = batcher.call(lock('u', 1));
    await first.arrived;
    const behind = batcher.call(lock('t', 300));
    let isStopped = false;
    const stopping = batcher.stop().then(() => (isStopped = true));
    await expect(batcher.call(lock('t', 301))).rejects.toMatchObject({ code: 'STOPPED' });
    await settled();
    expect(isStopped).toBe(false);
    first.letGo();
    const outcomes = await Promise.all([...accepted, another, behind]);
    expect(outcomes.every(({ kind }) => kind === 'locked')).toBe(true);
    await stopping;
    expect(store.batches.flat()).toHaveLength(302);
  });

  test('comes to its end when the last batch is rejected as well', async () => {
    const { store, batcher } = over();
    const held = store.next('lock').holdsCall();
    const call = batcher.call(lock('t', 1));
    await held.arrived;
    const stopping = batcher.stop();
    held.rejects();
    await expect(call).rejects.toMatchObject({ code: 'CONNECTION' });
    await stopping;
  });

  test('with nothing under way is over at once', async () => {
    await over().batcher.stop();
  });

  test('of a tusker waits for what was called before it, in all namespaces', async () => {
    const store = new UnrulyStore(memoryStore());
    const tusker = createTusker({ store }) as Tusker;
    onTestFinished(async () => void (await tusker.stop({ grace: 0 })));
    const held = store.next('lock').holdsCall();
    const calls = [tusker.tryLock('t', 1), tusker.tryLock('t', 2), tusker.namespace('songs').tryLock('t', 1)];
    await held.arrived;
    const stopping = tusker.stop({ grace: 10 });
    await settled();
    held.letGo();
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(['locked', 'locked', 'locked']);
    await stopping;
    await expect(tusker.tryLock('t', 3)).rejects.toMatchObject({ code: 'STOPPED' });
  });
});
