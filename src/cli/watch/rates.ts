import type { Stats } from '../../index.js';

/** How many tasks in a second; `null` until two looks can be compared. */
export interface Rates {
  /** New ones, and those that retry has returned. */
  readonly arrived: number | null;
  readonly completed: number | null;
  readonly failed: number | null;
}
export const FLOWS = ['arrived', 'completed', 'failed'] as const satisfies readonly (keyof Rates)[];
export type Flow = (typeof FLOWS)[number];

interface Sample {
  /** Ms of a clock that never goes back. */
  readonly at: number;
  readonly totals: Readonly<Record<Flow, number>>;
}

/** Looks are kept for so long, in ms. */
const KEPT = 60_000;

/**
 * Rates from the counters alone, so that they cost nothing and miss nothing, however many tasks there are: what arrived is
 * what is there now and what has ended.
 */
export class RateMeter {
  readonly #samples: Sample[] = [];

  add(stats: Stats, at: number): void {
    const { open, locked, released, delayed, processing, completed, failed } = stats;
    const here = open + locked + released + delayed + processing;
    this.#samples.push({ at, totals: { arrived: here + completed + failed, completed, failed } });
    while ((this.#samples[0]?.at ?? at) < at - KEPT) this.#samples.shift();
  }

  /** Over the last `span` ms, or as much of it as was seen. */
  over(span: number): Rates {
    const last = this.#samples.at(-1);
    const first = this.#samples.find(({ at }) => last && at >= last.at - span);
    const seconds = last && first ? (last.at - first.at) / 1000 : 0;
    const rate = (flow: Flow): number | null => {
      return last && first && seconds > 0 ? Math.max(0, last.totals[flow] - first.totals[flow]) / seconds : null;
    };
    return { arrived: rate('arrived'), completed: rate('completed'), failed: rate('failed') };
  }

  /** A flow between one look and the next, the newest last, in tasks a second. */
  steps(flow: Flow): number[] {
    return this.#samples.slice(1).map(({ at, totals }, index) => {
      const before = this.#samples[index];
      return before ? (Math.max(0, totals[flow] - before.totals[flow]) * 1000) / Math.max(1, at - before.at) : 0;
    });
  }
}
