/** Clients of every library that has an adapter, made as a user makes them. */
import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis';
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5';
import { Redis as Valkey, Cluster as ValkeyCluster } from 'iovalkey';
import * as nodeRedis6 from 'redis';
import * as nodeRedis5 from 'redis5';
import { MASTER_NAME } from '../redis-ground/sentinel.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A client that a user made, and what the user may still do with it. */
export interface UserClient {
  readonly client: object;
  /** Resolves while it works. */
  ping(): Promise<unknown>;
  end(): Promise<void>;
}

/** What users set in one library's words or the other's. */
export interface UserOptions {
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
  readonly keyPrefix?: string;
}

export interface LonelyOptions {
  readonly tls?: boolean;
  /** Not even asked to connect. */
  readonly isIdle?: boolean;
}

export interface Library {
  readonly name: string;
  readonly hasKeyPrefix: boolean;
  /** A client that may never get to its server: it is not waited for. */
  lonely(address: Address, options?: UserOptions, more?: LonelyOptions): UserClient;
  single(port: number, options?: UserOptions, more?: object): Promise<UserClient>;
  cluster(nodes: readonly Address[], options?: UserOptions, more?: object): Promise<UserClient>;
  sentinel(sentinels: readonly Address[], options?: UserOptions): Promise<UserClient>;
}

interface IoredisClient {
  on(event: 'error', listener: () => void): unknown;
  ping(): Promise<string>;
  disconnect(): void;
}

type IoredisConstructors = {
  Redis: new (options: object) => IoredisClient;
  Cluster: new (nodes: Address[], options: object) => IoredisClient;
};

function ioredisLibrary(name: string, { Redis, Cluster }: IoredisConstructors): Library {
  const ofUser = ({ database, ...options }: UserOptions): object => ({ ...options, db: database ?? 0 });
  const made = (client: IoredisClient): UserClient => {
    client.on('error', () => {});
    return { client, ping: () => client.ping(), end: async () => client.disconnect() };
  };
  return {
    name,
    hasKeyPrefix: true,
    lonely: (address, options = {}, { tls } = {}) =>
      made(new Redis({ ...address, ...ofUser(options), ...(tls ? { tls: {} } : {}), lazyConnect: true })),
    single: async (port, options = {}, more) =>
      made(new Redis({ host: '127.0.0.1', port, ...ofUser(options), ...more })),
    cluster: async (nodes, options = {}, more) =>
      made(new Cluster([...nodes], { redisOptions: ofUser(options), slotsRefreshTimeout: 5000, ...more })),
    sentinel: async (sentinels, options = {}) => made(new Redis({ sentinels, name: MASTER_NAME, ...ofUser(options) })),
  };
}

interface NodeRedisClient {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): unknown;
}
interface NodeRedisModule {
  createClient(options: object): NodeRedisClient & { ping(): Promise<string> };
  createCluster(options: object): NodeRedisClient & { get(key: string): Promise<unknown> };
  createSentinel(options: object): NodeRedisClient & { get(key: string): Promise<unknown> };
}

function nodeRedisLibrary(name: string, hasKeyPrefix: boolean, module: unknown): Library {
  const { createClient, createCluster, createSentinel } = module as NodeRedisModule;
  const begun = <C extends NodeRedisClient>(client: C, ping: (client: C) => Promise<unknown>): UserClient => {
    client.on('error', () => {});
    return { client, ping: () => ping(client), end: async () => void (await client.destroy()) };
  };
  const made = async <C extends NodeRedisClient>(client: C, ping: (client: C) => Promise<unknown>) => {
    const user = begun(client, ping);
    await client.connect();
    return user;
  };
  return {
    name,
    hasKeyPrefix,
    lonely: (address, options = {}, { tls, isIdle } = {}) => {
      const client = createClient({ ...options, socket: { ...address, ...(tls ? { tls } : {}) } });
      if (!isIdle) client.connect().catch(() => {});
      return begun(client, (one) => one.ping());
    },
    single: (port, options = {}, more) =>
      made(createClient({ ...options, socket: { host: '127.0.0.1', port }, ...more }), (client) => client.ping()),
    cluster: (nodes, { keyPrefix, ...options } = {}, more) =>
      made(
        createCluster({
          rootNodes: nodes.map((socket) => ({ socket })),
          defaults: options,
          ...(keyPrefix === undefined ? {} : { keyPrefix }),
          ...more,
        }),
        (client) => client.get('ping'),
      ),
    sentinel: (sentinels, { keyPrefix, ...options } = {}) =>
      made(
        createSentinel({
          name: MASTER_NAME,
          sentinelRootNodes: sentinels,
          nodeClientOptions: options,
          ...(keyPrefix === undefined ? {} : { keyPrefix }),
        }),
        (client) => client.get('ping'),
      ),
  };
}

export const LIBRARIES: readonly Library[] = [
  ioredisLibrary('ioredis 6', { Redis: Redis6, Cluster: Cluster6 } as unknown as IoredisConstructors),
  ioredisLibrary('ioredis 5', { Redis: Redis5, Cluster: Cluster5 } as unknown as IoredisConstructors),
  ioredisLibrary('iovalkey', { Redis: Valkey, Cluster: ValkeyCluster } as unknown as IoredisConstructors),
  nodeRedisLibrary('redis 6', true, nodeRedis6),
  nodeRedisLibrary('redis 5', false, nodeRedis5),
];

export const IOREDIS_FAMILY = LIBRARIES.slice(0, 3);
export const NODE_REDIS_FAMILY = LIBRARIES.slice(3);
export const WITH_KEY_PREFIX = LIBRARIES.filter(({ hasKeyPrefix }) => hasKeyPrefix);
