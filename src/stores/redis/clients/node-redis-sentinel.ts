import { ConnectionError, UnsupportedServerError } from '../../../core/errors.js';
import { CONNECT_TIMEOUT, connectFailure, isRefusal, withinTime } from './failures.js';
import { NodeRedisConnection } from './node-redis-connection.js';
import type { NodeRedisSentinel, NodeRedisSingle } from './node-redis-shape.js';
import { keyPrefixOf } from './node-redis-shape.js';
import type { RedisClient, RedisConnection } from './redis-client.js';

/** Gives its function the client that is connected to the master now. */
interface MasterHolder {
  _execute?(isReadonly: boolean, use: (client: NodeRedisSingle) => Promise<Found>): Promise<Found>;
}
/** In an object: a client must not be taken for a promise. */
interface Found {
  readonly master: NodeRedisSingle;
}

/**
 * The adapter for what `createSentinel` gives. The client is asked for the master, and a connection of the adapter's own
 * goes there, with the credentials and TLS of the client's nodes: the client itself holds its one connection back while
 * a command runs, and changes the order of commands by it.
 */
export class NodeRedisSentinelClient implements RedisClient {
  readonly library = 'node-redis';
  readonly isCluster = false;
  readonly #sentinel: NodeRedisSentinel;
  readonly #keyPrefix: string;
  readonly #connections = new Set<NodeRedisConnection>();
  #main: Promise<NodeRedisConnection> | undefined;
  #isClosed = false;

  constructor(sentinel: NodeRedisSentinel) {
    this.#sentinel = sentinel;
    this.#keyPrefix = keyPrefixOf(sentinel);
  }

  async send(_key: string, args: readonly string[]): Promise<unknown> {
    const main = this.#opened();
    const connection = await main;
    try {
      return await connection.send(args);
    } catch (error) {
      // The master has become a replica.
      if (isRefusal(error) && error.message.startsWith('READONLY')) connection.destroy();
      throw error;
    }
  }

  connect(): Promise<RedisConnection> {
    return this.#open(() => {});
  }

  #opened(): Promise<NodeRedisConnection> {
    if (this.#main) return this.#main;
    const forget = (): void => {
      if (this.#main === main) this.#main = undefined;
    };
    const main = this.#open(forget);
    main.catch(forget);
    this.#main = main;
    return main;
  }

  async #open(onEnd: () => void): Promise<NodeRedisConnection> {
    if (this.#isClosed) throw new ConnectionError('The connection was closed.');
    if (!this.#sentinel.isOpen) {
      throw new ConnectionError('The Redis client given is not open: call its connect() first.');
    }
    const master = await this.#master();
    const connection = new NodeRedisConnection(master, { keyPrefix: this.#keyPrefix }, (ended) => {
      this.#connections.delete(ended);
      onEnd();
    });
    this.#connections.add(connection);
    await connection.open();
    if (this.#isClosed) connection.destroy();
    return connection;
  }

  async #master(): Promise<NodeRedisSingle> {
    const holder = this.#sentinel as MasterHolder;
    if (typeof holder._execute !== 'function') {
      throw new UnsupportedServerError(
        'This version of node-redis gives no way to its master: use ioredis for Sentinel.',
      );
    }
    const looking = holder._execute(false, async (master) => {
      const role = await master.sendCommand(['ROLE']).catch((error: unknown) => {
        if (isRefusal(error) && error.message.startsWith('NOPERM')) return ['master'];
        throw error;
      });
      // The client looks for the new master when it sees this code.
      if (Array.isArray(role) && String(role[0]) === 'slave') throw new Error('READONLY the master is a replica now');
      return { master };
    });
    try {
      return (await withinTime(looking, CONNECT_TIMEOUT, () => {})).master;
    } catch (error) {
      throw connectFailure(error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.destroy();
  }
}
