import { ConnectionError } from '../../../core/errors.js';
import { prefixKeys } from './command-keys.js';
import { connectFailure, isRefusal } from './failures.js';
import { NodeRedisConnection } from './node-redis-connection.js';
import type { NodeRedisCluster, NodeRedisSingle } from './node-redis-shape.js';
import { keyPrefixOf, PLAIN_TYPES } from './node-redis-shape.js';
import type { RedisClient, RedisConnection } from './redis-client.js';
import { slotOf } from './slot.js';

const COMMAND = { typeMapping: PLAIN_TYPES };

/** Version 5 looks at the topology at a redirection only, never because a master is gone: it is asked to. */
interface Rediscovering {
  readonly _slots?: { rediscover?(startWith?: NodeRedisSingle): Promise<void> };
}

/** The adapter for what `createCluster` gives. */
export class NodeRedisClusterClient implements RedisClient {
  readonly library = 'node-redis';
  readonly isCluster = true;
  readonly #cluster: NodeRedisCluster;
  readonly #keyPrefix: string;
  readonly #connections = new Set<NodeRedisConnection>();
  #isClosed = false;

  constructor(cluster: NodeRedisCluster) {
    this.#cluster = cluster;
    this.#keyPrefix = keyPrefixOf(cluster);
  }

  /** A command that names the key finds its way by it, through redirections too; any other one has to be led. */
  async send(key: string, args: readonly string[]): Promise<unknown> {
    const slot = this.#slot(key);
    try {
      if (!args.includes(key)) return await (await this.#master(slot)).sendCommand(args, COMMAND);
      const command = [...prefixKeys(this.#keyPrefix, args)];
      return await this.#cluster.sendCommand(`${this.#keyPrefix}${key}`, false, command, COMMAND);
    } catch (error) {
      throw this.#failure(error, slot);
    }
  }

  async connect(key: string): Promise<RedisConnection> {
    const slot = this.#slot(key);
    await this.#lookAgain(slot);
    const master = await this.#master(slot).catch((error: unknown) => {
      throw connectFailure(error);
    });
    const given = { keyPrefix: this.#keyPrefix };
    const connection = new NodeRedisConnection(master, given, (ended) => this.#connections.delete(ended));
    this.#connections.add(connection);
    await connection.open();
    if (this.#isClosed) connection.destroy();
    return connection;
  }

  #slot(key: string): number {
    if (this.#isClosed) throw new ConnectionError('The connection was closed.');
    if (!this.#cluster.isOpen)
      throw new ConnectionError('The Redis client given is not open: call its connect() first.');
    return slotOf(`${this.#keyPrefix}${key}`);
  }

  async #master(slot: number): Promise<NodeRedisSingle> {
    const shard = this.#cluster.slots[slot];
    if (!shard) throw new ConnectionError(`The Cluster client knows no master of slot ${slot} yet.`);
    return (await this.#cluster.nodeClient(shard.master)) as NodeRedisSingle;
  }

  /** Whoever asked may have lost its master. The others know who took over; the one in doubt is not asked. */
  async #lookAgain(slot: number): Promise<void> {
    const { _slots: slots } = this.#cluster as Rediscovering;
    const doubtful = this.#cluster.slots[slot]?.master;
    const others = this.#cluster.masters.filter((node) => node !== doubtful) as { client?: NodeRedisSingle }[];
    const startWith = others.find(({ client }) => client?.isReady)?.client;
    if (!startWith || !slots?.rediscover) return;
    await slots.rediscover(startWith).catch(() => {});
  }

  #failure(error: unknown, slot: number): unknown {
    if (isRefusal(error)) return error;
    // After its own tries the library wraps the server's last refusal.
    if (error instanceof Error && isRefusal(error.cause)) return error.cause;
    if (!this.#cluster.slots[slot])
      return new ConnectionError('The Cluster client is not connected yet.', { cause: error });
    void this.#lookAgain(slot);
    return error;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.destroy();
  }
}
