import { expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { ManualClock } from '../../src/testing/index.js';
import { endAfterTest } from '../harness/endings.js';

function over(options = {}) {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  const make = (given: object = options): Tusker => {
    const tusker = createTusker({ store }, given) as Tusker;
    endAfterTest(() => tusker.stop({ grace: 0 }));
    return tusker;
  };
  const detail = async (namespace: string, task: string) => {
    const [known] = await store.namespace(namespace).inspect([task]);
    if (!known) throw new Error(`${task} is not there`);
    return known;
  };
  return { tusker: make(), make, detail, clock, store };
}

test('locks have the terms of their namespace; what a call names counts first', async () => {
  const { tusker, detail } = over({ ttl: 70_000 });
  const songs = tusker.namespace('songs', { ttl: 5000, maxHold: 9000 });
  await songs.lock('t', 1);
  await songs.lock('t', 2, { ttl: 6000 });
  await songs.lock('t', 3, { ttl: 30_000 });
  await songs.lock('t', 4, { ttl: undefined } as object);
  const { live, now } = await detail('songs', 't');
  expect(live.map(({ unit, until }) => [unit, until - now]).sort()).toEqual([
    ['1', 5000],
    ['2', 6000],
    ['3', 9000],
    ['4', 5000],
  ]);
  await tusker.namespace('others').lock('t', 1);
  const others = await detail('others', 't');
  expect((others.live[0]?.until ?? 0) - others.now).toBe(70_000);
});

test('a namespace waits for held units, and renews or not, as it says', async () => {
  const { tusker } = over();
  const patient = tusker.namespace('songs', { wait: 20_000 });
  const lock = await patient.lock('t', 1);
  const waiting = patient.run('t', 1, () => 'second');
  await expect(patient.run('t', 1, () => 'none', { wait: 0 })).rejects.toMatchObject({ code: 'LOCK_HELD' });
  await lock.letGo();
  expect(await waiting).toBe('second');

  const once = tusker.namespace('once', { ttl: 60, renew: false });
  const left = await once.lock('t', 1);
  expect(left.isKept).toBe(false);
  expect((await once.lock('t', 2, { renew: true })).isKept).toBe(true);
});

test('tasks have the options of their namespace, then of the tusker; whatever a call named counts first', async () => {
  const { tusker, make, detail } = over({ attempts: 7, retention: 400_000, timeout: 1000 });
  const songs = tusker.namespace('songs', {
    attempts: 3,
    ...({ timeout: undefined } as object),
    incomplete: 'release',
    unitGrace: 0,
  });
  await songs.lock('t', 1);
  await songs.close('t', { unitGrace: 50 });
  expect((await detail('songs', 't')).options).toMatchObject({
    attempts: 3,
    retention: 400_000,
    timeout: 1000,
    incomplete: 'release',
    unitGrace: 50,
  });
  const plain = make({}).namespace('songs');
  await plain.open('declared', { attempts: 9 });
  await plain.lock('declared', 1);
  await songs.close('declared');
  expect((await detail('songs', 'declared')).options).toMatchObject({ attempts: 9, timeout: 1000 });
  await songs.open('early', { closeAfter: 10_000 });
  expect((await detail('songs', 'early')).options).toMatchObject({ attempts: 3, incomplete: 'release' });
});

test('a namespace without workers, with another time of rest and another lease', async () => {
  const { tusker, detail, clock } = over({ idleTimeout: 5000 });
  const steps = tusker.namespace('steps', { worker: false, idleTimeout: 1000 });
  expect(await steps.close('t')).toMatchObject({ state: 'completed' });
  for (const namespace of [steps, tusker.namespace('songs')]) await namespace.open('idle');
  clock.advance(1000);
  await steps.sweep();
  await tusker.namespace('songs').sweep();
  expect((await detail('steps', 'idle')).state).toBe('failed');
  expect((await detail('songs', 'idle')).state).toBe('open');

  const songs = tusker.namespace('songs', { lease: 2000 });
  await songs.close('t');
  await songs.fetchReleased();
  const { claim, now } = await detail('songs', 't');
  expect((claim?.leaseUntil ?? 0) - now).toBe(2000);
});

test.each([
  [{ ttl: 0 }, 'options.ttl'],
  [{ wait: -1 }, 'options.wait'],
  [{ renew: 'yes' }, 'options.renew'],
  [{ lease: Number.NaN }, 'options.lease'],
  [{ attempts: 1001 }, 'options.attempts'],
  [{ retention: 1 }, 'options.retention'],
  [{ idleTimeout: '1 h' }, 'options.idleTimeout'],
  [{ expect: 3 }, 'options.expect'],
  [{ tll: 5 }, 'options.tll'],
])('%j is refused by its name, of a namespace and of a tusker', (options, argument) => {
  const { tusker, make } = over();
  const named = expect.objectContaining({ code: 'INVALID_ARGUMENT', argument });
  const refusal = (call: () => unknown): unknown => {
    try {
      return call();
    } catch (error) {
      return error;
    }
  };
  expect(refusal(() => tusker.namespace('songs', options as object))).toEqual(named);
  expect(refusal(() => make(options))).toEqual(named);
});
