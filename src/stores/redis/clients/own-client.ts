import { CONNECT_TIMEOUT, connectFailure } from './failures.js';
import { ioredisClient } from './ioredis.js';
import type { IoredisLike } from './ioredis-shape.js';
import { ENDS_AT_ONCE } from './ioredis-shape.js';
import { NodeRedisSingleClient } from './node-redis.js';
import { NodeRedisClusterClient } from './node-redis-cluster.js';
import type { NodeRedisCluster, NodeRedisSingle } from './node-redis-shape.js';
import { placeBehind } from './place.js';
import type { RedisClient } from './redis-client.js';
import type { RedisAddress } from './redis-url.js';

/** A library's client that is tusker's own, with its adapter. */
export interface Opened {
  readonly library: string;
  readonly client: RedisClient;
  /** Ends the library's client. */
  end(): void;
}

/** node-redis has no other limit for a look at the slots of a Cluster, in ms. It is tried again. */
const NODE_TIMEOUT = 2000;
/** Before a node of a Cluster is tried again, in ms; as much again, by chance, so that many spread. */
const NODE_PAUSE = 250;

function pauseBeforeNode(): number {
  return NODE_PAUSE * (1 + Math.random());
}

/** What is used of ioredis and iovalkey. */
export interface IoredisModule {
  readonly Redis: new (options: object) => IoredisLike;
  readonly Cluster: new (startupNodes: object[], options: object) => IoredisLike;
}

export function openIoredis({ Redis, Cluster }: IoredisModule, library: string, address: RedisAddress): Opened {
  const { host, port, username, password, database, isTls } = address;
  const options = {
    username,
    password,
    ...(isTls ? { tls: {} } : {}),
    connectTimeout: CONNECT_TIMEOUT,
    ...ENDS_AT_ONCE,
  };
  const redis = address.isCluster
    ? new Cluster([{ host, port }], {
        lazyConnect: true,
        clusterRetryStrategy: pauseBeforeNode,
        redisOptions: options,
      })
    : new Redis({ ...options, host, port, db: database, lazyConnect: true });
  // Without a listener errors go to the console; every call that fails reports one.
  redis.on('error', () => {});
  return { library, client: ioredisClient(redis, library), end: () => redis.disconnect() };
}

/** What is used of node-redis. */
export interface NodeRedisModule {
  createClient(options: object): NodeRedisSingle;
  createCluster(options: object): NodeRedisCluster;
}

/** A client of a single server only describes it, one of a Cluster is connected. @throws ConnectionError; the server's refusal */
export async function openNodeRedis(library: NodeRedisModule, address: RedisAddress): Promise<Opened> {
  const { host, port, username, password, database, isTls } = address;
  const credentials = password === undefined ? {} : { username, password };
  const tls = isTls ? { tls: true } : {};
  if (!address.isCluster) {
    const socket = { host, port, connectTimeout: CONNECT_TIMEOUT, ...tls };
    const redis = library.createClient({ ...credentials, socket, database });
    return { library: 'node-redis', client: new NodeRedisSingleClient(redis, 'never'), end: () => {} };
  }
  const socket = { connectTimeout: NODE_TIMEOUT, reconnectStrategy: pauseBeforeNode, ...tls };
  const defaults = { ...credentials, socket, disableOfflineQueue: true };
  const redis = library.createCluster({ rootNodes: [{ socket: { host, port } }], defaults });
  let lastError: unknown;
  // Without a listener an error ends the process; every call that fails reports one.
  redis.on('error', (error) => {
    lastError = error;
  });
  try {
    await redis.connect();
  } catch (error) {
    end(redis);
    throw await connectFailure(lastError ?? error, placeBehind('the Redis Cluster of', [{ host, port }]));
  }
  return { library: 'node-redis', client: new NodeRedisClusterClient(redis), end: () => end(redis) };
}

function end(redis: NodeRedisCluster): void {
  try {
    redis.destroy();
  } catch {
    // Version 5 throws when it is not open any more.
  }
}
