import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, StoppedError } from '../../core/errors.js';
import type { ClaimCall, ClaimOutcome } from '../../core/store.js';
import type { ClaimReply, Granted, How } from './claim-call.js';
import { claimArgs, inPages, isGranted, LONGEST_LOOK, MOST_CLAIMS, readReply } from './claim-call.js';
import type { Replication } from './delivery.js';
import { FUNCTIONS } from './functions.js';
import { refusalOf } from './refusals.js';
import type { Shard } from './shard.js';
import { ShardHealth } from './shard-health.js';
import type { Part, Waiter, Waiters } from './waiters.js';
import { PATIENCE } from './waiters.js';
import type { WaitingLine } from './waiting-line.js';

const PAUSE_AFTER_BREAK = 100;
/** How many tasks a waiter asks for behind a marker. While all come that were asked for it is twice as many each time. */
const FEW = 4;

/** What the shards of one store share. */
export interface ClaimParts {
  readonly waiters: Waiters;
  /** Whether the store has one shard only. */
  readonly isAlone: boolean;
  readonly replication: Replication | undefined;
  /** Gives back what was granted to nobody. */
  giveBack(granted: readonly Granted[]): void;
  /** One shard refuses for good. */
  onRefused(): void;
}

/**
 * The claims of one shard, and the waiting for them. Whatever it is asked has an owner until it is known what became of
 * it: an answer that was lost is looked up by its nonces, as long as it takes, and what came for nobody is given back.
 * On the only shard the claim stands on the line right behind the blocking pop of the marker, so that a release wakes one
 * waiter, and it has its task with the same answer. On several each shard's line pops, and claims then for who is free.
 */
export class ShardClaims {
  readonly health = new ShardHealth();
  #width = FEW;
  #isServing = false;
  /** How often a waiter's calls were cancelled here: what follows has other nonces. */
  readonly #rounds = new WeakMap<Waiter, number>();
  /** What stands on the line behind a pop. */
  #behindPop: readonly Part[] = [];
  readonly #closing = new AbortController();

  constructor(
    private readonly index: number,
    private readonly shard: Shard,
    private readonly line: WaitingLine,
    private readonly parts: ClaimParts,
  ) {
    // Each call that is looked up listens while it pauses.
    setMaxListeners(0, this.#closing.signal);
  }

  get isServing(): boolean {
    return this.#isServing;
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /**
   * Claims at once.
   *
   * @throws what delivery.ts says; what was granted all the same is given back as soon as it is known
   */
  async claimNow(calls: readonly ClaimCall[]): Promise<ClaimOutcome[]> {
    const { outcomes, waiting, failed } = await inPages(this.#own(calls, 0), 'now', (page) => this.#run(page, 'now'));
    if (failed) {
      const { error } = failed;
      this.#failed(error);
      // A refusal says that nothing ran; anything else leaves it open.
      if (error instanceof ConnectionError) {
        void this.#cancelled(failed.calls).then((granted) => this.parts.giveBack([...granted.values()]));
      }
      // What came before has reached its worker.
      if (!outcomes.some(isGranted)) throw error;
    } else this.health.answered();
    return calls.map((_, place) => outcomes[place] ?? { kind: 'none', waiting });
  }

  /** The same, but when the answer takes longer than is patient only the promise of it. */
  async claimSoon(calls: readonly ClaimCall[]): Promise<ClaimOutcome[] | { readonly late: Promise<ClaimOutcome[]> }> {
    const asked = this.claimNow(calls);
    const over = new AbortController();
    const late = sleep(PATIENCE, 'late' as const, { signal: over.signal }).catch(() => 'late' as const);
    try {
      const first = await Promise.race([asked, late]);
      if (first !== 'late') return first;
    } finally {
      over.abort();
    }
    this.health.letsWait(asked);
    return { late: asked };
  }

  /** Looks for tasks as long as somebody waits. */
  async serve(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    // The first look after a while does not block: it tells when the first delayed task is ready.
    let { nextIn } = this.line;
    for (let breaks = 0; this.parts.waiters.size > 0 && !this.#isClosed; ) {
      try {
        this.health.asked();
        nextIn = this.parts.isAlone ? await this.#popAndClaim(nextIn) : await this.#popThenClaim(nextIn);
        this.line.looked(nextIn);
        this.health.answered();
        breaks = 0;
      } catch (error) {
        nextIn = 1;
        if (refusalOf(error) === 'no-library') continue;
        this.#failed(error);
        await this.#pause(PAUSE_AFTER_BREAK * Math.min(10, ++breaks));
      }
    }
    this.#isServing = false;
    this.health.rests();
  }

  /** The waiter was aborted: what stands behind a pop for it is not waited for. */
  abandon(waiter: Waiter): void {
    void this.#cancel(this.#behindPop.filter((part) => part.waiter === waiter));
  }

  /** The claim stands behind the pop: both are answered together. */
  async #popAndClaim(nextIn: number): Promise<number> {
    await this.line.open();
    const parts = this.#take();
    const calls = this.#callsOf(parts);
    const slice = this.#slice(nextIn, parts);
    this.#behindPop = parts;
    try {
      const claim = this.shard.command(FUNCTIONS.claim, claimArgs(calls, 'popped'));
      const { replication } = this.parts;
      const wait = replication ? [replication.wait] : [];
      const [, reply, replicas] = await this.line.exchange(
        slice + (replication?.ms ?? 0),
        this.#pop(slice),
        claim,
        ...wait,
      );
      replication?.check(replicas);
      return this.#answer(parts, readReply(reply));
    } catch (error) {
      // The claim did not run, because the library is missing: the call that puts it there claims in its place.
      if (refusalOf(error) === 'no-library') await this.#claimFor(parts.filter(isAsked), 'now');
      else {
        this.line.drop();
        await this.#cancel(parts);
      }
      throw error;
    } finally {
      this.#behindPop = [];
    }
  }

  async #popThenClaim(nextIn: number): Promise<number> {
    try {
      const slice = this.#slice(nextIn, []);
      await this.line.exchange(slice, this.#pop(slice));
    } catch (error) {
      this.line.drop();
      throw error;
    }
    await this.parts.waiters.free();
    // Without a waiter the claim of nothing puts the marker back.
    return this.#claimFor(this.#take(), 'popped');
  }

  async #claimFor(parts: readonly Part[], how: How): Promise<number> {
    try {
      return this.#answer(parts, await this.#run(this.#callsOf(parts), how));
    } catch (error) {
      await this.#cancel(parts);
      throw error;
    }
  }

  /** Finds out what the parts have got, and sees to it that they get nothing more: after that they are answered. */
  async #cancel(parts: readonly Part[]): Promise<void> {
    const open = parts.filter(isAsked);
    if (open.length === 0) return;
    const calls = this.#callsOf(open);
    for (const part of open) {
      part.state = 'cancelled';
      this.#rounds.set(part.waiter, this.#round(part.waiter) + 1);
    }
    const granted = await this.#cancelled(calls);
    let at = 0;
    for (const part of open) {
      const own = calls.slice(at, at + part.count).map(({ nonce }) => granted.get(nonce) ?? none());
      at += part.count;
      this.parts.giveBack(this.parts.waiters.answer(part, own));
    }
  }

  /**
   * What the calls have got, by nonce; they will get nothing more. Asks until there is an answer, for until then nobody owns what
   * was granted; or until the leases are over, for then nothing is left of it.
   */
  async #cancelled(calls: readonly ClaimCall[]): Promise<Map<string, Granted>> {
    const end = performance.now() + Math.max(0, ...calls.map(({ lease }) => lease));
    const granted = new Map<string, Granted>();
    while (!this.#isClosed && performance.now() < end) {
      const { outcomes, failed } = await inPages(calls, 'cancel', (page) => this.#run(page, 'cancel'));
      outcomes.forEach((outcome, place) => {
        if (isGranted(outcome)) granted.set(calls[place]?.nonce ?? '', outcome);
      });
      if (!failed || failed.error instanceof StoppedError) break;
      await this.#pause(10 * PAUSE_AFTER_BREAK);
    }
    return granted;
  }

  async #run(calls: readonly ClaimCall[], how: How): Promise<ClaimReply> {
    return readReply(await this.shard.run(FUNCTIONS.claim, claimArgs(calls, how)));
  }

  #take(): Part[] {
    return this.parts.waiters.take(this.#width, MOST_CLAIMS);
  }

  #slice(nextIn: number, parts: readonly Part[]): number {
    const now = performance.now();
    const left = parts.map(({ waiter }) => waiter.end - now);
    return Math.ceil(Math.max(1, Math.min(LONGEST_LOOK, nextIn, ...left)));
  }

  #answer(parts: readonly Part[], { outcomes, nextIn }: ClaimReply): number {
    const claimed = outcomes.filter(isGranted).length;
    const all = claimed > 0 && claimed === outcomes.length;
    this.#width = Math.min(MOST_CLAIMS, all ? this.#width * 2 : Math.max(FEW, claimed * 2));
    let at = 0;
    for (const part of parts) {
      const own = outcomes.slice(at, at + part.count);
      at += part.count;
      // Of one that is being cancelled the other call tells what it got.
      if (isAsked(part)) this.parts.giveBack(this.parts.waiters.answer(part, own));
    }
    return nextIn;
  }

  #callsOf(parts: readonly Part[]): ClaimCall[] {
    return parts.flatMap(({ waiter, count }) => this.#own(waiter.calls.slice(0, count), this.#round(waiter)));
  }

  #round(waiter: Waiter): number {
    return this.#rounds.get(waiter) ?? 0;
  }

  /** A nonce is asked of one shard only: each of several has its own form of it. */
  #own(calls: readonly ClaimCall[], round: number): readonly ClaimCall[] {
    if (this.parts.isAlone && round === 0) return calls;
    return calls.map((call) => ({ ...call, nonce: `${call.nonce}/${this.index}.${round}` }));
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    this.health.failed(error);
    if (this.health.refusal) this.parts.onRefused();
  }

  #pop(ms: number): string[] {
    return ['BZPOPMIN', this.shard.keys.key('marker'), String(ms / 1000)];
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#closing.signal }).catch(() => {});
  }

  close(): void {
    this.#closing.abort();
    this.line.close();
  }
}

/** Nobody has told what became of it, or is finding out. */
function isAsked({ state }: Part): boolean {
  return state === 'asked';
}

function none(): ClaimOutcome {
  return { kind: 'none', waiting: 0 };
}
