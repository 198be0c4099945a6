import type { UnitsAnswer } from '../wire.js';

/** Lanes beyond so many are put together in one. */
const MAX_LANES = 40;
/** Units side by side at the same time in one lane: more are drawn over each other. */
const MAX_DEPTH = 8;

export interface Bar {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** Which line of the lane: those at the same time lie below each other. */
  readonly line: number;
}
export interface Lane {
  readonly holder: string;
  /** In the order of their beginning. */
  readonly bars: readonly Bar[];
  readonly lines: number;
}

/** A lane for each holder, the first to begin on top; within it units that overlap lie on lines of their own. */
export function lanesOf(units: UnitsAnswer, now: number): Lane[] {
  const byHolder = new Map<number, number[]>();
  const order = units.names
    .map((_, index) => index)
    .sort((a, b) => (units.lockedAt[a] ?? 0) - (units.lockedAt[b] ?? 0));
  for (const index of order) {
    const holder = units.holder[index] ?? 0;
    byHolder.set(holder, [...(byHolder.get(holder) ?? []), index]);
  }
  const groups = [...byHolder].map(([holder, indexes]) => ({ holder: units.holders[holder] ?? '', indexes }));
  const kept = groups.slice(0, groups.length > MAX_LANES ? MAX_LANES - 1 : MAX_LANES);
  const rest = groups.slice(kept.length);
  if (rest.length > 0) {
    const indexes = rest
      .flatMap(({ indexes }) => indexes)
      .sort((a, b) => (units.lockedAt[a] ?? 0) - (units.lockedAt[b] ?? 0));
    kept.push({ holder: `${rest.length} more holders`, indexes });
  }
  return kept.map(({ holder, indexes }) => laneOf(units, holder, indexes, now));
}

function laneOf(units: UnitsAnswer, holder: string, indexes: readonly number[], now: number): Lane {
  const ends: number[] = [];
  const bars = indexes.map((index): Bar => {
    const from = units.lockedAt[index] ?? now;
    const to = Math.max(from, units.endedAt[index] ?? now);
    const free = ends.findIndex((end) => end <= from);
    const line = free >= 0 ? free : Math.min(ends.length, MAX_DEPTH - 1);
    ends[line] = Math.max(to, ends[line] ?? 0);
    return { index, from, to, line };
  });
  return { holder, bars, lines: Math.max(1, ends.length) };
}
