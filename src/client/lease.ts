import type { LeaseEndMessage } from '../core/channels.js';
import { publishLeaseEnd } from './publishing.js';
import type { Renewable, Renewer } from './renewer.js';

/** What the store said of a lease: until when, on its own clock. */
export interface LeaseTimes {
  readonly until: number;
  readonly now: number;
}

export interface LeaseTerms {
  /** How long each renewal asks for, in ms. */
  readonly length: number;
  readonly renews: boolean;
  /** No renewal goes beyond it, in ms of `performance.now()`. */
  readonly hardEnd?: number;
}

/** Who asked for the signal of a lease is told of its end, and the lease of what happens to its task. */
interface Listening {
  readonly controller: AbortController;
  stop(): void;
}

/**
 * A lease that this process holds: renewed at a third of its length, timed by this process's monotonic clock, so that
 * the clocks of client and store need not agree. Its signal aborts when the lease is lost.
 */
export abstract class Lease implements Renewable {
  /** @internal */
  renewAt = 0;
  /** @internal */
  renewPlace = -1;
  readonly #renewer: Renewer<Lease>;
  readonly #terms: LeaseTerms;
  readonly #grantedAt: number;
  #deadline = 0;
  #until = 0;
  #state: 'live' | 'lost' | 'settled' = 'live';
  /** A renewal is under way; `late` when it was sent after the deadline. */
  #asking: 'no' | 'in time' | 'late' = 'no';
  /** Something happened while it was being renewed: the answer may be older. */
  #asksAgain = false;
  #reason: Error | undefined;
  #listening: Listening | undefined;
  #released: Promise<boolean> | undefined;
  /** @internal Called when it is lost, with the reason. Costs no calls of the store, as the signal does. */
  whenLost: ((reason: Error) => void) | undefined;
  /** @internal Its holder waits for the end of the tusker or worker that waits for its holder. */
  awaitsStop = false;

  /** @internal `askedAt`: when the call was sent that the store granted, in ms of `performance.now()`. */
  constructor(renewer: Renewer<Lease>, terms: LeaseTerms, granted: LeaseTimes, askedAt: number) {
    this.#renewer = renewer;
    this.#terms = terms;
    this.#grantedAt = askedAt;
    this.#granted(granted, askedAt);
  }

  /** @internal Somebody has it, who will settle it: from now on it is renewed. */
  start(): this {
    if (this.#terms.renews && !this.hasEnded) this.#renewer.add(this);
    return this;
  }

  /** Asks the store for a lease of `ms` from now: its times, or the error that ended the lease. */
  protected abstract ask(ms: number): Promise<LeaseTimes | Error>;
  /** The reason for the abort when time has run out and nobody said why. */
  protected abstract ranOut(): Error;
  /** Tells the store that nobody holds it any more, through no fault of its holder's. */
  protected abstract giveUp(): Promise<void>;
  /** @internal What is leased. */
  abstract get subject(): Pick<LeaseEndMessage, 'namespace' | 'kind' | 'task' | 'unit' | 'token'>;
  /** Calls back when something happened to the task since then that may have ended the lease; a function to stop it. */
  protected abstract watch(since: number, wake: () => void): () => void;

  /** Aborts with the reason when the lease is lost. Made at the first use, for most leases end without one. */
  get signal(): AbortSignal {
    this.#listening ??= this.#listen();
    return this.#listening.controller.signal;
  }

  #listen(): Listening {
    const controller = new AbortController();
    if (this.#reason) controller.abort(this.#reason);
    if (this.hasEnded) return { controller, stop: () => {} };
    // Without renewals the end itself must still be noticed.
    if (!this.#terms.renews) this.#renewer.add(this);
    return { controller, stop: this.watch(this.#grantedAt, () => this.renew()) };
  }

  /** When it runs out unless it is renewed, as last told: ms since 1970 on the store's clock. */
  get until(): number {
    return this.#until;
  }

  /** Its holder has settled it: unlocked, completed, failed or given back. */
  get isSettled(): boolean {
    return this.#state === 'settled';
  }

  /** @internal Why it was lost. */
  get lostTo(): Error | undefined {
    return this.#reason;
  }

  /** Its time is over, as far as this process knows: others may have it. */
  protected get isOverdue(): boolean {
    return performance.now() >= this.#deadline;
  }

  /** It is settled or lost. */
  protected get hasEnded(): boolean {
    return this.#state !== 'live';
  }

  /** New times, from an answer to a call sent at `askedAt`. */
  protected extended(times: LeaseTimes, askedAt: number): void {
    if (this.hasEnded) return;
    this.#granted(times, askedAt);
    if (this.renewPlace !== -1) this.#renewer.add(this);
  }

  #granted({ until, now }: LeaseTimes, askedAt: number): void {
    this.#until = until;
    const length = Math.max(0, until - now);
    this.#deadline = askedAt + length;
    const isRenewedFirst = this.#terms.renews && this.#asking === 'no';
    this.renewAt = isRenewedFirst ? Math.min(askedAt + length / 3, this.#hardEnd) : this.#deadline;
  }

  get #hardEnd(): number {
    return this.#terms.hardEnd ?? Number.POSITIVE_INFINITY;
  }

  /** @internal */
  renew(): void {
    if (this.hasEnded) return;
    const now = performance.now();
    if (now >= this.#hardEnd || (now >= this.#deadline && !this.#terms.renews)) return this.lose(this.ranOut());
    if (this.#asking === 'no') return void this.#renewOnce(now);
    if (this.#asking === 'in time' && now >= this.#deadline) this.#loseUnanswered();
    else this.#asksAgain = true;
  }

  async #renewOnce(askedAt: number): Promise<void> {
    this.#asking = askedAt < this.#deadline ? 'in time' : 'late';
    this.renewAt = Math.min(this.#asking === 'in time' ? this.#deadline : Number.POSITIVE_INFINITY, this.#hardEnd);
    this.#renewer.add(this);
    // A lease that is not renewed asks for what is left of it: the answer tells whether it is still held.
    const { length, renews } = this.#terms;
    const answer = await this.#ask(renews ? length : Math.max(1, Math.floor(this.#deadline - askedAt)));
    this.#asking = 'no';
    if (this.hasEnded) return;
    if (answer instanceof Error) return this.lose(answer);
    if (answer) this.#granted(answer, askedAt);
    else if (performance.now() >= this.#deadline) return this.lose(this.ranOut());
    else this.renewAt = performance.now() + Math.max(5, (this.#deadline - performance.now()) / 4);
    this.#renewer.add(this);
    if (!this.#asksAgain) return;
    this.#asksAgain = false;
    this.renew();
  }

  /** The deadline has passed without an answer. One that is there but was not read yet counts: timers come first. */
  #loseUnanswered(): void {
    this.renewAt = this.#hardEnd;
    setImmediate(() => {
      if (this.#asking !== 'no' && performance.now() >= this.#deadline) this.lose(this.ranOut());
    });
  }

  /** Undefined when the store could not be asked: whether the lease lives on is not known, so it is asked again. */
  async #ask(ms: number): Promise<LeaseTimes | Error | undefined> {
    try {
      return await this.ask(ms);
    } catch {
      return undefined;
    }
  }

  /** @internal Its end was told to the store by `release`: its holder stops, and has not failed. */
  get isReleased(): boolean {
    return this.#released !== undefined;
  }

  /** @internal It is kept alive by this process, and by nothing else. */
  get isKept(): boolean {
    return this.#terms.renews;
  }

  /** @internal It is one of those that `renewer` renews. */
  isOf(renewer: Renewer<Lease>): boolean {
    return this.#renewer === renewer;
  }

  /** @internal The whole tusker has stopped: the signal says so. */
  abandon(reason: Error): void {
    this.lose(reason);
  }

  /**
   * @internal The worker or the whole tusker stops: the signal says so, and the store is told. Once; false when it had
   * ended before.
   */
  release(reason: Error): Promise<boolean> {
    this.#released ??= this.#release(reason);
    return this.#released;
  }

  async #release(reason: Error): Promise<boolean> {
    if (this.hasEnded) return false;
    this.lose(reason);
    await this.giveUp();
    return true;
  }

  /** The lease is over without its holder's doing: whoever listens is told why. */
  protected lose(reason: Error): void {
    if (this.hasEnded) return;
    this.#reason = reason;
    this.#end('lost');
    this.#listening?.controller.abort(reason);
    this.whenLost?.(reason);
  }

  /** The holder is done with it. */
  protected settle(): void {
    this.#end('settled');
  }

  #end(state: 'lost' | 'settled'): void {
    if (!this.hasEnded) publishLeaseEnd(() => this.#endMessage());
    this.#state = state;
    this.#renewer.remove(this);
    this.#listening?.stop();
  }

  #endMessage(): LeaseEndMessage {
    const held = performance.now() - this.#grantedAt;
    return { ...this.subject, held, how: this.#reason ? 'lost' : 'settled', reason: this.#reason };
  }
}
