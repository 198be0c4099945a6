import { ConnectionError } from '../../../core/errors.js';
import { prefixKeys } from './command-keys.js';
import { connectFailure, isRefusal } from './failures.js';
import { NodeRedisClusterClient } from './node-redis-cluster.js';
import { NodeRedisConnection } from './node-redis-connection.js';
import { NodeRedisSentinelClient } from './node-redis-sentinel.js';
import type { NodeRedisCluster, NodeRedisLike, NodeRedisSentinel, NodeRedisSingle } from './node-redis-shape.js';
import { keyPrefixOf, optionsOf, PLAIN_TYPES } from './node-redis-shape.js';
import type { RedisClient, RedisConnection } from './redis-client.js';

/**
 * An adapter for a client of node-redis (the package `redis`) 5 or 6: of `createClient`, `createCluster` or
 * `createSentinel`; not for a pool.
 *
 * The client stays the caller's: it is not opened, reconfigured, listened to or closed. Before `connect()` was called,
 * calls are refused with a ConnectionError; while it is connecting they wait as the client's options say. RESP version
 * and type mapping are the caller's choice; `keyPrefix` (version 6) holds.
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

class NodeRedisSingleClient implements RedisClient {
  readonly library = 'node-redis';
  readonly isCluster = false;
  readonly #client: NodeRedisSingle;
  readonly #keyPrefix: string;
  readonly #connections = new Set<NodeRedisConnection>();
  #isClosed = false;

  constructor(client: NodeRedisSingle) {
    this.#client = client;
    this.#keyPrefix = keyPrefixOf(client);
  }

  async send(_key: string, args: readonly string[]): Promise<unknown> {
    this.#checkOpen();
    try {
      return await this.#client.sendCommand(prefixKeys(this.#keyPrefix, args), { typeMapping: PLAIN_TYPES });
    } catch (error) {
      if (isRefusal(error) || this.#client.isReady) throw error;
      throw connectFailure(error);
    }
  }

  async connect(): Promise<RedisConnection> {
    this.#checkOpen();
    const database = await this.#database();
    const given = { keyPrefix: this.#keyPrefix, database };
    const connection = new NodeRedisConnection(this.#client, given, (ended) => this.#connections.delete(ended));
    this.#connections.add(connection);
    await connection.open();
    if (this.#isClosed) connection.destroy();
    return connection;
  }

  /** The caller may have sent SELECT: only the server knows. A user without the right to ask has what the options say. */
  async #database(): Promise<number | undefined> {
    if (!this.#client.isReady) return optionsOf(this.#client).database;
    const info = await this.#client.sendCommand(['CLIENT', 'INFO'], { typeMapping: PLAIN_TYPES }).catch(() => '');
    const database = / db=(\d+)/.exec(String(info))?.[1];
    return database === undefined ? optionsOf(this.#client).database : Number(database);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new ConnectionError('The connection was closed.');
    if (!this.#client.isOpen)
      throw new ConnectionError('The Redis client given is not open: call its connect() first.');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.destroy();
  }
}
