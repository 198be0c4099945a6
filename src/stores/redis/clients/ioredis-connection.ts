import { CONNECT_TIMEOUT, connectFailure, isAtTheDoor, isRefusal, withinTime } from './failures.js';
import { Holding, type Holds } from './holding.js';
import type { IoredisOptions, IoredisSingle } from './ioredis-shape.js';
import { ENDS_AT_ONCE, optionsOf, PLAIN_REPLIES } from './ioredis-shape.js';
import type { Place } from './place.js';
import { placeBehind, placeOf } from './place.js';
import type { RedisConnection } from './redis-client.js';

/** It works from the start or is over: nothing is queued, repeated, reconnected or timed out by the library. */
const ONCE = {
  ...PLAIN_REPLIES,
  ...ENDS_AT_ONCE,
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  enableAutoPipelining: false,
  maxRetriesPerRequest: 0,
  retryStrategy: null,
  sentinelRetryStrategy: null,
  reconnectOnError: null,
  failoverDetector: false,
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
  readOnly: false,
  monitor: false,
};

/** One connection with the address, user and TLS of a client. */
export class IoredisConnection implements RedisConnection {
  readonly #redis: IoredisSingle;
  readonly #onOver: () => void;
  readonly #holding = new Holding(() => this.#redis.stream);
  #place: Place;
  #lastError: unknown;
  #isOver = false;

  constructor(of: IoredisSingle, overrides: IoredisOptions, onOver: () => void) {
    const { sentinels } = of.options as IoredisOptions;
    const db = of.condition?.select;
    this.#redis = of.duplicate({
      ...ONCE,
      // With Sentinels the check sees to it that a master answers; elsewhere the store sees what the server can.
      enableReadyCheck: Boolean(sentinels),
      ...(typeof db === 'number' ? { db } : {}),
      ...overrides,
    });
    this.#onOver = onOver;
    this.#place = ioredisPlace(this.#redis);
    this.#redis.once('connect', () => this.#reached());
    this.#redis.on('error', (error: unknown) => {
      this.#lastError = error;
    });
    this.#redis.once('close', () => this.destroy());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws ConnectionError; the server's refusal, such as WRONGPASS */
  async open(): Promise<this> {
    try {
      await withinTime(this.#connected(), CONNECT_TIMEOUT, () => this.destroy());
      this.#holding.ready();
      return this;
    } catch (error) {
      this.destroy();
      throw await connectFailure(this.#lastError ?? error, this.#place);
    }
  }

  /** Version 5 and iovalkey call a connection ready before the server has agreed to its user and database. */
  async #connected(): Promise<void> {
    await this.#redis.connect();
    await this.#redis.call('ping', []).catch((error: unknown) => {
      // It may be loading, or the user may lack the right to ask.
      if (!isRefusal(error) || isAtTheDoor(error)) throw error;
    });
    // The refusal came before the answer to PING; the library has heard of it when its callbacks have run.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#lastError !== undefined) throw this.#lastError;
  }

  /** The Sentinels have said where the master is. */
  #reached(): void {
    const { remoteAddress: host, remotePort: port } = this.#redis.stream ?? {};
    const { sentinels, tls } = optionsOf(this.#redis);
    if (!sentinels || tls || host === undefined || port === undefined) return;
    this.#place = { ...this.#place, plain: { host, port } };
  }

  async send(args: readonly string[], holds: Holds = 'keeps-alive'): Promise<unknown> {
    const [name = '', ...rest] = args;
    const answer = this.#redis.call(name.toLowerCase(), rest);
    return holds === 'keeps-alive' ? this.#holding.until(answer) : answer;
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#redis.disconnect();
    // The library only ends its side.
    this.#redis.stream?.destroy();
    this.#onOver();
  }
}

/** Where a client that is no Cluster leads. */
export function ioredisPlace(client: IoredisSingle): Place {
  const options = optionsOf(client);
  return options.sentinels ? placeBehind('Redis behind the Sentinels', options.sentinels) : placeOf(options);
}
