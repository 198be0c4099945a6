import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, StoppedError, TuskerError } from '../../core/errors.js';
import { refused } from '../../core/turns.js';
import type { Known } from './call-errors.js';
import { finalError, messageOf, unanswered } from './call-errors.js';
import { ClientNotOpenError } from './clients/failures.js';
import type { RedisClient } from './clients/redis-client.js';
import type { SharedConnection } from './connections.js';
import { CommandTimeout, Connections, inTime } from './connections.js';
import { Contact } from './contact.js';
import type { Refusal } from './refusals.js';
import { refusalOf } from './refusals.js';
import { WatchedClient } from './watched-client.js';

export interface DeliveryOptions {
  /** How long one try may take, in ms: to be connected, and then to be answered. */
  readonly commandTimeout: number;
  /** How long a call is tried, in ms. */
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

/** What is sent for one call. */
interface Sending {
  readonly key: string;
  readonly command: readonly string[];
  readonly writes: boolean;
}

/** The way that a try takes. */
interface Route {
  /** Where the Cluster says that the key is. */
  redirection: Redirection | undefined;
  /** What the try went out on; nothing was sent without. */
  connection: SharedConnection | undefined;
}

interface Redirection {
  readonly address: string;
  readonly isAsking: boolean;
}

/** What comes before the next try of a call that was refused or lost. */
type Step =
  /** A pause. */
  | 'wait'
  /** Another connection, after a pause. */
  | 'elsewhere'
  /** The server that the Cluster has named. */
  | 'follow'
  /** The library of functions. */
  | 'load'
  /** There is none. */
  | 'stop';

const NEXT: Readonly<Record<Exclude<Refusal, object> | 'lost', Step>> = {
  'no-library': 'load',
  'not-now': 'wait',
  'not-here': 'elsewhere',
  moved: 'follow',
  'no-memory': 'stop',
  lost: 'elsewhere',
};

/** Steps that help at once: only when they did not a pause comes before the next. */
const AT_ONCE: ReadonlySet<Step> = new Set(['load', 'follow']);

const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 1000;

/**
 * Brings calls to the server until they are answered or their time is over. A call whose fate is unknown is sent
 * again as it is: nonces and tokens make that harmless. All calls to one server go over one connection, and nothing is kept
 * for later: what was given up is not sent any more.
 */
export class Delivery {
  readonly #stop = new AbortController();
  readonly #connections: Connections;
  /** Behind a write on these its replicas are waited for, which holds up what follows. */
  readonly #writing: Connections;

  readonly contact = new Contact();
  readonly client: RedisClient;

  constructor(
    client: RedisClient,
    private readonly options: DeliveryOptions,
  ) {
    this.client = new WatchedClient(client, this.contact);
    this.#connections = new Connections(this.client, options.commandTimeout);
    this.#writing = new Connections(this.client, options.commandTimeout);
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
    return this.#deliver({ key, command, writes });
  }

  /** One plain command, for the server that has `key`. It must bear to be sent again. */
  command(key: string, args: readonly string[]): Promise<unknown> {
    return this.#deliver({ key, command: args, writes: false });
  }

  async #deliver(sending: Sending): Promise<unknown> {
    if (this.isStopped) return refused(new StoppedError());
    const route: Route = { redirection: undefined, connection: undefined };
    const end = performance.now() + this.options.retryFor;
    try {
      return await this.#try(sending, route);
    } catch (error) {
      return this.#again(sending, route, error, end);
    }
  }

  async #again(sending: Sending, route: Route, first: unknown, end: number): Promise<unknown> {
    const { retryFor } = this.options;
    let failure = first;
    let wasLost = false;
    for (let tries = 1; ; tries++) {
      const who = route.connection?.name ?? this.client.placeName();
      const refusal = refusalOf(failure, who);
      wasLost ||= refusal === undefined && route.connection !== undefined;
      if (refusal === undefined && route.connection) this.contact.lost(who, failure);
      const step = this.#step(failure, refusal);
      const known: Known = { who, refusal, wasLost, writes: sending.writes };
      if (step === 'stop') throw finalError(failure, known);
      const pause = tries === 1 && AT_ONCE.has(step) ? 0 : pauseBefore(tries);
      if (performance.now() + pause >= end) throw unanswered(failure, known, retryFor);
      if (pause > 0) await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => {});
      if (this.isStopped) throw new StoppedError();
      try {
        await this.#prepare(step, sending, route, failure);
        return await this.#try(sending, route);
      } catch (error) {
        failure = error;
      }
    }
  }

  #step(failure: unknown, refusal: Refusal | undefined): Step {
    if (typeof refusal === 'object') return 'stop';
    if (refusal === 'moved' && !this.client.isCluster) return 'stop';
    if (failure instanceof TuskerError && !(failure instanceof ConnectionError)) return 'stop';
    if (failure instanceof ClientNotOpenError) return 'stop';
    return NEXT[refusal ?? 'lost'];
  }

  /** @throws what the load of the library says; then nothing of the call was sent */
  async #prepare(step: Step, { key }: Sending, route: Route, failure: unknown): Promise<void> {
    const { connection } = route;
    route.connection = undefined;
    if (step === 'load') return connection?.load();
    route.redirection = step === 'follow' ? redirectionOf(failure) : undefined;
    if (step === 'elsewhere') {
      if (failure instanceof CommandTimeout) connection?.drop();
      else connection?.leave();
    }
    if (step === 'wait' || !this.client.isCluster) return;
    const looking = inTime(this.options.commandTimeout, this.client.lookAgain(key), this.client.placeName()).catch(
      () => {},
    );
    if (!route.redirection) await looking;
  }

  async #try({ key, command, writes }: Sending, route: Route): Promise<unknown> {
    const { replication, options } = this;
    const isReplicated = writes && replication !== undefined;
    const connection = await (isReplicated ? this.#writing : this.#connections).to(key, route.redirection?.address);
    if (this.isStopped) throw new StoppedError();
    route.connection = connection;
    if (route.redirection?.isAsking) connection.send(['ASKING']).catch(() => {});
    const sent = connection.send(command);
    if (!isReplicated) return inTime(options.commandTimeout, sent, connection.name);
    // WAIT counts the replicas that have what its own connection wrote.
    const waited = connection.send(replication.wait);
    waited.catch(() => {});
    const reply = await inTime(options.commandTimeout, sent, connection.name);
    replication.check(await inTime(options.commandTimeout, waited, connection.name));
    return reply;
  }

  /** Ends tries under way after their pause, and all connections. */
  async close(): Promise<void> {
    this.contact.close();
    this.#stop.abort();
    await this.client.close();
  }
}

/** @throws ConnectionError: too few have it, so its fate is unknown */
function checkReplicas(replicas: number, needed: number): void {
  if (replicas >= needed) return;
  throw new ConnectionError(`Only ${replicas} of ${needed} replicas have the write.`);
}

function pauseBefore(tries: number): number {
  const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1));
  return pause * (0.5 + Math.random() / 2);
}

function redirectionOf(failure: unknown): Redirection | undefined {
  const [, code, address] = /^(MOVED|ASK) \d+ ([^:].*:\d+)/.exec(messageOf(failure)) ?? [];
  return address === undefined ? undefined : { address, isAsking: code === 'ASK' };
}
