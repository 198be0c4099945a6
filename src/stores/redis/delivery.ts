import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConnectionError,
  InvalidArgumentError,
  ServerRefusedError,
  StoppedError,
  UnsupportedServerError,
} from '../../core/errors.js';
import type { RedisClient, RedisConnection } from './clients/redis-client.js';
import { LOAD_LIBRARY } from './functions.js';
import type { Refusal } from './refusals.js';
import { refusalOf } from './refusals.js';
import { within } from './within.js';

export interface DeliveryOptions {
  /** How long one try may take, in ms. */
  readonly commandTimeout: number;
  /** How long a call is tried again, in ms. */
  readonly retryFor: number;
  /** How many replicas must have the write before it counts, and how long to wait for them, in ms. */
  readonly waitForReplicas: number;
}

/** How a write waits for replicas. */
export interface Replication {
  /** The command that tells how many replicas have what was written before it on its connection. */
  readonly wait: string[];
  /** How long that may take, in ms. */
  readonly ms: number;
  /** @throws ConnectionError when these are too few */
  check(replicas: unknown): void;
}

/** One try. */
type Attempt = (to: Pick<RedisClient, 'send'>) => Promise<unknown>;

/** Thrown by a call that found the memory of the server full: nothing ran. */
export class NoMemory extends ServerRefusedError {
  constructor(
    cause: unknown,
    /** Set when an earlier try was lost, which may have run. */
    readonly unknown?: ConnectionError,
  ) {
    super(
      "The server's memory is full (maxmemory): what would need more of it is refused, what ends something goes on.",
      {
        cause,
      },
    );
  }
}

const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 1000;

/**
 * Brings calls to the server until they are answered or their time is over. A call whose fate is unknown is sent
 * again as it is: nonces and tokens make that harmless.
 */
export class Delivery {
  readonly #stop = new AbortController();
  readonly #writers = new Map<string, Promise<RedisConnection>>();

  constructor(
    readonly client: RedisClient,
    private readonly options: DeliveryOptions,
  ) {
    // Each call that is tried again listens while it pauses.
    setMaxListeners(0, this.#stop.signal);
  }

  /** What stands behind a write on its own connection, so that it waits for replicas; undefined when none are waited for. */
  get replication(): Replication | undefined {
    const { waitForReplicas, commandTimeout } = this.options;
    if (waitForReplicas === 0) return undefined;
    const wait = ['WAIT', `${waitForReplicas}`, `${Math.max(1, commandTimeout - 500)}`];
    return { wait, ms: commandTimeout, check: (replicas) => checkReplicas(Number(replicas), waitForReplicas) };
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /**
   * One call of a function, for the server that has `key`: one that `writes` waits for replicas.
   *
   * @throws ConnectionError when the fate is unknown, and what refusals.ts says
   */
  call(key: string, command: readonly string[], writes: boolean): Promise<unknown> {
    const attempt: Attempt =
      writes && this.options.waitForReplicas > 0
        ? () => this.#sendReplicated(key, command)
        : (to) => this.#limited(to.send(key, command));
    return this.#deliver(key, attempt, writes);
  }

  /** One plain command, for the server that has `key`. It must bear to be sent again. */
  command(key: string, args: readonly string[]): Promise<unknown> {
    return this.#deliver(key, (to) => this.#limited(to.send(key, args)), false);
  }

  #deliver(key: string, attempt: Attempt, writes: boolean): Promise<unknown> {
    if (this.isStopped) return Promise.reject(new StoppedError());
    return attempt(this.client).catch((error: unknown) => this.#again(key, attempt, writes, error));
  }

  async #again(key: string, attempt: Attempt, writes: boolean, first: unknown): Promise<unknown> {
    const end = performance.now() + this.options.retryFor;
    let failure = first;
    let wasLost = false;
    for (let tries = 1; ; tries++) {
      const refusal = refusalOf(failure);
      wasLost ||= refusal === undefined;
      this.#throwIfFinal(failure, refusal, writes && wasLost);
      // The library is put there at once; only when it is gone again does a pause help.
      const pause = refusal === 'no-library' && tries === 1 ? 0 : pauseBefore(tries);
      if (performance.now() + pause >= end) throw unanswered(failure, wasLost, this.options.retryFor);
      if (pause > 0) await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => {});
      if (this.isStopped) throw new StoppedError();
      try {
        if (failure instanceof CommandTimeout) return await this.#attemptElsewhere(key, attempt);
        if (refusal === 'no-library') await this.#limited(this.client.send(key, LOAD_LIBRARY));
        return await attempt(this.client);
      } catch (error) {
        failure = error;
      }
    }
  }

  /** A refusal says nothing of an earlier try that was lost: that one may have run. */
  #throwIfFinal(failure: unknown, refusal: Refusal | undefined, mayHaveRun: boolean): void {
    if (refusal === 'no-memory') throw new NoMemory(failure, mayHaveRun ? lost(failure) : undefined);
    if (typeof refusal === 'object') throw mayHaveRun ? lost(refusal.error) : refusal.error;
    if (refusal === 'not-now' && !this.client.isCluster && isRedirection(failure)) {
      throw mayHaveRun ? lost(clusterError(failure)) : clusterError(failure);
    }
    if (failure instanceof UnsupportedServerError) throw mayHaveRun ? lost(failure) : failure;
    if (failure instanceof InvalidArgumentError) throw failure;
    if (failure instanceof StoppedError) throw failure;
  }

  /** The connection may be stuck for ever: the next try has one of its own. */
  async #attemptElsewhere(key: string, attempt: Attempt): Promise<unknown> {
    const connecting = this.client.connect(key);
    const connection = await this.#limited(connecting).catch((error: unknown) => {
      // One that comes late is not to stay open.
      connecting.then((late) => late.destroy()).catch(() => {});
      throw error;
    });
    try {
      return await attempt({ send: (_key, args) => connection.send(args) });
    } finally {
      connection.destroy();
    }
  }

  /** WAIT counts the replicas that have what its own connection wrote: both go out on one. */
  async #sendReplicated(key: string, command: readonly string[]): Promise<unknown> {
    const { wait, check } = this.replication as Replication;
    const connection = await this.#limited(this.#writer(key));
    const written = connection.send(command);
    const waited = connection.send(wait);
    waited.catch(() => {});
    try {
      const reply = await this.#limited(written);
      check(await this.#limited(waited));
      return reply;
    } catch (error) {
      if (refusalOf(error) === undefined) this.#dropWriter(key, connection);
      throw error;
    }
  }

  #writer(key: string): Promise<RedisConnection> {
    let writer = this.#writers.get(key);
    if (!writer) {
      writer = this.client.connect(key);
      this.#writers.set(key, writer);
      writer.catch(() => this.#writers.delete(key));
    }
    return writer;
  }

  #dropWriter(key: string, connection: RedisConnection): void {
    this.#writers.delete(key);
    connection.destroy();
  }

  /** The answer, or a CommandTimeout when it is late. */
  #limited<T>(answer: Promise<T>): Promise<T> {
    const { commandTimeout } = this.options;
    return within(commandTimeout, answer, () => new CommandTimeout(commandTimeout));
  }

  /** Ends tries under way after their pause, and the connections made for writing. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const writer of this.#writers.values()) {
      await writer.then(
        (connection) => connection.destroy(),
        () => {},
      );
    }
    await this.client.close();
  }
}

/** @throws ConnectionError: too few have it, so its fate is unknown */
function checkReplicas(replicas: number, needed: number): void {
  if (replicas >= needed) return;
  throw new ConnectionError(`Only ${replicas} of ${needed} replicas have the write.`);
}

class CommandTimeout extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
  }
}

function pauseBefore(tries: number): number {
  const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1));
  return pause * (0.5 + Math.random() / 2);
}

function isRedirection(error: unknown): boolean {
  return error instanceof Error && /^(MOVED|ASK) /.test(error.message);
}

function clusterError(cause: unknown): Error {
  return new UnsupportedServerError('The server is part of a Cluster: give a Cluster client.', { cause });
}

function lost(cause: unknown): ConnectionError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const what = 'Whether the call took effect is unknown: the answer of one try was lost, and the next was refused';
  return new ConnectionError(`${what}: ${message}`, { cause });
}

function unanswered(cause: unknown, wasLost: boolean, ms: number): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  const what = wasLost
    ? `Whether the call took effect is unknown after ${ms} ms of tries`
    : `The server refused the call for ${ms} ms; nothing was written`;
  return new ConnectionError(`${what}: ${message}`, { cause });
}
