import type { TaskEvent } from '../index.js';
import { Histogram } from './histogram.js';
import type { Stage } from './wire.js';
import { STAGES } from './wire.js';

/** Tasks on their way that are remembered at most: the oldest is forgotten, and counts in no stage. */
const MAX_UNDER_WAY = 20_000;

interface Moments {
  readonly created?: number;
  readonly closed?: number;
  readonly released?: number;
  readonly claimed?: number;
}

export type StageHistograms = Readonly<Record<Stage, Histogram>>;

export function emptyStages(): StageHistograms {
  return Object.fromEntries(STAGES.map((stage) => [stage, new Histogram()])) as Record<Stage, Histogram>;
}

/** Measures how long tasks take from one event to the next. */
export class StageClock {
  readonly #underWay = new Map<string, Moments>();

  /** What this event ends is added to the histograms. */
  see({ kind, task, incarnation, at }: TaskEvent, into: StageHistograms): void {
    const key = `${incarnation} ${task}`;
    const moments = this.#underWay.get(key) ?? {};
    const since = (moment: number | undefined, stage: Stage): void => {
      if (moment !== undefined) into[stage].add(at - moment);
    };
    switch (kind) {
      case 'created':
        return this.#note(key, { created: at });
      case 'closed':
        return this.#note(key, { ...moments, closed: at });
      case 'released':
        // Only the first release ends the fan-in; later ones are attempts.
        if (moments.released === undefined) {
          since(moments.created, 'fanIn');
          since(moments.closed, 'release');
        }
        return this.#note(key, { ...moments, released: at });
      case 'claimed':
        since(moments.released, 'queue');
        return this.#note(key, { ...moments, claimed: at });
      case 'completed':
        since(moments.claimed, 'processing');
        this.#underWay.delete(key);
        return;
      case 'failed':
      case 'removed':
        this.#underWay.delete(key);
        return;
    }
  }

  #note(key: string, moments: Moments): void {
    this.#underWay.delete(key);
    this.#underWay.set(key, moments);
    if (this.#underWay.size <= MAX_UNDER_WAY) return;
    for (const oldest of this.#underWay.keys()) {
      this.#underWay.delete(oldest);
      return;
    }
  }
}
