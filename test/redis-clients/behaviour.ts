/** What every adapter promises, on a single server, a Cluster and over Sentinel alike. */
import { expect } from 'vitest';
import type { RedisClient } from '../../src/stores/redis/clients/redis-client.js';
import { send } from './send.js';

/** Every behaviour by its promise. `key` is a name that no other test uses. */
export const BEHAVIOURS: Readonly<Record<string, (client: RedisClient, key: string) => Promise<void>>> = {
  'replies are text, numbers, null and arrays': replies,
  'a refusal begins with the code of the server': refusals,
  'a library is loaded where the key is, and its functions are called there': library,
  'commands go out in the order of the calls': order,
  'a blocking pop on a connection of its own wakes, and the command behind it is answered with it': blockingPop,
  'a stream is read by its key, also with a command that may block': stream,
  'a destroyed connection rejects at once, and harms no other': destroy,
  'a connection that the server kills is over: it rejects, and stays so': killed,
};

async function replies(client: RedisClient, key: string): Promise<void> {
  const script = "return {1, -5, 'é', '7', false, {{}, {KEYS[1] == ARGV[1]}}, 9007199254740900}";
  const connection = await client.connect(key);
  for (const run of [send.bind(undefined, client, key), connection.send.bind(connection)]) {
    expect(await run(['EVAL', script, '1', key, 'other'])).toEqual([
      1,
      -5,
      'é',
      '7',
      null,
      [[], [null]],
      9007199254740900,
    ]);
    expect(await run(['SET', key, 'ü\r\n\0"', 'GET'])).toBe(null);
    expect(await run(['SET', key, '5', 'NX', 'GET'])).toBe('ü\r\n\0"');
    expect(await run(['STRLEN', key])).toBe(6);
    expect(await run(['DEL', key])).toBe(1);
    expect(await run(['EVAL', "return redis.status_reply('FINE')", '1', key])).toBe('FINE');
    expect(
      await run(['EVAL', "redis.call('ZADD', KEYS[1], 1.5, 'm') return redis.call('ZPOPMIN', KEYS[1])", '1', key]),
    ).toEqual(['m', '1.5']);
  }
}

async function refusals(client: RedisClient, key: string): Promise<void> {
  const connection = await client.connect(key);
  for (const run of [send.bind(undefined, client, key), connection.send.bind(connection)]) {
    await run(['SET', key, 'text']);
    await expect(run(['EVALSHA', 'f'.repeat(40), '1', key])).rejects.toThrow(/^NOSCRIPT /);
    await expect(run(['LPOP', key])).rejects.toThrow(/^WRONGTYPE /);
    await expect(run(['EVAL', "return redis.error_reply('OWNCODE 1 8')", '1', key])).rejects.toThrow('OWNCODE 1 8');
    await expect(run(['EVAL', 'nonsense', '1', key])).rejects.toThrow(/^ERR /);
    // It goes on after a refusal.
    expect(await run(['GET', key])).toBe('text');
  }
}

async function library(client: RedisClient, key: string): Promise<void> {
  const name = `lib${key.replace(/\W/g, '')}`;
  const code = `#!lua name=${name}\nredis.register_function('${name}', function(keys, args) return {keys, args} end)`;
  const call = ['FCALL', name, '2', key, key, 'argument'];
  await expect(send(client, key, call)).rejects.toThrow('ERR Function not found');
  expect(await send(client, key, ['FUNCTION', 'LOAD', 'REPLACE', code])).toBe(name);
  const [keys, args] = (await send(client, key, call)) as [string[], string[]];
  expect(keys.every((one) => one.endsWith(key))).toBe(true);
  expect(args).toEqual(['argument']);
  const connection = await client.connect(key);
  expect(await connection.send(call)).toEqual([keys, args]);
  expect(await connection.send(['FUNCTION', 'DELETE', name])).toBe('OK');
}

async function order(client: RedisClient, key: string): Promise<void> {
  const count = 2000;
  const push = (i: number): string[] => ['EVAL', "return redis.call('RPUSH', KEYS[1], ARGV[1])", '1', key, `${i}`];
  const lengths = await Promise.all(Array.from({ length: count }, (_, i) => send(client, key, push(i))));
  expect(lengths).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  const list = (await send(client, key, ['LRANGE', key, '0', '-1'])) as string[];
  expect(list).toEqual(Array.from({ length: count }, (_, i) => `${i}`));
}

async function blockingPop(client: RedisClient, key: string): Promise<void> {
  const connection = await client.connect(key);
  const popped = connection.send(['BZPOPMIN', key, '10']);
  const behind = connection.send(['EVAL', "return redis.call('EXISTS', KEYS[1])", '1', key]);
  const add = "return redis.call('ZADD', KEYS[1], 3, 'marker')";
  const start = performance.now();
  expect(await send(client, key, ['EVAL', add, '1', key])).toBe(1);
  const [, member, score] = (await popped) as string[];
  expect([member, score]).toEqual(['marker', '3']);
  expect(await behind).toBe(0);
  expect(performance.now() - start).toBeLessThan(5000);
  expect(await connection.send(['BZPOPMIN', key, '0.01'])).toBe(null);
  connection.destroy();
}

async function stream(client: RedisClient, key: string): Promise<void> {
  await send(client, key, ['XADD', key, '1-0', 'name', 'value']);
  const connection = await client.connect(key);
  const read = ['XREAD', 'COUNT', '10', 'BLOCK', '20', 'STREAMS', key];
  expect(JSON.stringify(await connection.send([...read, '0-0']))).toContain('"1-0"');
  expect(await connection.send([...read, '1-0'])).toBe(null);
  connection.destroy();
}

async function destroy(client: RedisClient, key: string): Promise<void> {
  const [doomed, other] = [await client.connect(key), await client.connect(`${key} of another`)];
  const waiting = [doomed.send(['BZPOPMIN', key, '0']), doomed.send(['GET', key])];
  const otherKey = `${key} of another`;
  const otherWaits = other.send(['BZPOPMIN', otherKey, '10']);
  doomed.destroy();
  doomed.destroy();
  for (const reply of waiting) await expect(reply).rejects.toThrow();
  await expect(doomed.send(['GET', key])).rejects.toThrow();
  await send(client, otherKey, ['ZADD', otherKey, '1', 'marker']);
  expect(await otherWaits).toHaveLength(3);
  other.destroy();
}

async function killed(client: RedisClient, key: string): Promise<void> {
  const connection = await client.connect(key);
  const id = await connection.send(['CLIENT', 'ID']);
  const waiting = connection.send(['BZPOPMIN', key, '0']);
  const broken = expect(waiting).rejects.toThrow();
  // A command without a key is led to the same server.
  expect(await send(client, key, ['CLIENT', 'KILL', 'ID', `${id}`])).toBe(1);
  await broken;
  await expect(connection.send(['GET', key])).rejects.toThrow();
  await send(client, key, ['ZADD', key, '1', 'marker']);
  expect(await send(client, key, ['ZCARD', key])).toBe(1);
}
