import type { ContactNote } from '../../core/contact.js';
import { ConnectionError, StoppedError, TuskerError } from '../../core/errors.js';
import { isRefusal, wordOf } from './clients/failures.js';
import type { RedisConnection } from './clients/redis-client.js';
import { refusalOf } from './refusals.js';

/** A try that takes longer is told of, and then each further one, in ms: nobody waits a second without a word. */
const TELL_EVERY = 900;
/** It is counted in parts, in ms, without those in which the event loop was held up: the answer may be there, unread. */
const PART = 225;

/** Whether the servers can be reached, for those who want to know. Nothing is done while nobody listens. */
export class Contact {
  readonly #listeners = new Set<(note: ContactNote) => void>();
  readonly #servers = new Map<string, ServerContact>();
  #isClosed = false;

  /** Gives what ends the listening. */
  listen(listener: (note: ContactNote) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A connection is being made; undefined when nobody listens. */
  begins(server: string): Attempt | undefined {
    return this.#isQuiet ? undefined : new Attempt(this.#server(server));
  }

  /** An answer of the server was lost, or did not come in time. */
  lost(server: string, error: unknown): void {
    if (!this.#isQuiet) this.#server(server).failed(error);
  }

  /** Nothing is told any more: what fails now is ended on purpose. */
  close(): void {
    this.#isClosed = true;
  }

  get #isQuiet(): boolean {
    return this.#isClosed || this.#listeners.size === 0;
  }

  #server(name: string): ServerContact {
    let server = this.#servers.get(name);
    if (!server) {
      server = new ServerContact(name, (note) => this.#tell(note));
      this.#servers.set(name, server);
    }
    return server;
  }

  #tell(note: ContactNote): void {
    if (this.#isClosed) return;
    for (const listener of [...this.#listeners]) listener(note);
  }
}

/** What is known of one server. */
class ServerContact {
  #isWell = false;
  #outage: { readonly since: number; error: Error; code: string; attempts: number; toldAt: number } | undefined;

  constructor(
    readonly name: string,
    private readonly tell: (note: ContactNote) => void,
  ) {}

  get isWell(): boolean {
    return this.#isWell;
  }

  get isLost(): boolean {
    return this.#outage !== undefined;
  }

  /** A try begins, or one that has begun goes on trying. */
  tries(): void {
    const outage = this.#outage;
    if (!outage) return;
    outage.attempts++;
    const now = performance.now();
    if (now - outage.toldAt < TELL_EVERY - 100) return;
    outage.toldAt = now;
    const { attempts, since, error } = outage;
    const event = { server: this.name, attempt: attempts, since: Math.round(now - since), error };
    this.tell({ name: 'reconnecting', event });
  }

  failed(failure: unknown): void {
    const error = told(failure, this.name);
    if (!error) return;
    this.#isWell = false;
    const { code } = error;
    const isNews = this.#outage?.code !== code;
    if (this.#outage) Object.assign(this.#outage, { error, code });
    else {
      const toldAt = Number.NEGATIVE_INFINITY;
      this.#outage = { since: performance.now(), error, code, attempts: 0, toldAt };
    }
    if (isNews) this.tell({ name: 'error', event: error });
  }

  answered(): void {
    if (this.#isWell) return;
    const since = this.#outage?.since;
    this.#isWell = true;
    this.#outage = undefined;
    const after = since === undefined ? null : Math.round(performance.now() - since);
    this.tell({ name: 'connected', event: { server: this.name, after } });
  }
}

/** A connection on its way. */
export class Attempt {
  readonly #server: ServerContact;
  readonly #timer: NodeJS.Timeout;

  constructor(server: ServerContact) {
    this.#server = server;
    server.tries();
    let parts = 0;
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      if (now - last < 2 * PART) parts++;
      last = now;
      if (parts * PART < TELL_EVERY) return;
      parts = 0;
      server.failed(new ConnectionError(`${server.name} has not answered yet; the connection is being tried.`));
      server.tries();
    }, PART).unref();
  }

  failed(error: unknown): void {
    clearInterval(this.#timer);
    this.#server.failed(error);
  }

  /** Who leads to the server answers; the server itself is still to be connected to. */
  found(): void {
    clearInterval(this.#timer);
    if (this.#server.isLost) this.#server.answered();
  }

  /** It is made. Some libraries call it ready before the server has said whether it lets anybody in: that is asked for. */
  made(connection: RedisConnection): void {
    if (this.#server.isWell) return clearInterval(this.#timer);
    connection
      .send(['PING'])
      .catch((error: unknown) => {
        // Who lacks the right to ask has been let in.
        if (!isRefusal(error) || !error.message.startsWith('NOPERM')) throw error;
      })
      .then(
        () => {
          clearInterval(this.#timer);
          this.#server.answered();
        },
        // One that was ended meanwhile says nothing.
        (error: unknown) => (connection.isOver ? clearInterval(this.#timer) : this.failed(error)),
      );
  }
}

/** The error as it is told; undefined of one that says nothing of the way to the server. */
function told(failure: unknown, server: string): TuskerError | undefined {
  if (failure instanceof StoppedError) return undefined;
  if (failure instanceof TuskerError) return failure;
  const refusal = refusalOf(failure, server);
  if (typeof refusal === 'object') return refusal.error instanceof TuskerError ? refusal.error : undefined;
  const word = wordOf(failure);
  // A time-out names the server itself.
  const text = word.startsWith(server) ? word : `${server}: ${word}`;
  return new ConnectionError(text, { cause: failure });
}
