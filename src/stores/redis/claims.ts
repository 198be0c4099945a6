import { StoppedError } from '../../core/errors.js';
import type { ClaimCall, ClaimOutcome } from '../../core/store.js';
import { LONGEST_TIMER } from '../../core/timers.js';
import { refused } from '../../core/turns.js';
import type { Granted } from './claim-call.js';
import { isGranted } from './claim-call.js';
import type { Delivery } from './delivery.js';
import { Gathered } from './gathered.js';
import { shardIndex } from './keys.js';
import type { Shard } from './shard.js';
import type { ClaimParts } from './shard-claims.js';
import { ShardClaims } from './shard-claims.js';
import { LATE, Waiter, Waiters } from './waiters.js';
import { WaitingLine } from './waiting-line.js';

/**
 * Claims, and the waiting for them, over all shards. Each shard is asked on its own: one that is slow or dead costs the
 * others nothing. What is granted reaches who asked, or goes back with its attempt unspent.
 */
export class Claims {
  readonly #waiters = new Waiters();
  readonly #shards: readonly ShardClaims[];
  readonly #giveBack: (granted: readonly Granted[]) => void;
  #isClosed = false;

  constructor(
    shards: readonly Shard[],
    delivery: Delivery,
    /** Gives back what was granted to nobody. */
    giveBack: (granted: readonly Granted[]) => Promise<unknown>,
  ) {
    this.#giveBack = (granted) => {
      // When it cannot be told its lease ends it.
      if (granted.length > 0 && !this.#isClosed) giveBack(granted).catch(() => {});
    };
    const parts: ClaimParts = {
      waiters: this.#waiters,
      isAlone: shards.length === 1,
      replication: delivery.replication,
      giveBack: this.#giveBack,
      onRefused: () => this.#refused(),
    };
    this.#shards = shards.map((shard, index) => {
      const line = new WaitingLine(shard, delivery, shard.keys.key('marker'), 'keeps-alive');
      return new ShardClaims(index, shard, line, parts);
    });
  }

  async claim(calls: readonly ClaimCall[], wait: number, signal?: AbortSignal): Promise<ClaimOutcome[]> {
    if (this.#isClosed) return refused(new StoppedError());
    const end = performance.now() + wait;
    if (wait <= 0 || signal?.aborted) return this.#claimNow(calls, this.#inOrder(calls), 'all');
    if (this.#shards.some(({ isServing }) => isServing)) {
      // The lines are blocked already: a task that became ready without a marker is not to be waited for.
      const well = this.#inOrder(calls).filter(({ health }) => health.isWell);
      // The answer of a slow shard is not awaited: the wait must end in time, and with its signal. What that shard grants goes
      // back. The look has nonces of its own: those of a look that was lost are good for nothing afterwards.
      const look = calls.map((call) => ({ ...call, nonce: `${call.nonce}/look` }));
      const outcomes = await this.#claimNow(look, well, 'prompt').catch(() => calls.map(none));
      if (outcomes.some(isGranted)) return outcomes;
      if (signal?.aborted) return outcomes;
    }
    return this.#wait(calls, end, signal);
  }

  /** From one that the nonce names, so that a repeat asks in the same order; those that are well first. */
  #inOrder(calls: readonly ClaimCall[]): ShardClaims[] {
    const { length } = this.#shards;
    const first = length > 1 ? shardIndex(calls[0]?.nonce ?? '', length) : 0;
    const order = this.#shards.map((_, i) => this.#shards[(first + i) % length] as ShardClaims);
    return [...order.filter(({ health }) => health.isWell), ...order.filter(({ health }) => !health.isWell)];
  }

  /**
   * Each shard in turn, until all calls have a task. One that takes long is not waited for while others are left.
   *
   * @throws what a shard throws when no other has granted anything: whether there are tasks is not known then
   */
  async #claimNow(
    calls: readonly ClaimCall[],
    order: readonly ShardClaims[],
    answers: 'all' | 'prompt',
  ): Promise<ClaimOutcome[]> {
    const [alone] = order;
    if (alone && this.#shards.length === 1 && answers === 'all') return alone.claimNow(calls);
    const gathered = new Gathered(calls, this.#giveBack);
    for (const shard of order) {
      if (gathered.isFull) break;
      await gathered.ask(shard);
    }
    return gathered.end(answers);
  }

  #wait(calls: readonly ClaimCall[], end: number, signal: AbortSignal | undefined): Promise<ClaimOutcome[]> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const waiter = new Waiter(calls, end, (how) => {
        this.#waiters.delete(waiter);
        if (how instanceof Error) reject(how);
        else resolve(how);
        // First of all the caller goes on.
        setImmediate(leave);
      });
      const over = (): void => {
        const silence = this.#shards.map(({ health }) => health.silence(waiter)).find((error) => error !== undefined);
        if (silence && !signal?.aborted) waiter.refuse(silence);
        else waiter.settle([]);
      };
      const ending = (): void => {
        waiter.isEnding = true;
        if (!waiter.isAsking) return over();
        // A task may be on its way to it.
        clearTimeout(timer);
        timer = setTimeout(over, LATE);
      };
      const abort = (): void => {
        for (const shard of this.#shards) shard.abandon(waiter);
        ending();
      };
      let timer = setTimeout(ending, Math.min(LONGEST_TIMER, Math.max(0, end - performance.now())));
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
      for (const shard of this.#shards) void shard.serve();
    });
  }

  /** Who waits is told when no shard is left that could serve; before that, when its time is over. */
  #refused(): void {
    if (this.#shards.some(({ health }) => health.refusal === undefined)) return;
    for (const waiter of this.#waiters) waiter.refuse(this.#shards[0]?.health.refusal as Error);
  }

  close(): void {
    this.#isClosed = true;
    for (const shard of this.#shards) shard.close();
    for (const waiter of this.#waiters) waiter.refuse(new StoppedError());
  }
}

function none(): ClaimOutcome {
  return { kind: 'none', waiting: 0 };
}
