import { ConnectionError } from '../../../core/errors.js';
import { isRefusal, messageOf } from './failures.js';
import { IoredisConnection } from './ioredis-connection.js';
import type { IoredisCluster, IoredisLike, IoredisOptions, IoredisSingle } from './ioredis-shape.js';
import { bendsReplies, ENDS_AT_ONCE, optionsOf, PLAIN_REPLIES } from './ioredis-shape.js';
import type { RedisClient, RedisConnection } from './redis-client.js';
import { slotOf } from './slot.js';

/**
 * An adapter for a client of ioredis 5 or 6, or of iovalkey: `Redis`, also over Sentinel, or `Cluster`.
 *
 * The client stays the caller's: it is not reconfigured, listened to or closed. It may be lazy or still be connecting;
 * one with `enableOfflineQueue: false` refuses calls with a ConnectionError until it is ready. Its `keyPrefix` holds.
 * A client with `stringNumbers`, `replyMapping: 'resp3'`, `enableAutoPipelining` or `scaleReads` is left alone: a
 * duplicate without these is used in its place, and closed by `close`.
 */
export function ioredisClient(client: IoredisLike, library = 'ioredis'): RedisClient {
  return client.isCluster
    ? new ClusterClient(client as IoredisCluster, library)
    : new SingleClient(client as IoredisSingle, library);
}

/** What both kinds share: sending, and the connections to be ended. */
abstract class IoredisClient<Client extends IoredisLike> implements RedisClient {
  abstract readonly isCluster: boolean;
  /** The caller's client, or the duplicate in its place. */
  protected readonly client: Client;
  readonly #duplicate: Client | undefined;
  readonly #connections = new Set<IoredisConnection>();
  #isClosed = false;

  constructor(
    client: Client,
    readonly library: string,
    plainDuplicate: () => Client,
  ) {
    this.#duplicate = bendsReplies(client) ? plainDuplicate() : undefined;
    // An error without a listener is written to the console; the calls report it.
    this.#duplicate?.on('error', () => {});
    this.client = this.#duplicate ?? client;
  }

  abstract send(key: string, args: readonly string[]): Promise<unknown>;
  abstract connect(key: string): Promise<RedisConnection>;

  /** The name goes in small letters: so every library knows where a command's keys are. */
  protected async call(to: IoredisLike, args: readonly string[]): Promise<unknown> {
    const [name = '', ...rest] = args;
    const sentOn = streamOf(to);
    try {
      if (this.#isClosed) throw new ConnectionError('The connection was closed.');
      return await to.call(name.toLowerCase(), rest);
    } catch (error) {
      if (isRefusal(error) && sentOn && streamOf(to) !== sentOn) throw refusedAgain(error);
      throw failure(error, this.client);
    }
  }

  protected async open(of: IoredisSingle, overrides: IoredisOptions = {}): Promise<RedisConnection> {
    if (this.#isClosed) throw new ConnectionError('The connection was closed.');
    const connection = new IoredisConnection(of, overrides, (ended) => this.#connections.delete(ended));
    this.#connections.add(connection);
    return connection.open();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.destroy();
    this.#duplicate?.disconnect();
  }
}

class SingleClient extends IoredisClient<IoredisSingle> {
  readonly isCluster = false;

  constructor(client: IoredisSingle, library: string) {
    super(client, library, () =>
      client.duplicate({ ...PLAIN_REPLIES, ...ENDS_AT_ONCE, enableAutoPipelining: false, lazyConnect: true }),
    );
  }

  send(_key: string, args: readonly string[]): Promise<unknown> {
    return this.call(this.client, args);
  }

  connect(): Promise<RedisConnection> {
    return this.open(this.client);
  }
}

class ClusterClient extends IoredisClient<IoredisCluster> {
  readonly isCluster = true;

  constructor(client: IoredisCluster, library: string) {
    super(client, library, () =>
      client.duplicate([], {
        enableAutoPipelining: false,
        scaleReads: 'master',
        lazyConnect: true,
        redisOptions: { ...PLAIN_REPLIES, ...ENDS_AT_ONCE },
      }),
    );
  }

  /** A command that names the key finds its way by it, through redirections too; any other one has to be led. */
  async send(key: string, args: readonly string[]): Promise<unknown> {
    if (args.includes(key)) return this.call(this.client, args);
    return this.call(await this.#master(key), args);
  }

  async connect(key: string): Promise<RedisConnection> {
    await this.#ready();
    await this.#lookAgain();
    const { keyPrefix } = optionsOf(this.client);
    return this.open(await this.#master(key), keyPrefix ? { keyPrefix } : {});
  }

  async #master(key: string): Promise<IoredisSingle> {
    await this.#ready();
    const slot = slotOf(`${optionsOf(this.client).keyPrefix ?? ''}${key}`);
    const address = this.client.slots[slot]?.[0];
    const master = this.client.nodes('master').find((node) => addressOf(node) === address);
    if (master) return master;
    throw new ConnectionError(`The Cluster client knows no master of slot ${slot}.`);
  }

  /** Resolves when the client knows the slots. */
  async #ready(): Promise<void> {
    const { client } = this;
    if (client.status === 'ready') return;
    if (client.status === 'end') throw new ConnectionError('The Cluster client given was closed.');
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
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
        reject(new ConnectionError('The Cluster client has no connection to any node.'));
      };
      client.once('ready', ready);
      client.once('close', closed);
      client.once('end', closed);
      if (client.status === 'wait') client.connect().catch(() => {});
    });
  }

  /**
   * The client learns of a fail-over by the next redirection only; a connection of its own is to go to the master now. A
   * node that is dead or silent answers late: then what is known has to do.
   */
  #lookAgain(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_AGAIN);
      this.client.refreshSlotsCache(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** How long a look at the slots may keep a new connection waiting, in ms. */
const LOOK_AGAIN = 500;

function addressOf(node: IoredisSingle): string {
  const { host, port } = optionsOf(node);
  return `${host}:${port}`;
}

/** What a command that is sent now goes out on; none while the library keeps commands back. */
function streamOf(client: IoredisLike): object | undefined {
  return client.status === 'ready' ? (client as IoredisSingle).stream : undefined;
}

/** The library sent the command again by itself: the refusal is of the second time, and the first may have taken effect. */
function refusedAgain(refusal: Error): ConnectionError {
  const message = `The connection broke, and what was sent again was refused: ${refusal.message}`;
  return new ConnectionError(message, { cause: refusal });
}

/** After its own tries the library wraps the server's last refusal. */
const REDIRECTIONS = /^Too many Cluster redirections\. Last error: (?:\w+: )?([A-Z]{2,} .*)$/s;

function failure(error: unknown, client: IoredisLike): unknown {
  if (isRefusal(error) || error instanceof ConnectionError) return error;
  const refusal = REDIRECTIONS.exec(messageOf(error))?.[1];
  if (refusal !== undefined) return new Error(refusal, { cause: error });
  if (client.status === 'end') return new ConnectionError('The Redis client given was closed.', { cause: error });
  if (/enableOfflineQueue/.test(messageOf(error))) {
    const message = `The Redis client is ${client.status}, not ready, and its enableOfflineQueue is false.`;
    return new ConnectionError(message, { cause: error });
  }
  return error;
}
