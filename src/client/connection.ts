import { isDeepStrictEqual } from 'node:util';
import { CancelledError, LockLostError, StaleClaimError, StoppedError } from '../core/errors.js';
import { nonceSource } from '../core/nonce.js';
import type { Store } from '../core/store.js';
import { ContactNews } from './contact-news.js';
import type { Lease } from './lease.js';
import type { Defaults } from './namespace-options.js';
import { ownLeases } from './own-work.js';
import { Renewer } from './renewer.js';
import type { Schemas, Settings } from './session.js';
import { Session } from './session.js';
import type { Ending, StopOptions, Stoppable, StopReport, UnansweredCall } from './stopping.js';
import { checkStop, DEFAULT_GRACE, Deadline, exceptAtWork, reportOf, tellWaiting } from './stopping.js';

/** What one `createTusker` shares among its namespaces. */
export class Connection {
  /** Those that are in use: one that nobody has any more is let go. */
  readonly #known = new Set<WeakRef<Session>>();
  /** By namespace the one that was made last: mostly the next has the same schemas. */
  readonly #latest = new Map<string, WeakRef<Session>>();
  readonly #forgotten = new FinalizationRegistry<{ readonly key: string; readonly known: WeakRef<Session> }>(
    ({ key, known }) => {
      this.#known.delete(known);
      if (this.#latest.get(key) === known) this.#latest.delete(key);
    },
  );
  readonly #renewer = new Renewer<Lease>();
  readonly #nonce = nonceSource();
  readonly #contact: ContactNews;
  readonly #untold = new Set<Lease>();
  readonly #unanswered: UnansweredCall[] = [];
  #ending: Ending | undefined;

  constructor(
    private readonly store: Store,
    private readonly settings: Settings,
    /** What its namespaces have where they name nothing else. */
    readonly defaults: Defaults,
  ) {
    this.#contact = new ContactNews(store);
  }

  session(name: string | undefined, schemas: Schemas, defaults: Defaults = this.defaults): Session {
    const key = name ?? this.store.name;
    const latest = this.#latest.get(key)?.deref();
    if (latest && isSame(latest.schemas, schemas) && isDeepStrictEqual(latest.defaults, defaults)) return latest;
    const store = name === undefined ? this.store : this.store.namespace(name);
    const session = new Session(store, this.settings, schemas, defaults, this.#renewer, this.#nonce, this.#contact);
    const known = new WeakRef(session);
    this.#known.add(known);
    this.#forgotten.register(session, { key, known });
    this.#latest.set(key, known);
    if (this.#ending) session.stopping.abort(new StoppedError());
    return session;
  }

  get #sessions(): Session[] {
    return [...this.#known].flatMap((known) => known.deref() ?? []);
  }

  /** @throws InvalidArgumentError */
  async stop(options: unknown): Promise<StopReport> {
    const checked = checkStop(options);
    const own = ownLeases().filter((lease) => lease.isOf(this.#renewer));
    for (const lease of own) lease.awaitsStop = true;
    this.#ending ??= this.#end(checked);
    if (own.length > 0) this.#lookAgain(checked);
    await (own.length > 0 ? this.#ending.others : this.#ending.all);
    const untold = this.#ending.untold();
    return reportOf(own.length > 0 ? exceptAtWork(untold) : untold, this.#unanswered);
  }

  /** Somebody waits within a handler now. */
  #lookAgain(options: StopOptions): void {
    this.#renewer.changes.tell();
    for (const worker of this.#workers) worker.ending(options);
  }

  get #workers(): Stoppable[] {
    return this.#sessions.flatMap(({ stoppables }) => [...stoppables]);
  }

  #end(options: StopOptions): Ending {
    const workers = this.#workers;
    const grace = options.grace ?? Math.max(DEFAULT_GRACE, ...workers.map((worker) => worker.grace));
    const deadline = new Deadline(grace, options.timeout);
    const notice = tellWaiting(deadline, () => this.#sessions.flatMap(({ batcher }) => batcher.unanswered()));
    const reason = new StoppedError();
    for (const { stopping } of this.#sessions) stopping.abort(reason);
    const endings = workers.map((worker) => worker.ending(options));
    const others = deadline.bound(
      ...endings.map((ending) => ending.others),
      ...this.#sessions.flatMap(({ underWay }) => [...underWay]),
      this.#finish(deadline, reason, ({ awaitsStop }) => !awaitsStop),
    );
    const all = others
      .then(() =>
        deadline.bound(
          ...endings.map((ending) => ending.all),
          this.#finish(deadline, reason, () => true),
        ),
      )
      .then(() => this.#close(deadline, reason))
      .finally(() => notice[Symbol.dispose]());
    return {
      others,
      all,
      untold: () => [this.#untold, ...endings.map((ending) => ending.untold())].flatMap((one) => [...one]),
    };
  }

  /** Lets those go on who hold something; what is left is let go and given back. */
  async #finish(deadline: Deadline, reason: Error, which: (lease: Lease) => boolean): Promise<void> {
    const left = () => this.#kept.filter(which);
    // A lock that was asked for in time may be on its way.
    const isIdle = () => left().length === 0 && [...this.#sessions].every(({ batcher }) => batcher.isIdle);
    await this.#renewer.changes.until(isIdle, deadline.grace);
    await this.#release(left(), reason);
  }

  get #kept(): Lease[] {
    return this.#renewer.held.filter(({ isKept }) => isKept);
  }

  async #release(leases: readonly Lease[], reason: Error): Promise<void> {
    await Promise.allSettled(
      leases.map(async (lease) => {
        this.#untold.add(lease);
        await lease.release(reason).catch(unlessLost);
        this.#untold.delete(lease);
      }),
    );
  }

  async #close(deadline: Deadline, reason: Error): Promise<void> {
    const batchers = this.#sessions.map(({ batcher }) => batcher);
    await deadline.bound(...batchers.map((batcher) => batcher.drained()));
    // A lock that was asked for in time may have come late.
    await deadline.bound(this.#release(this.#kept, reason));
    await deadline.bound(...batchers.map((batcher) => batcher.stop()));
    for (const batcher of batchers) this.#unanswered.push(...batcher.giveUp());
    for (const lease of this.#kept) this.#untold.add(lease);
    this.#renewer.stop(reason);
    for (const { follower } of this.#sessions) follower.close();
    this.#contact.end();
    await deadline.bound(this.store.close());
    deadline[Symbol.dispose]();
  }
}

function isSame(one: Schemas, other: Schemas): boolean {
  return one.info === other.info && one.unit === other.unit && one.result === other.result;
}

function unlessLost(error: unknown): void {
  const isOver = error instanceof StaleClaimError || error instanceof LockLostError || error instanceof CancelledError;
  if (!isOver) throw error;
}
