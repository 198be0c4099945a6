/** The answers of the function `apply`, as the outcomes that the contract names. */
import { StoreCorruptError } from '../../core/errors.js';
import type { TaskState } from '../../core/states.js';
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

export function stateOf(number: number): TaskState {
  return STATES_BY_NUMBER[number] ?? TASK_STATES[0];
}

/** One answer: the number of calls it is for, a word, and its fields. */
const ANSWER = /^(\d+)([A-Z?!])(.*)$/s;

/** Reads a reply, task by task, and hands each outcome to `deliver` with the place of its call. */
export class AnswerReader {
  #at = 0;

  constructor(
    private readonly reply: readonly string[],
    private readonly now: number,
    private readonly deliver: (place: number, outcome: AnyOutcome) => void,
  ) {}

  read({ task, calls, places }: TaskCalls): void {
    for (let i = 0; i < calls.length; ) {
      const [, countText, word, rest] = ANSWER.exec(this.#next()) ?? [];
      if (countText === undefined || word === undefined || rest === undefined) throw unreadable();
      if (word === '!') return this.#refuse(task, places, rest);
      const count = Number(countText);
      this.#deliver(calls, places, i, count, word, rest);
      i += count;
    }
  }

  #next(): string {
    const text = this.reply[this.#at++];
    if (typeof text !== 'string') throw unreadable();
    return text;
  }

  #refuse(task: string, places: readonly number[], reason: string): void {
    const cause = new Error(reason);
    const refusal = refusalOf(/^[A-Z]+ /.test(reason) ? cause : new Error(`ERR ${reason}`));
    const isCorrupt = typeof refusal !== 'object' || refusal.error instanceof StoreCorruptError;
    const error = isCorrupt ? new StoreCorruptError(`task ${task}`, { cause }) : refusal.error;
    for (const place of places) this.deliver(place, { kind: 'error', error });
  }

  #deliver(
    calls: readonly AnyCall[],
    places: readonly number[],
    first: number,
    count: number,
    word: string,
    rest: string,
  ): void {
    const call = calls[first];
    if (call === undefined || first + count > places.length) throw unreadable();
    if (word === 'D') return this.#deliverProgress(call, places, first, count, rest);
    const outcome = this.#outcome(call, word, rest);
    for (let i = first; i < first + count; i++) this.deliver(places[i] as number, outcome);
  }

  /** Each next call of the run has one less outstanding, one more done. */
  #deliverProgress(call: AnyCall, places: readonly number[], first: number, count: number, rest: string): void {
    const [released, stateNumber, outstanding, done] = numbers(rest) as [number, number, number, number];
    const kind = call.verb === 'failUnit' ? 'failed' : 'done';
    const state = stateOf(stateNumber);
    for (let i = 0; i < count; i++) {
      const progress = { state, outstanding: outstanding - i, done: done + i };
      this.deliver(places[first + i] as number, { kind, released: released === 1, ...progress });
    }
  }

  #outcome(call: AnyCall, word: string, rest: string): AnyOutcome {
    switch (call.verb) {
      case 'lock':
        return this.#lockOutcome(word, rest);
      case 'extendLock':
        return word === 'E' ? { kind: 'extended', until: Number(rest), now: this.now } : lost(rest);
      case 'unlock':
      case 'failUnit':
        return lost(rest);
      case 'open':
        if (word === 'A') return { kind: 'already-open', state: 'open' };
        if (word === 'O') return { kind: 'opened', state: stateOf(Number(rest)) };
        return { kind: 'late', state: stateOf(Number(rest)) };
      case 'close': {
        const [state, outstanding, done] = numbers(rest) as [number, number, number];
        const kind = word === 'C' ? 'closed' : word === 'A' ? 'already-closed' : 'late';
        return { kind, state: stateOf(state), outstanding, done };
      }
      case 'complete':
        return word === 'Y' ? { kind: 'completed' } : stale(rest);
      case 'failClaim':
        if (word === 'R') return { kind: 'retrying', at: Number(rest) };
        return word === 'N' ? { kind: 'failed' } : stale(rest);
      case 'extendClaim':
        return word === 'E' ? { kind: 'extended', until: Number(rest), now: this.now } : stale(rest);
      case 'giveBack':
        return word === 'G' ? { kind: 'given-back', spent: rest === '1' } : stale(rest);
      case 'retry':
        if (word === '?') return { kind: 'not-found' };
        return { kind: word === 'Y' ? 'retried' : 'not-failed', state: stateOf(Number(rest)) };
      case 'release':
        if (word === '?') return { kind: 'not-found' };
        if (word === 'Y') return { kind: 'released', state: stateOf(Number(rest)) };
        return { kind: 'late', state: stateOf(Number(rest)) };
      case 'cancel':
        if (word === '?') return { kind: 'not-found' };
        return word === 'Y' ? { kind: 'cancelled' } : { kind: 'already-ended', state: stateOf(Number(rest)) };
      case 'remove':
        if (word === '?') return { kind: 'not-found' };
        return word === 'Y' ? { kind: 'removed' } : { kind: 'not-ended', state: stateOf(Number(rest)) };
      case 'sweep': {
        const [locks = 0, attempts = 0, tasks = 0, removed = 0, looked = 0] = numbers(rest);
        return { kind: 'swept', locks, attempts, tasks, removed, looked };
      }
      case 'endOldLocks': {
        const [ended = '0', cursor = '0'] = rest.split(' ');
        return { kind: 'ended', ended: Number(ended), cursor };
      }
    }
  }

  #lockOutcome(word: string, rest: string): Outcome {
    switch (word) {
      case 'L': {
        const [token, until, holdUntil] = numbers(rest) as [number, number, number];
        return { kind: 'locked', token, until, holdUntil, now: this.now };
      }
      case 'H': {
        const space = rest.indexOf(' ');
        return { kind: 'held', holder: rest.slice(space + 1), until: Number(rest.slice(0, space)), now: this.now };
      }
      case 'K':
        return { kind: 'done', result: rest === '1' ? this.#next() : null };
      case 'T':
        return { kind: 'late', state: stateOf(Number(rest)) };
      default:
        return { kind: 'full' };
    }
  }
}

function numbers(rest: string): number[] {
  return rest.split(' ').map(Number);
}

function lost(rest: string): LostOutcome {
  return { kind: 'lost', ...standing(rest) };
}

function stale(rest: string): StaleOutcome {
  const space = rest.indexOf(' ');
  const token = Number(rest.slice(0, space));
  return { kind: 'stale', currentToken: token === 0 ? null : token, ...standing(rest.slice(space + 1)) };
}

/** The state, 0 for a task that is not known, then the reason of a cancelled one. */
function standing(rest: string): { state: TaskState | null; cancelled?: string } {
  const space = rest.indexOf(' ');
  const number = Number(space === -1 ? rest : rest.slice(0, space));
  const state = number === 0 ? null : stateOf(number);
  return space === -1 ? { state } : { state, cancelled: rest.slice(space + 1) };
}

function unreadable(): Error {
  return new StoreCorruptError('the answer of the library');
}
