import type { Holds } from './clients/holding.js';
import type { RedisConnection } from './clients/redis-client.js';
import type { Delivery } from './delivery.js';
import type { Shard } from './shard.js';
import { within } from './within.js';

/** A connection that was not used for this time is ended, in ms. */
const IDLE_AFTER = 10_000;
/** Within this time after a look the next one may block, and for this time at most: a task may have been delayed since. In ms. */
const LOOK_KEEPS = 100;
/** A blocking command that is late by this time is on a connection that will never answer, in ms. */
const WATCHDOG = 2000;

/** The line on which one shard is waited at: a connection of its own, replaced when it breaks or never answers. */
export class WaitingLine {
  #connection: RedisConnection | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #nextAt = 0;

  constructor(
    readonly shard: Shard,
    private readonly delivery: Delivery,
    private readonly key: string,
    /** Whether the process stays alive while this is waited for. */
    private readonly holds: Holds,
  ) {}

  /** Sends commands behind one another; the first may block for `ms`. @throws when the line broke, and is over */
  async exchange(ms: number, ...commands: string[][]): Promise<unknown[]> {
    const connection = await this.open();
    this.#keepOpen();
    const replies = commands.map((command) => connection.send(command, this.holds));
    for (const reply of replies) reply.catch(() => {});
    try {
      return await within(
        ms + WATCHDOG,
        Promise.all(replies),
        () => new Error(`no answer ${WATCHDOG} ms after its time`),
        this.holds,
      );
    } finally {
      this.#keepOpen();
    }
  }

  #keepOpen(): void {
    this.#idle ??= setTimeout(() => this.drop(), IDLE_AFTER).unref();
    this.#idle.refresh();
  }

  /** A look has told when the first delayed task is ready, in ms from now. */
  looked(nextIn: number): void {
    this.#lookedAt = performance.now();
    this.#nextAt = this.#lookedAt + nextIn;
  }

  /** How long a look may block, in ms. One that does not tells when the first delayed task is ready. */
  get nextIn(): number {
    const now = performance.now();
    if (now - this.#lookedAt > LOOK_KEEPS) return 1;
    return Math.max(1, Math.min(LOOK_KEEPS, this.#nextAt - now));
  }

  /** Resolves when there is a connection. */
  async open(): Promise<RedisConnection> {
    if (this.#connection) return this.#connection;
    await this.shard.ready();
    const connection = await this.delivery.client.connect(this.key);
    if (this.#isClosed) connection.destroy();
    this.#connection = connection;
    return connection;
  }

  /** Ends the connection. What was sent on it may still run: a claim is cancelled by its nonce, a read does no harm. */
  drop(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    this.drop();
  }
}
