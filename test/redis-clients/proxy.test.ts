import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisProxy } from '../redis-ground/proxy.js';
import { startProxy } from '../redis-ground/proxy.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { onWire, Wire } from '../redis-ground/wire.js';

let server: RedisServer;
let proxy: RedisProxy;
let wire: Wire;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  proxy = await startProxy(server);
  await onWire(server.port, (direct) => direct.send('FLUSHALL'));
  wire = await Wire.open(proxy.port);
});
afterEach(async () => {
  wire.close();
  await proxy.stop();
});

/** Sends INCR to a, b and c at once; gives what came of each, and what the server has. */
async function threeIncrements(): Promise<{ answers: unknown[]; values: unknown }> {
  const sent = ['a', 'b', 'c'].map((key) => wire.send('INCR', key));
  const answers = (await Promise.allSettled(sent)).map((one) => (one.status === 'fulfilled' ? one.value : 'broken'));
  return { answers, values: await onWire(server.port, (direct) => direct.send('MGET', 'a', 'b', 'c')) };
}

const hitsB = ({ words }: { words: readonly string[] }): boolean => words[1] === 'b';

test('a command passes unchanged, in both directions', async () => {
  const text = 'line\r\n$5\r\n*1\r\nüñ'.repeat(10_000);
  await wire.send('SET', 'text', text);
  expect(await wire.send('GET', 'text')).toBe(text);
  expect(await wire.send('EVAL', 'return {1, {2, "x", false}, {}}', 0)).toEqual([1, [2, 'x', null], []]);
  expect(proxy.commands).toBe(3);
});

test.each([
  ['cut-before-request', ['1', null, null]],
  ['cut-in-request', ['1', null, null]],
  ['cut-before-reply', ['1', '1', '1']],
  ['cut-in-reply', ['1', '1', '1']],
] as const)(
  '%s in a pipeline: the one before is answered, that one and the one behind are not',
  async (fault, values) => {
    const hit = proxy.next(fault, hitsB);
    const after = await threeIncrements();
    expect(await hit).toMatchObject({ name: 'INCR', words: ['INCR', 'b'], connection: 0, index: 1 });
    expect(after).toEqual({ answers: [1, 'broken', 'broken'], values });
  },
);

test('after a cut a new connection works', async () => {
  const hit = proxy.next('cut-before-reply');
  await expect(wire.send('PING')).rejects.toThrow();
  await hit;
  expect(await onWire(proxy.port, (again) => again.send('PING'))).toBe('PONG');
});

test('a stalled request never reaches the server; a stalled reply does not come though it ran', async () => {
  for (const [fault, value] of [
    ['stall-request', null],
    ['stall-reply', '1'],
  ] as const) {
    const stalled = await Wire.open(proxy.port);
    const hit = proxy.next(fault);
    const answers: string[] = [];
    stalled.send('INCR', fault).then(
      () => answers.push('answered'),
      () => answers.push('broken'),
    );
    await hit;
    // The two connections are not ordered among each other: the request that goes on may come a little later.
    await expect.poll(() => wire.send('GET', fault)).toBe(value);
    expect(answers).toEqual([]);
    stalled.close();
  }
});

test('a delay holds back that reply and those behind it', async () => {
  const start = performance.now();
  void proxy.next({ delay: 100 }, hitsB);
  const arrivals = await Promise.all(
    ['a', 'b', 'c'].map(async (key) => {
      await wire.send('INCR', key);
      return performance.now() - start;
    }),
  );
  expect(arrivals[1]).toBeGreaterThanOrEqual(99);
  expect(arrivals[2]).toBeGreaterThanOrEqual(99);
});

test('down is down: nothing is open and nothing opens, until it is up again', async () => {
  proxy.goDown();
  await expect(wire.send('PING')).rejects.toThrow();
  await expect(onWire(proxy.port, (again) => again.send('PING'))).rejects.toThrow();
  proxy.goUp();
  expect(await onWire(proxy.port, (again) => again.send('PING'))).toBe('PONG');
});
