import { ConnectionError, UnsupportedServerError } from '../../../core/errors.js';
import { CONNECT_TIMEOUT, connectFailure, isRefusal, withinTime } from './failures.js';
import { NodeRedisConnection } from './node-redis-connection.js';
import type { NodeRedisSentinel, NodeRedisSingle } from './node-redis-shape.js';
import { keyPrefixOf } from './node-redis-shape.js';
import { OneServer } from './one-server.js';
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
 * The adapter for what `createSentinel` gives. The client is asked for the master, and the connections go there, with the
 * credentials and TLS of the client's nodes.
 */
export class NodeRedisSentinelClient extends OneServer implements RedisClient {
  readonly library = 'node-redis';
  readonly isCluster = false;
  readonly #sentinel: NodeRedisSentinel;
  readonly #keyPrefix: string;

  constructor(sentinel: NodeRedisSentinel) {
    super(sentinel);
    this.#sentinel = sentinel;
    this.#keyPrefix = keyPrefixOf(sentinel);
  }

  async connect(): Promise<RedisConnection> {
    this.own.checkOpen();
    if (!this.#sentinel.isOpen) {
      throw new ConnectionError('The Redis client given is not open: call its connect() first.');
    }
    const master = await this.#master();
    return this.own.open((over) => new NodeRedisConnection(master, { keyPrefix: this.#keyPrefix }, over));
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
}
