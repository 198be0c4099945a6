import type { Renewable, Renewer } from './renewer.js';

/** What the store said of a lease: until when, on its own clock. */
export interface LeaseTimes {
  readonly until: number;
  readonly now: number;
}

export interface LeaseOptions {
  readonly renewer: Renewer;
  /** How long each renewal asks for, in ms. */
  readonly length: number;
  readonly renews: boolean;
  /** Asks the store for so many ms from now; the error that ended the lease, or undefined when the store could not be asked. */
  readonly extend: (ms: number) => Promise<LeaseTimes | Error | undefined>;
  /** The reason for the abort when time has run out and nobody said why. */
  readonly ranOut: () => Error;
  /** Calls back when something happened to the task; a function to stop it. */
  readonly watch: (wake: () => void) => () => void;
}

/**
 * A lease that this process holds: renewed at a third of its length, timed by this process's monotonic clock, so that
 * the clocks of client and store need not agree. Its signal aborts when the lease is lost.
 */
export class Lease implements Renewable {
  renewAt = 0;
  #deadline = 0;
  #ended = false;
  #renewing = false;
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #stopWatching: (() => void) | undefined;
  readonly #options: LeaseOptions;

  /** `hardEnd`: no renewal goes beyond it, in ms of `performance.now()`. */
  constructor(
    options: LeaseOptions,
    granted: LeaseTimes,
    askedAt: number,
    private readonly hardEnd = Number.POSITIVE_INFINITY,
  ) {
    this.#options = options;
    this.#granted(granted, askedAt);
    if (options.renews) options.renewer.add(this);
  }

  /** Aborts with the reason when the lease is lost. Made at the first use, for most leases end without one. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
      else if (!this.#ended) {
        this.#stopWatching = this.#options.watch(() => this.renew());
        // Without renewals the end itself must still be noticed.
        if (!this.#options.renews) this.#options.renewer.add(this);
      }
    }
    return this.#controller.signal;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** New times, from an answer to a call sent at `askedAt`. */
  extended(times: LeaseTimes, askedAt: number): void {
    if (!this.#ended) this.#granted(times, askedAt);
  }

  #granted({ until, now }: LeaseTimes, askedAt: number): void {
    const length = Math.max(0, until - now);
    this.#deadline = askedAt + length;
    this.renewAt = this.#options.renews ? Math.min(askedAt + length / 3, this.hardEnd) : this.#deadline;
  }

  renew(): void {
    if (this.#ended || this.#renewing) return;
    const now = performance.now();
    if (now >= this.hardEnd || (now >= this.#deadline && !this.#options.renews))
      return this.lose(this.#options.ranOut());
    this.#renewing = true;
    this.renewAt = Number.POSITIVE_INFINITY;
    void this.#renewOnce().finally(() => {
      this.#renewing = false;
    });
  }

  async #renewOnce(): Promise<void> {
    const askedAt = performance.now();
    // A lease that is not renewed asks for what is left of it: the answer tells whether it is still held.
    const { length, renews } = this.#options;
    const ms = renews ? length : Math.max(1, Math.floor(this.#deadline - askedAt));
    const answer = await this.#options.extend(ms);
    if (this.#ended) return;
    if (answer instanceof Error) return this.lose(answer);
    if (answer) this.#granted(answer, askedAt);
    else if (performance.now() >= this.#deadline) return this.lose(this.#options.ranOut());
    else this.renewAt = performance.now() + Math.max(5, (this.#deadline - performance.now()) / 4);
    this.#options.renewer.add(this);
  }

  /** The lease is over without its holder's doing: whoever listens is told why. */
  lose(reason: Error): void {
    if (this.#ended) return;
    this.#reason = reason;
    this.end();
    this.#controller?.abort(reason);
  }

  /** The holder is done with it. */
  end(): void {
    this.#ended = true;
    this.#options.renewer.remove(this);
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }
}
