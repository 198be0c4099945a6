import { backoffDelay } from '../core/backoff.js';
import { isTuskerError, LockHeldError, LockLostError, TaskReleasedError, UnitFailedError } from '../core/errors.js';
import type { ItemList } from './all-items.js';
import type { AllContext, AllTerms, AllWork } from './all-options.js';
import type { Known } from './all-tally.js';
import { asError, endOf, isOfTheStore } from './all-tally.js';
import type { Turn } from './all-turn.js';
import { leftOf, takeSoonest, turnOf } from './all-turn.js';
import { checkLock } from './checked-lock.js';
import type { Ends } from './ends.js';
import type { Lock } from './lock.js';
import type { TryLockOutcome } from './lock-request.js';
import { tryLock, workUnder } from './locking.js';
import { pause } from './waiting.js';

/** After the caller's abort the store has so long to hear of the locks, in ms. */
const LET_GO_TIME = 3000;

/** All that one call works with. */
export interface Plan<Item, Unit, Input> extends Known<Unit> {
  readonly list: ItemList<Item>;
  readonly terms: AllTerms;
  readonly work: AllWork<Item, Input>;
  /** The caller's signal, and the end of the tusker. */
  readonly ends: Ends;
}

/** Works on what is left of the items, so many at a time. What others work on comes last. */
export class Lanes<Item, Unit, Input> {
  readonly #plan: Plan<Item, Unit, Input>;
  /** The last one is next. */
  readonly #fresh: Turn[];
  readonly #waiting: Turn[] = [];
  readonly #asked = new Set<Promise<TryLockOutcome<Input>>>();
  readonly #holding = new Set<Lock<Input>>();
  /** Why nothing more is begun. */
  #stopped: { readonly reason: unknown } | undefined;
  /** The caller has aborted: the call ends once the store knows. */
  #isLettingGo = false;
  /** Ends the call: nothing is waited for any more. */
  #givenUp = (_: unknown): void => {};

  constructor(plan: Plan<Item, Unit, Input>) {
    this.#plan = plan;
    this.#fresh = plan.tally.left.map((index) => turnOf(index)).reverse();
  }

  /** Resolves when all have come to their end, or nothing more is begun because one failed. */
  async run(): Promise<void> {
    const { ends, terms } = this.#plan;
    const givenUp = new Promise<never>((_, reject) => {
      this.#givenUp = reject;
    });
    const end = (): void => void this.#end();
    if (ends.signal.aborted) end();
    else ends.signal.addEventListener('abort', end, { once: true });
    try {
      const lanes = Array.from({ length: Math.min(terms.concurrency, this.#fresh.length) }, () => this.#lane());
      await Promise.race([Promise.all(lanes), givenUp]);
    } finally {
      ends.signal.removeEventListener('abort', end);
    }
    if (this.#stopped) throw this.#stopped.reason;
  }

  /** A stop leaves those under way their grace; the caller's abort does not. */
  async #end(): Promise<void> {
    const { ends } = this.#plan;
    const { reason } = ends.signal;
    this.#stop(reason);
    if (ends.isStopping) return;
    this.#isLettingGo = true;
    const told = [...this.#holding].map((lock) => this.#letGo(lock, reason));
    const granted = [...this.#asked].map(async (asked) => {
      const outcome = await asked;
      if (outcome.kind === 'locked') await this.#letGo(outcome.lock, reason);
    });
    await Promise.race([Promise.allSettled([...told, ...granted]), pause(LET_GO_TIME, undefined, 'may-end')]);
    this.#givenUp(reason);
  }

  /** Others may have the item at once. */
  async #letGo(lock: Lock<Input>, reason: unknown): Promise<void> {
    await lock.release(reason as Error).catch(() => {});
  }

  #stop(reason: unknown): void {
    this.#stopped ??= { reason };
  }

  get #isOver(): boolean {
    const { terms, tally } = this.#plan;
    return this.#stopped !== undefined || (!terms.settled && tally.hasFailures);
  }

  async #lane(): Promise<void> {
    for (let turn = await this.#next(); turn; turn = await this.#next()) {
      try {
        await this.#try(turn);
      } catch (error) {
        this.#stop(error);
      }
    }
  }

  async #next(): Promise<Turn | undefined> {
    if (this.#isOver) return undefined;
    const fresh = this.#fresh.pop();
    if (fresh) return fresh;
    const turn = takeSoonest(this.#waiting);
    if (!turn) return undefined;
    await pause(Math.max(0, turn.at - performance.now()), this.#plan.ends.signal).catch(() => {});
    return this.#isOver ? undefined : turn;
  }

  async #try(turn: Turn): Promise<void> {
    const { session, task, list, terms, tally } = this.#plan;
    const unit = list.units[turn.index] as string;
    if (terms.settled && !(await this.#isFree(turn))) return;
    const asked = tryLock<Input>(session, checkLock(session, task, unit, terms.lock));
    this.#asked.add(asked);
    const outcome = await asked.finally(() => this.#asked.delete(asked));
    switch (outcome.kind) {
      case 'done':
        return tally.note(turn.index, { status: 'fulfilled', value: outcome.result as unknown as Unit });
      case 'held':
        return this.#later(turn, outcome.retryAfter, new LockHeldError(task, unit, outcome.holder, outcome.retryAfter));
      case 'failed':
        return tally.note(turn.index, { status: 'rejected', reason: new UnitFailedError(task, unit, outcome.error) });
      case 'late':
        throw new TaskReleasedError(task, outcome.state, unit, outcome.unitState);
      case 'locked':
        return this.#isOver ? this.#letGo(outcome.lock, new Error('not begun')) : this.#workOn(turn, outcome.lock);
    }
  }

  /**
   * Whether it may be tried. What another process tried as often as it may has come to its end, and must not be locked again;
   * so nothing is locked that another one was just seen to hold.
   */
  async #isFree(turn: Turn): Promise<boolean> {
    const { session, task, list, tally } = this.#plan;
    const page = await session.store.units({ task }, [list.units[turn.index] as string]);
    const [view] = page.kind === 'units' ? page.units : [];
    if (!view) return true;
    const end = await endOf<Unit>(session, view, 'done and failed for good');
    if (end) await tally.note(turn.index, end);
    const left = end || view.state !== 'locked' ? 0 : leftOf(turn, view);
    if (left > 0) await this.#later(turn, left, new LockHeldError(task, view.unit, view.holder, left));
    return end === undefined && left <= 0;
  }

  /** Somebody else has it: it is looked at again, but not for ever. */
  #later(turn: Turn, retryAfter: number, error: Error): Promise<void> | undefined {
    const { terms, tally } = this.#plan;
    const now = performance.now();
    turn.since ??= now;
    const left = turn.since + terms.wait - now;
    if (left <= 0) return tally.note(turn.index, { status: 'rejected', reason: error });
    // At the moment the lock runs out it is worth a look, but its holder may be done long before.
    turn.at = now + Math.max(1, Math.min(turn.pauses.next().value, left, retryAfter + 1));
    this.#waiting.push(turn);
    return undefined;
  }

  async #workOn(turn: Turn, lock: Lock<Input>): Promise<void> {
    const { session, terms, tally } = this.#plan;
    const lost = new AbortController();
    lock.whenLost = (reason) => {
      lost.abort(reason);
      if (reason instanceof LockLostError || this.#isLettingGo) return;
      this.#stop(reason);
      this.#givenUp(reason);
    };
    this.#holding.add(lock);
    const isFinal = (error: unknown): boolean =>
      isTuskerError(error, 'FATAL') ||
      (terms.settled && lock.lostTo === undefined && (turn.threw || !isOfTheStore(error)));
    let value: Unit;
    try {
      value = await workUnder<Unit, Input>(session, lock, () => this.#attempts(turn, lock, lost.signal), isFinal);
    } catch (error) {
      return await this.#failed(turn, lock, error);
    } finally {
      this.#holding.delete(lock);
    }
    await tally.note(turn.index, { status: 'fulfilled', value });
  }

  async #attempts(turn: Turn, lock: Lock<Input>, lost: AbortSignal): Promise<Input> {
    const { list, terms, work } = this.#plan;
    for (let attempt = 1; ; attempt++) {
      turn.threw = false;
      try {
        return await work(list.items[turn.index] as Item, contextOf(lock, turn.index, attempt));
      } catch (error) {
        turn.threw = true;
        if (attempt >= terms.attempts || lost.aborted || isTuskerError(error, 'FATAL')) throw error;
      }
      turn.threw = false;
      await pause(backoffDelay(terms.backoff, attempt, Math.random()), lost);
    }
  }

  /** Whose fault it was: the item's, the store's, or nobody's. */
  async #failed(turn: Turn, { isReleased, lostTo, task, unit, token }: Lock<Input>, error: unknown): Promise<void> {
    if (isReleased || (lostTo && !(lostTo instanceof LockLostError))) return this.#stop(lostTo);
    const wasLost = lostTo !== undefined || (!turn.threw && isTuskerError(error, 'LOCK_LOST'));
    if (wasLost) return this.#later(turn, 0, lostTo ?? new LockLostError(task, unit, token));
    if (!turn.threw && isOfTheStore(error)) return this.#stop(error);
    const reason = this.#plan.terms.settled ? asError(error) : error;
    return this.#plan.tally.note(turn.index, { status: 'rejected', reason });
  }
}

/** The signal is made when it is asked for: listening costs calls of the store. */
function contextOf(lock: Lock<unknown>, index: number, attempt: number): AllContext {
  const { token, task, unit } = lock;
  return {
    token,
    task,
    unit,
    index,
    attempt,
    get signal() {
      return lock.signal;
    },
  };
}
