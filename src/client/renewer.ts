/** Something that is held for a time and must be renewed before it runs out. */
export interface Renewable {
  /** When to renew next, in ms of `performance.now()`. */
  renewAt: number;
  renew(): void;
  /** Its holder's tusker was stopped. */
  abandon(reason: Error): void;
}

/** Renews everything that this process holds with one timer, which does not keep the process alive. */
export class Renewer {
  readonly #held = new Set<Renewable>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  add(held: Renewable): void {
    this.#held.add(held);
    this.#schedule(held.renewAt);
  }

  remove(held: Renewable): void {
    this.#held.delete(held);
    if (this.#held.size > 0) return;
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  /** Nothing is renewed any more: whoever holds something is told. */
  stop(reason: Error): void {
    for (const held of [...this.#held]) held.abandon(reason);
  }

  #schedule(at: number): void {
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#renewDue(), Math.max(0, Math.min(at - performance.now(), 2 ** 31 - 1)));
    this.#timer.unref();
  }

  #renewDue(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const held of [...this.#held]) {
      if (held.renewAt <= now) held.renew();
      if (this.#held.has(held)) next = Math.min(next, held.renewAt);
    }
    if (next !== Number.POSITIVE_INFINITY) this.#schedule(Math.max(next, now + 1));
  }
}
