import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from 'vitest';
import { published } from '../../src/client/publishing.js';
import type { Call, ChannelName, LeaseEndMessage, ReadMessage, WorkWrapper } from '../../src/index.js';
import { CHANNELS, NOTES } from '../../src/index.js';
import { inMemory, listed, onOneFile, until, withClock } from '../tuskers.js';

type Message = Record<string, unknown> & {
  result?: { kind?: string };
  wrappers?: WorkWrapper[];
  context?: string | null;
};

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function listen(name: string, listener: (message: Message) => void): void {
  const listening = (message: unknown): void => listener(message as Message);
  subscribe(name, listening);
  ends.push(() => unsubscribe(name, listening));
}

const on = (name: ChannelName, moment: 'start' | 'asyncEnd', listener: (message: Message) => void): void =>
  listen(`tracing:${CHANNELS[name]}:${moment}`, listener);

/** What the channels of these verbs tell at the end of each call: the verb, and its message. */
function recorded(...names: ChannelName[]): [ChannelName, Message][] {
  const all: [ChannelName, Message][] = [];
  for (const name of names) on(name, 'asyncEnd', (message) => all.push([name, message]));
  return all;
}

const everyName = Object.keys(CHANNELS) as ChannelName[];

describe('every verb tells its channel what was asked and what was answered:', () => {
  test('the verbs of a unit', async () => {
    const songs = inMemory().namespace('songs');
    const told = recorded('open', 'lock', 'unlock', 'fail', 'extend', 'close');
    await songs.open('song');
    const one = await songs.lock('song', 1, { holder: 'web-1', ttl: 5000 });
    await one.extend(7000);
    await one.unlock('a');
    const two = await songs.lock('song', 2, { holder: 'web-1' });
    await two.fail(new Error('broken'), { final: true });
    await songs.close('song');
    const task = { namespace: 'songs', task: 'song' };
    expect(told).toMatchObject([
      ['open', { ...task, result: { kind: 'opened' } }],
      ['lock', { ...task, unit: '1', ttl: 5000, holder: 'web-1', result: { kind: 'locked', token: one.token } }],
      ['extend', { ...task, unit: '1', token: one.token, ttl: 7000, result: { kind: 'extended' } }],
      ['unlock', { ...task, unit: '1', token: one.token, context: null, result: { kind: 'done', released: false } }],
      ['lock', { ...task, unit: '2', ttl: 60_000, result: { kind: 'locked' } }],
      ['fail', { ...task, unit: '2', token: two.token, final: true, result: { kind: 'failed' } }],
      ['close', { ...task, context: null, result: { kind: 'closed' } }],
    ]);
  });

  test('the verbs of an attempt', async () => {
    const songs = inMemory().namespace('songs');
    await songs.close('song', { backoff: { base: 1, factor: 1, max: 1, jitter: 0 } });
    const told = recorded('claim', 'complete', 'fail-claim', 'extend-claim', 'give-back');
    const first = await songs.fetchReleased({ worker: 'merger' });
    await first?.giveBack();
    const second = await songs.fetchReleased({ worker: 'merger' });
    await second?.fail(new Error('broken'));
    const third = await songs.fetchReleased({ worker: 'merger', timeout: 20_000 });
    await third?.extend(9000);
    await third?.complete('merged');
    const task = { namespace: 'songs', task: 'song' };
    const claim = ['claim', { namespace: 'songs', count: 1, worker: 'merger', result: [{ kind: 'claimed' }] }];
    expect(told.filter(([, { result }]) => !Array.isArray(result) || result[0].kind === 'claimed')).toMatchObject([
      claim,
      ['give-back', { ...task, token: first?.token, result: { kind: 'given-back' } }],
      claim,
      ['fail-claim', { ...task, token: second?.token, result: { kind: 'retrying' } }],
      claim,
      ['extend-claim', { ...task, token: third?.token, lease: 9000, result: { kind: 'extended' } }],
      ['complete', { ...task, token: third?.token, result: { kind: 'completed' } }],
    ]);
  });

  test('the verbs of an operator', async () => {
    const songs = inMemory().namespace('songs');
    const told = recorded('cancel', 'retry', 'release', 'remove', 'redo', 'sweep');
    await songs.open('song');
    await songs.redo('song', 7);
    await songs.cancel('song', 'not wanted');
    await songs.retry('song');
    await songs.release('song');
    await songs.cancel('song');
    await songs.remove('song');
    await songs.sweep();
    const task = { namespace: 'songs', task: 'song' };
    expect(told).toMatchObject([
      ['redo', { ...task, unit: '7', result: { kind: 'not-done', unitState: null } }],
      ['cancel', { ...task, result: { kind: 'cancelled' } }],
      ['retry', { ...task, result: { kind: 'retried', state: 'open' } }],
      ['release', { ...task, result: { kind: 'released' } }],
      ['cancel', { ...task, result: { kind: 'cancelled' } }],
      ['remove', { ...task, result: { kind: 'removed' } }],
      ['sweep', { namespace: 'songs', result: { locks: 0, more: false } }],
    ]);
  });

  test('a worker: its looks, its sweeps, its handler', async () => {
    const songs = inMemory().namespace('songs');
    const told = recorded('claim', 'sweep', 'process', 'complete');
    const worker = songs.work(({ task }) => `${task} merged`);
    await songs.close('song');
    await songs.result('song');
    await until('a sweep', () => told.some(([name]) => name === 'sweep'));
    await worker.stop();
    const names = told.map(([name]) => name).filter((name) => name !== 'sweep');
    expect(names.slice(names.indexOf('process') - 1, names.indexOf('process') + 2)).toEqual([
      'claim',
      'process',
      'complete',
    ]);
    const [, message] = told.find(([name]) => name === 'process') ?? [];
    expect(message).toMatchObject({
      namespace: 'songs',
      task: 'song',
      attempt: 1,
      context: null,
      result: 'song merged',
    });
  });
});

test('a call that is refused before the store answers tells its error', async () => {
  const tusker = inMemory();
  const told = recorded('open', 'claim');
  await tusker.stop();
  await expect(tusker.open('song')).rejects.toMatchObject({ code: 'STOPPED' });
  expect(told).toMatchObject([['open', { task: 'song', error: { code: 'STOPPED' } }]]);
  expect(told[0]?.[1]).not.toHaveProperty('result');
});

describe('while nobody subscribes', () => {
  test('no channel has subscribers, whatever was imported', () => {
    expect(everyName.filter((name) => tracingChannel(CHANNELS[name]).hasSubscribers)).toEqual([]);
    expect(Object.values(NOTES).filter((name) => channel(name).hasSubscribers)).toEqual([]);
  });

  test('a call goes straight through: the same call in, the same promise out', () => {
    const call: Call = { verb: 'giveBack', task: 'song', token: 1 };
    const answer = Promise.resolve({ kind: 'given-back', spent: false } as const);
    let sent: unknown;
    const send = (given: Call) => {
      sent = given;
      return answer;
    };
    expect(published('songs', call, send)).toBe(answer);
    expect(sent).toBe(call);
  });
});

test('calls on one task keep their order while somebody subscribes', async () => {
  const tusker = inMemory();
  const told = recorded('open', 'lock', 'close');
  await Promise.all([tusker.open('song'), tusker.tryLock('song', 1), tusker.close('song'), tusker.tryLock('song', 2)]);
  expect(told.map(([name, { result }]) => [name, result?.kind])).toEqual([
    ['open', 'opened'],
    ['lock', 'locked'],
    ['close', 'closed'],
    ['lock', 'locked'],
  ]);
});

describe('a context that a subscriber gives', () => {
  test('to an unlock and a close comes back, in another process, with the unit and the claim', async () => {
    const [here, there] = onOneFile();
    on('unlock', 'start', (message) => {
      message.context = `unit ${message.unit}`;
    });
    on('close', 'start', (message) => {
      message.context = 'ünd the close';
    });
    await here.run('song', 1, () => 'a');
    await here.run('song', 2, () => 'b');
    await here.close('song');
    const claim = await there.fetchReleased({ timeout: 20_000 });
    expect(claim?.context).toBe('ünd the close');
    const reads: ReadMessage[] = [];
    listen(NOTES.read, (message) => reads.push(message as unknown as ReadMessage));
    await claim?.results();
    const { token } = claim ?? {};
    const contexts = expect.toSatisfy((all: string[]) => all.toSorted().join() === 'unit 1,unit 2');
    expect(reads).toEqual([{ namespace: 'default', task: 'song', token, contexts }]);
  });

  test.each([
    ['is too long', 'ü'.repeat(513)],
    ['is no text', '\ud800'],
  ])('and that %s is left out; the call goes on', async (_, text) => {
    const tusker = inMemory();
    on('close', 'start', (message) => {
      message.context = text;
    });
    await tusker.close('song');
    expect((await tusker.fetchReleased())?.context).toBeNull();
  });

  test('of exactly 1 KiB is kept', async () => {
    const tusker = inMemory();
    on('close', 'start', (message) => {
      message.context = 'ü'.repeat(512);
    });
    await tusker.close('song');
    expect((await tusker.fetchReleased())?.context).toBe('ü'.repeat(512));
  });
});

describe('wrappers', () => {
  test('go around the function of run, the last one innermost', async () => {
    const tusker = inMemory();
    const order: string[] = [];
    for (const name of ['outer', 'inner']) {
      on('run', 'start', ({ wrappers }) =>
        wrappers?.push((work) => {
          order.push(name);
          return work();
        }),
      );
    }
    await tusker.run('song', 1, () => {
      order.push('work');
    });
    expect(order).toEqual(['outer', 'inner', 'work']);
  });

  test('carry an asynchronous context into the handler of a worker', async () => {
    const tusker = inMemory();
    const storage = new AsyncLocalStorage<string>();
    on('process', 'start', ({ task, wrappers }) => wrappers?.push((work) => storage.run(`within ${task}`, work)));
    const worker = tusker.work(async () => {
      await Promise.resolve();
      return storage.getStore();
    });
    await tusker.close('song');
    expect(await tusker.result('song')).toBe('within song');
    await worker.stop();
  });

  test('do not hide what the work throws', async () => {
    const tusker = inMemory();
    const told = recorded('run');
    on('run', 'start', ({ wrappers }) => wrappers?.push((work) => work()));
    const error = new Error('broken');
    const broken = tusker.run('song', 1, () => {
      throw error;
    });
    await expect(broken).rejects.toBe(error);
    expect(told).toMatchObject([['run', { unit: '1', error }]]);
  });
});

describe('the end of a lease is told once:', () => {
  function leaseEnds(): LeaseEndMessage[] {
    const all: LeaseEndMessage[] = [];
    listen(NOTES.leaseEnd, (message) => all.push(message as unknown as LeaseEndMessage));
    return all;
  }

  test('a lock and a claim that are settled', async () => {
    const songs = inMemory().namespace('songs');
    const told = leaseEnds();
    const lock = await songs.lock('song', 1);
    await lock.unlock('a');
    await lock.unlock('a');
    await songs.close('song');
    const claim = await songs.fetchReleased();
    await claim?.complete();
    const settled = { namespace: 'songs', task: 'song', how: 'settled', reason: undefined };
    expect(told).toEqual([
      { ...settled, kind: 'lock', unit: '1', token: lock.token, held: expect.any(Number) },
      { ...settled, kind: 'claim', unit: null, token: claim?.token, held: expect.any(Number) },
    ]);
    expect(told.every(({ held }) => held >= 0 && held < 10_000)).toBe(true);
  });

  test('a lock that is lost, with the reason', async () => {
    const { tusker, clock } = withClock();
    const told = leaseEnds();
    const lock = await tusker.lock('song', 1);
    clock.advance(60_000);
    await tusker.sweep();
    await expect(lock.extend(1000)).rejects.toThrow();
    await expect(lock.unlock()).resolves.toMatchObject({ done: 1 });
    expect(told).toMatchObject([{ kind: 'lock', how: 'lost', reason: { code: 'LOCK_LOST' } }]);
    expect((await listed(tusker.units('song'))).map(({ state }) => state)).toEqual(['done']);
  });
});
