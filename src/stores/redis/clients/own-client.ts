import { ConnectionError } from '../../../core/errors.js';
import { CONNECT_TIMEOUT, isRefusal } from './failures.js';
import { ioredisClient } from './ioredis.js';
import type { IoredisLike } from './ioredis-shape.js';
import { ENDS_AT_ONCE } from './ioredis-shape.js';
import { nodeRedisClient } from './node-redis.js';
import type { NodeRedisLike } from './node-redis-shape.js';
import type { RedisClient } from './redis-client.js';
import type { RedisAddress } from './redis-url.js';

/** A library's client that is tusker's own, with its adapter. */
export interface Opened {
  readonly library: string;
  readonly client: RedisClient;
  /** Ends the library's client. */
  end(): void;
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
    // The store repeats what was lost, with a nonce.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  };
  const redis = address.isCluster
    ? new Cluster([{ host, port }], { lazyConnect: true, redisOptions: options })
    : new Redis({ ...options, host, port, db: database, lazyConnect: true });
  // Without a listener errors go to the console; every call that fails reports one.
  redis.on('error', () => {});
  return { library, client: ioredisClient(redis, library), end: () => redis.disconnect() };
}

/** What is used of node-redis. */
export interface NodeRedisModule {
  createClient(options: object): NodeRedisLike;
  createCluster(options: object): NodeRedisLike;
}

/** Resolves when the client is connected or has tried once. @throws ConnectionError; the server's refusal */
export async function openNodeRedis(library: NodeRedisModule, address: RedisAddress): Promise<Opened> {
  const { host, port, username, password, database, isTls } = address;
  const credentials = password === undefined ? {} : { username, password };
  const socket = { connectTimeout: CONNECT_TIMEOUT, ...(isTls ? { tls: true } : {}) };
  const options = { ...credentials, socket, disableOfflineQueue: true };
  const redis = address.isCluster
    ? library.createCluster({ rootNodes: [{ socket: { host, port } }], defaults: options })
    : library.createClient({ ...options, socket: { ...socket, host, port }, database });
  let lastRefusal: Error | undefined;
  // Without a listener an error ends the process; every call that fails reports one.
  redis.on('error', (error) => {
    lastRefusal = isRefusal(error) ? error : undefined;
  });
  const why = (error: unknown): unknown => (isRefusal(error) ? error : (lastRefusal ?? error));
  try {
    await connected(redis, address.isCluster);
  } catch (error) {
    end(redis);
    throw why(error);
  }
  return { library: 'node-redis', client: explaining(nodeRedisClient(redis), why), end: () => end(redis) };
}

/** A single server is tried again by the library, a Cluster by the next call. */
async function connected(redis: NodeRedisLike, isCluster: boolean): Promise<void> {
  const connecting = redis.connect();
  if (isCluster) {
    await connecting.catch((error: unknown) => {
      throw new ConnectionError('No node of the Redis Cluster could be reached.', { cause: error });
    });
    return;
  }
  const failed = new Promise<void>((resolve) => redis.once('error', () => resolve()));
  await Promise.race([connecting.catch(() => {}), failed]);
}

/** The library says only that it is not connected; the reason went to its listeners. */
function explaining(client: RedisClient, why: (error: unknown) => unknown): RedisClient {
  return {
    library: client.library,
    isCluster: client.isCluster,
    send: (key, args) => client.send(key, args).catch((error: unknown) => Promise.reject(why(error))),
    connect: (key) => client.connect(key),
    close: () => client.close(),
  };
}

function end(redis: NodeRedisLike): void {
  try {
    redis.destroy();
  } catch {
    // Version 5 throws when it is not open any more.
  }
}
