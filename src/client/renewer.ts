import { LONGEST_TIMER } from '../core/timers.js';
import { Changes } from './changes.js';

/** Something that is held for a time and must be renewed before it runs out. */
export interface Renewable {
  /** When to renew next, in ms of `performance.now()`. */
  renewAt: number;
  /** Where the renewer keeps it; -1 when it does not. Only the renewer sets it. */
  renewPlace: number;
  renew(): void;
  /** Its holder's tusker was stopped. */
  abandon(reason: Error): void;
}

/**
 * Renews everything that this process holds with one timer, which does not keep the process alive. Most of what is held
 * is given up long before, so coming and going costs next to nothing: each knows its place, the last one fills the gap.
 */
export class Renewer<Held extends Renewable = Renewable> {
  /** Something is held no more. */
  readonly changes = new Changes();
  readonly #held: Held[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  get held(): readonly Held[] {
    return this.#held;
  }

  add(held: Held): void {
    if (held.renewPlace === -1) held.renewPlace = this.#held.push(held) - 1;
    if (held.renewAt < this.#timerAt) this.#schedule(held.renewAt);
  }

  remove(held: Held): void {
    const place = held.renewPlace;
    if (place === -1) return;
    held.renewPlace = -1;
    const last = this.#held.pop() as Held;
    if (last !== held) {
      this.#held[place] = last;
      last.renewPlace = place;
    }
    this.changes.tell();
  }

  /** Nothing is renewed any more: whoever holds something is told. */
  stop(reason: Error): void {
    for (const held of [...this.#held]) held.abandon(reason);
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #schedule(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#renewDue(), Math.max(0, Math.min(at - performance.now(), LONGEST_TIMER)));
    this.#timer.unref();
  }

  /** With nothing due, or nothing held any more, all that happens is a look: cheaper than a timer for each that comes and goes. */
  #renewDue(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (const held of this.#held.filter(({ renewAt }) => renewAt <= now)) held.renew();
    let next = Number.POSITIVE_INFINITY;
    for (const { renewAt } of this.#held) next = Math.min(next, renewAt);
    if (next < this.#timerAt) this.#schedule(Math.max(next, now + 1));
  }
}
