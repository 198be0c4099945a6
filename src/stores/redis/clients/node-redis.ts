import { ClientNotOpenError, withinTime } from './failures.js';
import { NodeRedisClusterClient } from './node-redis-cluster.js';
import { NodeRedisConnection } from './node-redis-connection.js';
import { NodeRedisSentinelClient } from './node-redis-sentinel.js';
import type { NodeRedisCluster, NodeRedisLike, NodeRedisSentinel, NodeRedisSingle } from './node-redis-shape.js';
import { keyPrefixOf, optionsOf, PLAIN_TYPES } from './node-redis-shape.js';
import { OneServer } from './one-server.js';
import { placeOf } from './place.js';
import type { RedisClient, RedisConnection } from './redis-client.js';

/** How long the client may take to say which database it has selected, in ms. */
const DATABASE_TIMEOUT = 1000;

/**
 * An adapter for a client of node-redis (the package `redis`) 5 or 6: of `createClient`, `createCluster` or
 * `createSentinel`; not for a pool.
 *
 * The client stays the caller's: it is not opened, reconfigured or closed. It says where the server is and how to connect,
 * and is asked for nothing else but the database that it has selected. Before `connect()` was called, calls are refused with
 * a ConnectionError. RESP version and type mapping are the caller's choice; `keyPrefix` (version 6) holds.
 */
export function nodeRedisClient(client: NodeRedisLike): RedisClient {
  if (isSentinel(client)) return new NodeRedisSentinelClient(client);
  return isCluster(client) ? new NodeRedisClusterClient(client) : new NodeRedisSingleClient(client as NodeRedisSingle);
}

function isSentinel(client: NodeRedisLike): client is NodeRedisSentinel {
  return 'acquire' in client && 'getMasterNode' in client;
}

function isCluster(client: NodeRedisLike): client is NodeRedisCluster {
  return 'nodeClient' in client && 'slots' in client;
}

/** The adapter for what `createClient` gives. */
export class NodeRedisSingleClient extends OneServer implements RedisClient {
  readonly library = 'node-redis';
  readonly isCluster = false;
  readonly #client: NodeRedisSingle;
  readonly #keyPrefix: string;
  #database: number | undefined;

  constructor(
    client: NodeRedisSingle,
    /** `never`: the client only describes the server. */
    private readonly opened: 'by its owner' | 'never' = 'by its owner',
  ) {
    super(client, placeOf(optionsOf(client).socket ?? {}));
    this.#client = client;
    this.#keyPrefix = keyPrefixOf(client);
    this.#database = optionsOf(client).database;
  }

  async connect(): Promise<RedisConnection> {
    this.own.checkOpen();
    if (this.opened === 'by its owner' && !this.#client.isOpen) {
      throw new ClientNotOpenError();
    }
    const database = await this.#selected();
    const given = { keyPrefix: this.#keyPrefix, database };
    return this.own.open((over) => new NodeRedisConnection(this.#client, given, over));
  }

  /** The caller may have sent SELECT: only the server knows. Without an answer it is what was known before. */
  async #selected(): Promise<number | undefined> {
    if (!this.#client.isReady) return this.#database;
    const asking = this.#client.sendCommand(['CLIENT', 'INFO'], { typeMapping: PLAIN_TYPES });
    const info = await withinTime(asking, DATABASE_TIMEOUT, () => {}).catch(() => '');
    const [, selected] = / db=(\d+)/.exec(String(info)) ?? [];
    if (selected !== undefined) this.#database = Number(selected);
    return this.#database;
  }
}
