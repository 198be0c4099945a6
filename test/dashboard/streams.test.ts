import { afterEach, describe, expect, test, vi } from 'vitest';
import { Topics } from '../../src/dashboard/topics.js';
import type { OverviewAnswer, TaskAnswer, TasksAnswer } from '../../src/dashboard/wire.js';
import type { Tusker } from '../../src/index.js';
import { inMemory } from '../tuskers.js';
import { Asking } from './asking.js';
import { holdsAsManyAsAllowed } from './slow-streams.js';
import { STORES } from './stores.js';

afterEach(() => {
  vi.useRealTimers();
});

/** The messages of a stream, one after the other; comments are no messages. */
async function* messages(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, event = '', data = 'null'] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (event !== '') yield { event, data: JSON.parse(data) };
    }
  }
}

describe.each(Object.entries(STORES))('over %s a stream', (_, open) => {
  test('tells what has changed, without being asked', async () => {
    await using store = await open();
    const { tusker } = store;
    const asking = new Asking({ tusker });
    const stream = messages(await asking.raw('/api/stream?of=tasks&namespace=songs&state=open'));
    const next = async () => (await stream.next()).value?.data as TasksAnswer;
    expect((await next()).tasks).toEqual([]);
    await tusker.open('song');
    expect((await next()).tasks).toMatchObject([{ task: 'song', shelf: 'open' }]);
    await tusker.close('song');
    expect((await next()).tasks).toEqual([]);
    await stream.return(undefined);
    asking.handler.stop();
  });

  test('tells of locks, which make no events', async () => {
    await using store = await open();
    const { tusker } = store;
    await tusker.open('song');
    const asking = new Asking({ tusker });
    const stream = messages(await asking.raw('/api/stream?of=task&namespace=songs&task=song'));
    const next = async () => (await stream.next()).value?.data as TaskAnswer;
    expect((await next()).row.units.locked).toBe(0);
    await tusker.lock('song', 1);
    expect((await next()).row.units.locked).toBe(1);
    await stream.return(undefined);
    asking.handler.stop();
  });
});

test('a task that is not there is told as a refusal, and told when it comes', async () => {
  const tusker = inMemory().namespace('songs') as Tusker;
  const asking = new Asking({ tusker });
  const stream = messages(await asking.raw('/api/stream?of=task&namespace=songs&task=song'));
  expect((await stream.next()).value).toMatchObject({ event: 'refusal', data: { error: { code: 'TASK_NOT_FOUND' } } });
  await tusker.open('song');
  expect((await stream.next()).value).toMatchObject({ event: 'answer', data: { row: { task: 'song' } } });
  await stream.return(undefined);
  asking.handler.stop();
});

test('streams are bounded: one more is refused, and let in when another has ended', async () => {
  const asking = new Asking({ tusker: inMemory().namespace('songs') as Tusker, maxStreams: 3 });
  const open = () => asking.raw('/api/stream?of=overview&namespace=songs');
  const streams = [await open(), await open(), await open()];
  const refused = await open();
  expect(refused.headers.get('retry-after')).toBe('30');
  expect(await asking.refusal(Promise.resolve(refused))).toEqual({ status: 503, code: 'TOO_MANY_STREAMS' });
  expect((await asking.get<OverviewAnswer>('overview')).stats.open).toBe(0);
  await streams[0]?.body?.cancel();
  expect((await open()).status).toBe(200);
  asking.handler.stop();
});

test('stopping the dashboard ends its streams', async () => {
  const asking = new Asking({ tusker: inMemory().namespace('songs') as Tusker });
  const stream = messages(await asking.raw('/api/stream?of=overview&namespace=songs'));
  await stream.next();
  asking.handler.stop();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

describe('a reader that does not read', () => {
  const big = (now: number) => ({ now, text: `${now} ${'x'.repeat(40_000)}` });

  test('gets the latest answer when it does, and no queue of old ones', async () => {
    vi.useFakeTimers();
    let now = 0;
    const topics = new Topics(10);
    const body = topics.subscribe(
      'key',
      async () => big(++now),
      () => () => {},
    );
    await vi.advanceTimersByTimeAsync(15_000);
    const reader = body.getReader();
    const seen: number[] = [];
    for (let reads = 0; reads < 3; reads++) {
      const { value } = await reader.read();
      seen.push(Number(/"now":(\d+)/.exec(new TextDecoder().decode(value))?.[1]));
    }
    // Two were on their way already; the next one is that of now.
    expect(seen.slice(0, 2)).toEqual([1, 2]);
    expect(seen[2]).toBeGreaterThan(10);
    topics.stop();
  });

  test('is dropped after twenty seconds, and makes room', async () => {
    vi.useFakeTimers();
    let now = 0;
    const topics = new Topics(1);
    const body = topics.subscribe(
      'key',
      async () => big(++now),
      () => () => {},
    );
    await vi.advanceTimersByTimeAsync(45_000);
    expect(topics.size).toBe(0);
    const reader = body.getReader();
    await expect(reader.read()).rejects.toThrow('does not read');
    topics.subscribe(
      'key',
      async () => big(++now),
      () => () => {},
    );
    expect(topics.size).toBe(1);
    topics.stop();
  });

  test('does not stop one that does', async () => {
    vi.useFakeTimers();
    let now = 0;
    const topics = new Topics(2);
    topics.subscribe(
      'key',
      async () => big(++now),
      () => () => {},
    );
    const reader = topics
      .subscribe(
        'key',
        async () => big(++now),
        () => () => {},
      )
      .getReader();
    for (let reads = 0; reads < 60; reads++) {
      const reading = reader.read();
      await vi.advanceTimersByTimeAsync(1000);
      expect((await reading).done).toBe(false);
    }
    expect(topics.size).toBe(1);
    topics.stop();
  });
});

test('pages that look at the same thing share the looking', async () => {
  vi.useFakeTimers();
  let looks = 0;
  const topics = new Topics(50);
  const look = async () => ({ now: ++looks });
  for (let count = 0; count < 50; count++) topics.subscribe('key', look, () => () => {});
  await vi.advanceTimersByTimeAsync(10_000);
  expect(looks).toBeLessThan(15);
  topics.stop();
});

test('1000 slow streams: as many as are allowed are held, the others refused, and the server answers on', () =>
  holdsAsManyAsAllowed(1000));
