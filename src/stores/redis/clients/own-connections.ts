import { ConnectionError } from '../../../core/errors.js';
import { firstReady } from './first-ready.js';
import type { RedisConnection } from './redis-client.js';

interface Emitter {
  on(event: string, listener: () => void): unknown;
  removeListener(event: string, listener: () => void): unknown;
}

interface Ending {
  destroy(): void;
}

interface Opening extends RedisConnection {
  open(): Promise<unknown>;
}

/** Who wants to know of the end of each client: one listener, however many stores use the client. */
const ends = new WeakMap<Emitter, Set<() => void>>();

/** Tells when a client is ended by its owner. Gives what ends that. */
function onEnd(client: Emitter, event: string, tell: () => void): () => void {
  const told = ends.get(client) ?? new Set();
  const listener = (): void => {
    for (const one of told) one();
  };
  if (told.size === 0) client.on(event, listener);
  ends.set(client, told.add(tell));
  return () => {
    told.delete(tell);
    if (told.size > 0) return;
    client.removeListener(event, listener);
    ends.delete(client);
  };
}

/** The connections that an adapter has opened. They end with it, and with the client that they are like. */
export class OwnConnections {
  readonly #open = new Set<Ending>();
  readonly #client: Emitter;
  readonly #endEvent: string;
  #forgetClient: (() => void) | undefined;
  #isClosed = false;

  constructor(client: Emitter, endEvent: string) {
    this.#client = client;
    this.#endEvent = endEvent;
  }

  /** @throws ConnectionError when the adapter was closed */
  checkOpen(): void {
    if (this.#isClosed) throw new ConnectionError('The connection was closed.');
  }

  /** @param make gets what the connection calls when it is over */
  async open<Connection extends Opening>(make: (over: () => void) => Connection): Promise<Connection> {
    const connection = await firstReady(() => {
      this.checkOpen();
      const one = make(() => this.#forget(one));
      this.add(one);
      return one;
    });
    if (this.#isClosed) connection.destroy();
    return connection;
  }

  /** Something else that was opened. */
  add(one: Ending): void {
    this.#open.add(one);
    this.#forgetClient ??= onEnd(this.#client, this.#endEvent, () => this.#destroyAll());
  }

  #forget(one: Ending): void {
    this.#open.delete(one);
    if (this.#open.size > 0) return;
    this.#forgetClient?.();
    this.#forgetClient = undefined;
  }

  #destroyAll(): void {
    for (const one of this.#open) {
      one.destroy();
      this.#forget(one);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#destroyAll();
  }
}
