import type { Cluster, Redis } from 'ioredis';
import type { Redis as Redis5 } from 'ioredis5';
import type { Redis as Valkey } from 'iovalkey';
import * as nodeRedis6 from 'redis';
import * as nodeRedis5 from 'redis5';
import { expect, expectTypeOf, test } from 'vitest';
import { InvalidArgumentError } from '../../src/core/errors.js';
import type { ioredisClient } from '../../src/stores/redis/clients/ioredis.js';
import type { nodeRedisClient } from '../../src/stores/redis/clients/node-redis.js';
import type { RedisLike } from '../../src/stores/redis/clients/node-redis-shape.js';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';

const socket = { host: '127.0.0.1', port: 1 };

test('the types of every library fit', () => {
  expectTypeOf<Redis>().toExtend<Parameters<typeof ioredisClient>[0]>();
  expectTypeOf<Cluster>().toExtend<Parameters<typeof ioredisClient>[0]>();
  expectTypeOf<Redis5>().toExtend<RedisLike>();
  expectTypeOf<Valkey>().toExtend<RedisLike>();
  expectTypeOf(nodeRedis6.createClient()).toExtend<Parameters<typeof nodeRedisClient>[0]>();
  expectTypeOf(nodeRedis6.createClient({ RESP: 2 })).toExtend<RedisLike>();
  expectTypeOf(nodeRedis6.createCluster({ rootNodes: [] })).toExtend<RedisLike>();
  expectTypeOf(nodeRedis6.createSentinel({ name: 'x', sentinelRootNodes: [socket] })).toExtend<RedisLike>();
  expectTypeOf(nodeRedis5.createClient()).toExtend<RedisLike>();
  expectTypeOf(nodeRedis5.createCluster({ rootNodes: [] })).toExtend<RedisLike>();
  expectTypeOf(nodeRedis5.createSentinel({ name: 'x', sentinelRootNodes: [socket] })).toExtend<RedisLike>();
});

test.each([
  ['createClient', nodeRedis6.createClient({ socket }), false],
  ['createClient of version 5', nodeRedis5.createClient({ socket }), false],
  ['createClient with types of its own', nodeRedis6.createClient({ socket }).withTypeMapping({}), false],
  ['createCluster', nodeRedis6.createCluster({ rootNodes: [{ socket }] }), true],
  ['createSentinel', nodeRedis5.createSentinel({ name: 'x', sentinelRootNodes: [socket] }), false],
])('%s is known by its shape', (_what, client, isCluster) => {
  expect(recogniseClient(client)).toMatchObject({ library: 'node-redis', isCluster });
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['a URL', 'redis://:secret@127.0.0.1'],
  ['an empty object', {}],
  ['a pool', nodeRedis6.createClientPool({ socket })],
  ['a callback client', nodeRedis6.createClient({ socket }).legacy()],
  ['a client of another kind', { sendCommand() {}, isOpen: true, connect() {} }],
  ['the promise of a client', Promise.resolve(nodeRedis6.createClient({ socket }))],
])('%s is refused, saying what is allowed', (_what, client) => {
  const refusal = (): unknown => recogniseClient(client);
  expect(refusal).toThrow(InvalidArgumentError);
  expect(refusal).toThrow(/^client is .*allowed: a client of ioredis 5 or 6, of iovalkey .*, or of redis 5 or 6/);
});

test('a promise and a pool are refused with what to do instead', () => {
  expect(() => recogniseClient(Promise.resolve())).toThrow(/await it first/);
  expect(() => recogniseClient(nodeRedis5.createClientPool({ socket }))).toThrow(/not a pool/);
});
