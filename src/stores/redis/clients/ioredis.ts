import { ClientNotOpenError, connectFailure, LOOK_AGAIN, noConnection } from './failures.js';
import { IoredisConnection, ioredisPlace } from './ioredis-connection.js';
import type { IoredisCluster, IoredisLike, IoredisOptions, IoredisSingle } from './ioredis-shape.js';
import { bendsSlots, ENDS_AT_ONCE, optionsOf, PLAIN_REPLIES } from './ioredis-shape.js';
import { OneServer } from './one-server.js';
import { OwnConnections } from './own-connections.js';
import type { Place } from './place.js';
import { placeAt, placeBehind } from './place.js';
import type { RedisClient, RedisConnection } from './redis-client.js';
import { slotOf } from './slot.js';

/**
 * An adapter for a client of ioredis 5 or 6, or of iovalkey: `Redis`, also over Sentinel, or `Cluster`.
 *
 * The client stays the caller's: it is not reconfigured, sent commands or closed. It says where the server is and how to
 * connect; a Cluster client also who serves which key. It may be lazy or still be connecting. Its `keyPrefix` holds. A Cluster
 * client that cannot read its own slots is left alone, and a duplicate that can is asked in its place.
 */
export function ioredisClient(client: IoredisLike, library = 'ioredis'): RedisClient {
  return client.isCluster
    ? new ClusterClient(client as IoredisCluster, library)
    : new SingleClient(client as IoredisSingle, library);
}

class SingleClient extends OneServer implements RedisClient {
  readonly isCluster = false;
  readonly #client: IoredisSingle;

  constructor(
    client: IoredisSingle,
    readonly library: string,
  ) {
    super(client, ioredisPlace(client));
    this.#client = client;
  }

  async connect(): Promise<RedisConnection> {
    this.own.checkOpen();
    if (this.#client.status === 'end') throw new ClientNotOpenError('The Redis client given was closed.');
    return this.own.open((over) => new IoredisConnection(this.#client, {}, over));
  }
}

class ClusterClient implements RedisClient {
  readonly isCluster = true;
  readonly #client: IoredisCluster;
  readonly #own: OwnConnections;
  #becomingReady: Promise<void> | undefined;

  constructor(
    client: IoredisCluster,
    readonly library: string,
  ) {
    this.#own = new OwnConnections(client, 'end');
    this.#client = bendsSlots(client) ? this.#plainDuplicate(client) : client;
  }

  #plainDuplicate(client: IoredisCluster): IoredisCluster {
    const duplicate = client.duplicate([], { lazyConnect: true, redisOptions: { ...PLAIN_REPLIES, ...ENDS_AT_ONCE } });
    // An error without a listener is written to the console; the calls report it.
    duplicate.on('error', () => {});
    this.#own.add({ destroy: () => duplicate.disconnect() });
    return duplicate;
  }

  serverOf(key: string, redirection?: string): string | Promise<string> {
    if (redirection !== undefined) return this.#mapped(redirection);
    return this.#client.status === 'ready' ? this.#masterOf(key) : this.#ready().then(() => this.#masterOf(key));
  }

  placeName(server?: string): string {
    return (server === undefined ? this.#place : placeAt(server)).name;
  }

  get #place(): Place {
    return placeBehind('the Redis Cluster of', this.#client.startupNodes);
  }

  async masters(): Promise<readonly string[]> {
    await this.#ready();
    return this.#client.nodes('master').map(addressOf);
  }

  async connect(key: string, server?: string): Promise<RedisConnection> {
    this.#own.checkOpen();
    await this.#ready();
    if (server === undefined) await this.lookAgain();
    const { host, port } = placeOf(server ?? this.#masterOf(key));
    const { keyPrefix } = optionsOf(this.#client);
    const overrides: IoredisOptions = { host, port, ...(keyPrefix ? { keyPrefix } : {}) };
    const [anyNode] = this.#client.nodes('master');
    if (!anyNode) throw noConnection(this.#place, 'no master is known');
    return this.#own.open((over) => new IoredisConnection(anyNode, overrides, over));
  }

  /** The client learns of a fail-over by its own next redirection only. A node that is dead or silent answers late. */
  lookAgain(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_AGAIN);
      this.#client.refreshSlotsCache(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#own.close();
  }

  /** @throws ConnectionError */
  #masterOf(key: string): string {
    const slot = slotOf(`${optionsOf(this.#client).keyPrefix ?? ''}${key}`);
    const master = this.#client.slots[slot]?.[0];
    if (master === undefined) throw noConnection(this.#place, `no master of slot ${slot} is known`);
    return master;
  }

  /** Where an address of the Cluster is seen from here. */
  #mapped(address: string): string {
    const { natMap } = optionsOf(this.#client);
    const seen = typeof natMap === 'function' ? natMap(address) : natMap?.[address];
    return seen ? `${seen.host}:${seen.port}` : address;
  }

  /** Resolves when the client knows the slots. */
  async #ready(): Promise<void> {
    const { status } = this.#client;
    if (status === 'ready') return;
    if (status === 'end') throw new ClientNotOpenError('The Cluster client given was closed.');
    this.#becomingReady ??= this.#becomesReady().finally(() => {
      this.#becomingReady = undefined;
    });
    await this.#becomingReady;
  }

  #becomesReady(): Promise<void> {
    const client = this.#client;
    return new Promise<void>((resolve, reject) => {
      let lastError: unknown;
      const failed = (error: unknown): void => {
        lastError = error;
      };
      const leave = (): void => {
        client.removeListener('node error', failed);
        client.removeListener('ready', ready);
        client.removeListener('close', closed);
        client.removeListener('end', closed);
      };
      const ready = (): void => {
        leave();
        resolve();
      };
      const closed = (): void => {
        leave();
        void connectFailure(lastError ?? new Error('Connection is closed.'), this.#place).then(reject);
      };
      client.on('node error', failed);
      client.once('ready', ready);
      client.once('close', closed);
      client.once('end', closed);
      if (client.status === 'wait') client.connect().catch(() => {});
    });
  }
}

function addressOf(node: IoredisSingle): string {
  const { host, port } = optionsOf(node);
  return `${host}:${port}`;
}

function placeOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
