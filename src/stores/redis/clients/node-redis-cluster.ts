import { ClientNotOpenError, connectFailure, LOOK_AGAIN, noConnection, withinTime } from './failures.js';
import { NodeRedisConnection } from './node-redis-connection.js';
import type { NodeRedisCluster, NodeRedisNode, NodeRedisSingle } from './node-redis-shape.js';
import { keyPrefixOf } from './node-redis-shape.js';
import { OwnConnections } from './own-connections.js';
import type { Place } from './place.js';
import { placeAt, placeBehind } from './place.js';
import type { RedisClient, RedisConnection } from './redis-client.js';
import { slotOf } from './slot.js';

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
  readonly #own: OwnConnections;

  constructor(cluster: NodeRedisCluster) {
    this.#cluster = cluster;
    this.#keyPrefix = keyPrefixOf(cluster);
    this.#own = new OwnConnections(cluster, 'disconnect');
  }

  serverOf(key: string, redirection?: string): string {
    return redirection ?? this.#masterOf(key).address;
  }

  placeName(server?: string): string {
    return (server === undefined ? this.#place : placeAt(server)).name;
  }

  get #place(): Place {
    return placeBehind('the Redis Cluster of', this.#cluster._options?.rootNodes);
  }

  async masters(): Promise<readonly string[]> {
    this.#checkOpen();
    return this.#cluster.masters.map(({ address }) => address);
  }

  async connect(key: string, server?: string): Promise<RedisConnection> {
    this.#own.checkOpen();
    this.#checkOpen();
    if (server === undefined) await this.lookAgain(key);
    const address = server ?? this.#masterOf(key).address;
    const like = await this.#anyClient();
    const given = { keyPrefix: this.#keyPrefix, address: this.#socketOf(address) };
    return this.#own.open((over) => new NodeRedisConnection(like, given, over));
  }

  /** Whoever asks may have lost its master. The others know who took over; the one in doubt is not asked. */
  async lookAgain(key: string): Promise<void> {
    const { _slots: slots } = this.#cluster as Rediscovering;
    const doubtful = this.#cluster.slots[this.#slotOf(key)]?.master;
    const others = this.#cluster.masters.filter((node) => node !== doubtful);
    const startWith = others.find(({ client }) => client?.isReady)?.client;
    if (!startWith || !slots?.rediscover) return;
    await withinTime(slots.rediscover(startWith), LOOK_AGAIN, () => {}).catch(() => {});
  }

  async close(): Promise<void> {
    this.#own.close();
  }

  #checkOpen(): void {
    if (this.#cluster.isOpen) return;
    throw new ClientNotOpenError();
  }

  #slotOf(key: string): number {
    return slotOf(`${this.#keyPrefix}${key}`);
  }

  /** @throws ConnectionError */
  #masterOf(key: string): NodeRedisNode {
    this.#checkOpen();
    const slot = this.#slotOf(key);
    const shard = this.#cluster.slots[slot];
    if (!shard) throw noConnection(this.#place, `no master of slot ${slot} is known yet`);
    return shard.master;
  }

  /** One whose user, password and TLS are those of all. */
  async #anyClient(): Promise<NodeRedisSingle> {
    const { masters } = this.#cluster;
    const known = masters.find(({ client }) => client?.isReady)?.client ?? masters.find(({ client }) => client)?.client;
    if (known) return known;
    const [node] = masters;
    if (!node) throw noConnection(this.#place, 'no master is known yet');
    try {
      return (await this.#cluster.nodeClient(node)) as NodeRedisSingle;
    } catch (error) {
      throw await connectFailure(error, this.#place);
    }
  }

  /** Where an address of the Cluster is seen from here. */
  #socketOf(address: string): { readonly host: string; readonly port: number } {
    const map = this.#cluster._options?.nodeAddressMap;
    const seen = typeof map === 'function' ? map(address) : map?.[address];
    if (seen) return seen;
    const colon = address.lastIndexOf(':');
    return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  }
}
