import type { TaskEvent } from '../index.js';
import type { StageHistograms } from './stages.js';
import { emptyStages, StageClock } from './stages.js';
import type { ChartRange, Charts, StageTimes } from './wire.js';
import { STAGES } from './wire.js';

/** The finest resolution, in ms: every step of a chart is a multiple. */
const BUCKET = 5000;
/** How long buckets are kept: the longest range. */
const KEPT = 3_600_000;
const POINTS = 60;
const RANGES: Readonly<Record<ChartRange, number>> = { '5m': 300_000, '15m': 900_000, '1h': KEPT };

class Bucket {
  released = 0;
  completed = 0;
  failed = 0;
  readonly stages = emptyStages();

  count(kind: TaskEvent['kind']): void {
    if (kind === 'released' || kind === 'completed' || kind === 'failed') this[kind]++;
  }

  addAll(other: Bucket): void {
    this.released += other.released;
    this.completed += other.completed;
    this.failed += other.failed;
    for (const stage of STAGES) this.stages[stage].addAll(other.stages[stage]);
  }
}

/** Counts and durations of the last hour, by the time of the events. */
export class Series {
  readonly #buckets = new Map<number, Bucket>();
  readonly #clock = new StageClock();

  see(event: TaskEvent): void {
    const index = Math.floor(event.at / BUCKET);
    let bucket = this.#buckets.get(index);
    if (!bucket) {
      bucket = new Bucket();
      this.#buckets.set(index, bucket);
      this.#forget(event.at);
    }
    bucket.count(event.kind);
    this.#clock.see(event, bucket.stages);
  }

  #forget(now: number): void {
    for (const index of this.#buckets.keys()) {
      if (index < Math.floor((now - KEPT) / BUCKET)) this.#buckets.delete(index);
    }
  }

  charts(range: ChartRange, now: number): Charts {
    const step = RANGES[range] / POINTS;
    const from = Math.floor(now / step) * step - (POINTS - 1) * step;
    const points = Array.from({ length: POINTS }, () => new Bucket());
    const all = new Bucket();
    for (const [index, bucket] of this.#buckets) {
      const point = points[Math.floor((index * BUCKET - from) / step)];
      if (!point) continue;
      point.addAll(bucket);
      all.addAll(bucket);
    }
    return {
      range,
      from,
      step,
      released: points.map(({ released }) => released),
      completed: points.map(({ completed }) => completed),
      failed: points.map(({ failed }) => failed),
      latencyP50: points.map(({ stages }) => stages.release.percentile(0.5)),
      latencyP95: points.map(({ stages }) => stages.release.percentile(0.95)),
      stages: stageTimes(all.stages),
    };
  }
}

function stageTimes(stages: StageHistograms): Charts['stages'] {
  const times = STAGES.map((stage): [string, StageTimes] => {
    const histogram = stages[stage];
    const { count, max } = histogram;
    return [stage, { count, p50: histogram.percentile(0.5), p95: histogram.percentile(0.95), max }];
  });
  return Object.fromEntries(times) as Charts['stages'];
}
