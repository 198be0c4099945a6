/** The answers of the function `apply`, as the outcomes that the contract names. */
import { StoreCorruptError } from '../../core/errors.js';
import type { TaskState, UnitState } from '../../core/states.js';
import { TASK_STATES } from '../../core/states.js';
import type { LostOutcome, Outcome, StaleOutcome } from '../../core/store.js';
import type { AnyCall, TaskCalls } from './calls.js';
import { refusalOf } from './refusals.js';

/** What a sweep of one task did. */
export interface SweptOutcome {
  readonly kind: 'swept';
  readonly locks: number;
  readonly attempts: number;
  readonly tasks: number;
  readonly removed: number;
  /** Units that were looked at. */
  readonly looked: number;
}
export interface EndedOutcome {
  readonly kind: 'ended';
  readonly ended: number;
  readonly cursor: string;
}
export type AnyOutcome = Outcome | SweptOutcome | EndedOutcome;

/** The number by which the library calls a state; open, locked, released and failed share it with their shelves. */
const STATES_BY_NUMBER: Readonly<Record<number, TaskState>> = {
  1: 'open',
  2: 'locked',
  3: 'released',
  5: 'processing',
  6: 'completed',
  7: 'failed',
};

/** By the number that the library gives a unit's state. */
export const UNIT_STATES_BY_NUMBER: readonly UnitState[] = ['locked', 'done', 'failed', 'expired'];

export function stateOf(number: number): TaskState {
  return STATES_BY_NUMBER[number] ?? TASK_STATES[0];
}

/** What a reply is made of. */
export type Answer = string | number | null;

/**
 * Reads a reply: the time, then task by task the answers. An answer is the number of calls it is for, a word and the
 * fields of that word. Each outcome goes to the place of its call.
 */
export class AnswerReader {
  readonly #now: number;
  #at = 1;

  constructor(
    private readonly reply: readonly Answer[],
    private readonly outcomes: AnyOutcome[],
  ) {
    this.#now = Number(reply[0]);
  }

  /** Whether the task was answered; if not, nothing was done for it: because keys were missing, or because the call had done enough. */
  read({ task, calls, places }: TaskCalls): 'answered' | 'needs-all-keys' | 'later' {
    for (let i = 0; i < calls.length; ) {
      const count = this.#number();
      const word = this.#text();
      if (word === '*') return 'needs-all-keys';
      if (word === '+') return 'later';
      if (word === '!') {
        this.#refuse(task, places, this.#text());
        return 'answered';
      }
      if (!(count >= 1 && i + count <= calls.length)) throw unreadable();
      const call = calls[i] as AnyCall;
      if (word === 'D') this.#readProgress(call, places, i, count);
      else this.#deliver(places, i, count, this.#outcome(call, word));
      i += count;
    }
    return 'answered';
  }

  #number(): number {
    const field = Number(this.reply[this.#at++]);
    if (Number.isNaN(field)) throw unreadable();
    return field;
  }

  #text(): string {
    const field = this.reply[this.#at++];
    if (field === undefined || field === null) throw unreadable();
    return String(field);
  }

  #state(): TaskState {
    return stateOf(this.#number());
  }

  /** Of a unit; null when it is not known. */
  #unitState(): UnitState | null {
    return UNIT_STATES_BY_NUMBER[this.#number()] ?? null;
  }

  #refuse(task: string, places: readonly number[], reason: string): void {
    const cause = new Error(reason);
    const refusal = refusalOf(/^[A-Z]+ /.test(reason) ? cause : new Error(`ERR ${reason}`));
    const isCorrupt = typeof refusal !== 'object' || refusal.error instanceof StoreCorruptError;
    const error = isCorrupt ? new StoreCorruptError(`task ${task}`, { cause }) : refusal.error;
    this.#deliver(places, 0, places.length, { kind: 'error', error });
  }

  #deliver(places: readonly number[], first: number, count: number, outcome: AnyOutcome): void {
    for (let i = first; i < first + count; i++) this.outcomes[places[i] as number] = outcome;
  }

  /** Each next call of the run has one less outstanding, one more done. */
  #readProgress(call: AnyCall, places: readonly number[], first: number, count: number): void {
    const kind = call.verb === 'failUnit' ? 'failed' : call.verb === 'letGo' ? 'let-go' : 'done';
    const released = this.#number() === 1;
    const state = this.#state();
    const outstanding = this.#number();
    const done = this.#number();
    for (let i = 0; i < count; i++) {
      const place = places[first + i] as number;
      this.outcomes[place] = { kind, released, state, outstanding: outstanding - i, done: done + i };
    }
  }

  #outcome(call: AnyCall, word: string): AnyOutcome {
    switch (call.verb) {
      case 'lock':
        return this.#lockOutcome(word);
      case 'extendLock':
        return word === 'E' ? { kind: 'extended', until: this.#number(), now: this.#now } : this.#lost();
      case 'unlock':
      case 'failUnit':
      case 'letGo':
        return this.#lost();
      case 'open':
        if (word === 'A') return { kind: 'already-open', state: 'open' };
        if (word === 'O') return { kind: 'opened', state: this.#state() };
        return { kind: 'late', state: this.#state() };
      case 'close': {
        const kind = word === 'C' ? 'closed' : word === 'A' ? 'already-closed' : 'late';
        return { kind, state: this.#state(), outstanding: this.#number(), done: this.#number() };
      }
      case 'complete':
        return word === 'Y' ? { kind: 'completed' } : this.#stale();
      case 'failClaim':
        if (word === 'R') return { kind: 'retrying', at: this.#number() };
        return word === 'N' ? { kind: 'failed' } : this.#stale();
      case 'extendClaim':
      case 'extendFailed':
        return word === 'E' ? { kind: 'extended', until: this.#number(), now: this.#now } : this.#stale();
      case 'giveBack':
        return word === 'G' ? { kind: 'given-back', spent: this.#number() === 1 } : this.#stale();
      case 'retry':
        if (word === '?') return { kind: 'not-found' };
        return { kind: word === 'Y' ? 'retried' : 'not-failed', state: this.#state() };
      case 'release':
        if (word === '?') return { kind: 'not-found' };
        if (word === 'Y') return { kind: 'released', state: this.#state() };
        return { kind: 'late', state: this.#state() };
      case 'cancel':
        if (word === '?') return { kind: 'not-found' };
        return word === 'Y' ? { kind: 'cancelled' } : { kind: 'already-ended', state: this.#state() };
      case 'remove':
        if (word === '?') return { kind: 'not-found' };
        return word === 'Y' ? { kind: 'removed' } : { kind: 'not-ended', state: this.#state() };
      case 'redo':
        return this.#redoOutcome(word);
      case 'claimFailed':
        if (word !== 'L') return { kind: 'none' };
        return {
          kind: 'claimed',
          token: this.#number(),
          until: this.#number(),
          attempt: this.#number(),
          now: this.#now,
        };
      case 'settleFailed':
        if (word === 'R') return { kind: 'again', at: this.#number() };
        return word === 'Y' ? { kind: 'acknowledged' } : this.#stale();
      case 'sweep':
        return {
          kind: 'swept',
          locks: this.#number(),
          attempts: this.#number(),
          tasks: this.#number(),
          removed: this.#number(),
          looked: this.#number(),
        };
      case 'endOldLocks':
        return { kind: 'ended', ended: this.#number(), cursor: this.#text() };
    }
  }

  #redoOutcome(word: string): Outcome {
    switch (word) {
      case 'Y':
        return { kind: 'redone', state: this.#state(), outstanding: this.#number(), done: this.#number() };
      case 'N':
        return { kind: 'not-done', state: this.#state(), unitState: this.#unitState() };
      case 'T':
        return { kind: 'late', state: this.#state() };
      default:
        return { kind: 'not-found' };
    }
  }

  #lockOutcome(word: string): Outcome {
    switch (word) {
      case 'L': {
        const token = this.#number();
        return { kind: 'locked', token, until: this.#number(), holdUntil: this.#number(), now: this.#now };
      }
      case 'H': {
        const until = this.#number();
        return { kind: 'held', holder: this.#text(), until, now: this.#now };
      }
      case 'K':
        return { kind: 'done', result: this.#number() === 1 ? this.#text() : null };
      case 'T':
        return { kind: 'late', state: this.#state(), unitState: this.#unitState() };
      case 'S':
        return { kind: 'failed', error: this.#number() === 1 ? this.#text() : null };
      default:
        return { kind: 'full' };
    }
  }

  #lost(): LostOutcome {
    return { kind: 'lost', ...this.#standing() };
  }

  #stale(): StaleOutcome {
    const token = this.#number();
    return { kind: 'stale', currentToken: token === 0 ? null : token, ...this.#standing() };
  }

  /** The state, 0 for a task that is not known, whether it was cancelled, and the reason if so. */
  #standing(): { state: TaskState | null; cancelled?: string } {
    const number = this.#number();
    const state = number === 0 ? null : stateOf(number);
    return this.#number() === 1 ? { state, cancelled: this.#text() } : { state };
  }
}

function unreadable(): Error {
  return new StoreCorruptError('the answer of the library');
}
