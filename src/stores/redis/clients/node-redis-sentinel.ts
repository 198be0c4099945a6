import { UnsupportedServerError } from '../../../core/errors.js';
import { ClientNotOpenError, CONNECT_TIMEOUT, connectFailure, isRefusal, withinTime } from './failures.js';
import { NodeRedisConnection } from './node-redis-connection.js';
import type { NodeRedisSentinel, NodeRedisSingle } from './node-redis-shape.js';
import { keyPrefixOf } from './node-redis-shape.js';
import { OneServer } from './one-server.js';
import { placeBehind } from './place.js';
import type { RedisClient, RedisConnection } from './redis-client.js';

/** How long a client that has not found its master yet is waited for, in ms: then it is said what it last heard. */
const PATIENCE = 2000;
/** What it says of all its Sentinels together; of each it has said why. */
const NO_SENTINEL = /None of the sentinels are available/;

/** It calls errors of Sentinels so, without an Error. */
function withoutPrefix(error: unknown): unknown {
  return typeof error === 'string' ? new Error(error.replace(/^obseve client error: (?:Error: )?/, '')) : error;
}

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
    super(sentinel, placeBehind('Redis behind the Sentinels', undefined));
    this.#sentinel = sentinel;
    this.#keyPrefix = keyPrefixOf(sentinel);
  }

  async connect(): Promise<RedisConnection> {
    this.own.checkOpen();
    if (!this.#sentinel.isOpen) {
      throw new ClientNotOpenError();
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
    let lastError: unknown;
    const failed = (error: unknown): void => {
      if (!NO_SENTINEL.test(String(error))) lastError = withoutPrefix(error);
    };
    this.#sentinel.on('error', failed);
    try {
      return (await withinTime(looking, this.#sentinel.isReady ? CONNECT_TIMEOUT : PATIENCE, () => {})).master;
    } catch (error) {
      throw await connectFailure(lastError ?? error, this.place);
    } finally {
      this.#sentinel.removeListener('error', failed);
    }
  }
}
