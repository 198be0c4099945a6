import { ServerRefusedError } from '../../core/errors.js';
import type { RedisClient, RedisConnection } from './clients/redis-client.js';
import { LIBRARY_IS_THERE, LOAD_LIBRARY } from './functions.js';
import { refusalOf } from './refusals.js';
import { within } from './within.js';

/** A younger connection, in ms, is not left for another one: that one would be no better yet. */
const YOUNG = 500;

/** Something was not answered in time. */
export class CommandTimeout extends Error {
  constructor(who: string, ms: number) {
    super(`${who} did not answer within ${ms} ms`);
  }
}

interface Place {
  readonly opening: Promise<SharedConnection>;
  connection: SharedConnection | undefined;
}

/** The connections that calls go out on: one to each server, made at the first call, shared by all, replaced when it is over. */
export class Connections {
  readonly #byServer = new Map<string, Place>();

  constructor(
    private readonly client: RedisClient,
    /** How long a connection may take to be made, and how long an answer on it, in ms. */
    private readonly timeout: number,
  ) {}

  /**
   * The one to the server of `key`, or to the one that a redirection has named.
   *
   * @throws what the client says; CommandTimeout when none is ready in time. Nothing was sent then.
   */
  to(key: string, redirection?: string): Promise<SharedConnection> {
    const named = this.client.serverOf(key, redirection);
    if (typeof named === 'string') return this.#at(named, key);
    return inTime(this.timeout, named, this.client.placeName()).then((server) => this.#at(server, key));
  }

  #at(server: string, key: string): Promise<SharedConnection> {
    const known = this.#byServer.get(server);
    // Always by the promise: so calls go out in their order, also those that have waited for it.
    if (known && !known.connection?.isOver) return known.opening;
    const place: Place = { opening: this.#open(key, server), connection: undefined };
    this.#byServer.set(server, place);
    place.opening.then(
      (connection) => {
        place.connection = connection;
      },
      () => this.#byServer.delete(server),
    );
    return place.opening;
  }

  async #open(key: string, server: string): Promise<SharedConnection> {
    const connecting = this.client.connect(key, server);
    const name = this.client.placeName(server);
    try {
      return new SharedConnection(await inTime(this.timeout, connecting, name), this.timeout, name);
    } catch (error) {
      // One that comes late is not to stay open.
      connecting.then((late) => late.destroy()).catch(() => {});
      throw error;
    }
  }
}

/** One connection for all calls to a server. */
export class SharedConnection {
  readonly #connection: RedisConnection;
  readonly #timeout: number;
  readonly #since = performance.now();
  #isLeft = false;
  #loading: Promise<void> | undefined;

  constructor(
    connection: RedisConnection,
    timeout: number,
    /** For people: where it leads. */
    readonly name: string,
  ) {
    this.#connection = connection;
    this.#timeout = timeout;
  }

  /** The next call needs another one. */
  get isOver(): boolean {
    return this.#isLeft || this.#connection.isOver;
  }

  send(args: readonly string[]): Promise<unknown> {
    return this.#connection.send(args);
  }

  /** It does not answer: it ends, and what is under way on it is lost. */
  drop(): void {
    this.#isLeft = true;
    this.#connection.destroy();
  }

  /** The server is of no use now: the next call has another connection. This one ends when what is under way is answered. */
  leave(): void {
    if (this.isOver || performance.now() - this.#since < YOUNG) return;
    this.#isLeft = true;
    // Answers come in the order of the commands.
    inTime(this.#timeout, this.send(['PING']), this.name)
      .catch(() => {})
      .finally(() => this.#connection.destroy());
  }

  /** Puts the library of functions on the server: once for all who wait for it. @throws ServerRefusedError when it has no room */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    try {
      await inTime(this.#timeout, this.send(LOAD_LIBRARY), this.name);
    } catch (error) {
      if (error instanceof Error && LIBRARY_IS_THERE.test(error.message)) return;
      throw refusalOf(error) === 'no-memory' ? noRoom(error) : error;
    }
  }
}

/** @throws CommandTimeout when `who` takes longer */
export function inTime<T>(ms: number, answer: Promise<T>, who: string): Promise<T> {
  return within(ms, answer, () => new CommandTimeout(who, ms));
}

function noRoom(cause: unknown): ServerRefusedError {
  return new ServerRefusedError(
    "The server's memory is full (maxmemory), and tusker's library of functions is not there yet: FUNCTION LOAD is refused. " +
      'Raise maxmemory for a moment or free memory, then run `tusker doctor`, which puts it there.',
    { cause },
  );
}
