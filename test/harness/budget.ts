/**
 * How much random work a run of the tests does, and from which seed. `npm test` does little, so that it can be run all
 * day; docs/testing-tusker.md says by numbers what that no longer sees.
 *
 * - `TUSKER_SEED` repeats a run: the seed is printed with each budget.
 * - `TUSKER_BUDGET` is a factor: 10 does ten times as much. `npm run test:long` goes on round after round.
 */
import { randomInt } from 'node:crypto';

/** The small budget: steps of each kind of random work. */
const SMALL = {
  /** Commands of histories on memory. */
  memory: 8000,
  /** Commands of histories on memory and SQLite. */
  sqlite: 2000,
  /** Commands of histories on memory and Redis. */
  redis: 3000,
  /** Connections cut: libraries that meet each cut of each call. */
  cuts: 1,
  /** Processes killed at any moment while several share a file. */
  kills: 8,
  /** Processes killed at a named step: each step of each transaction once. */
  deaths: 30,
} as const;

/** How many steps of this kind the run does; told with the seed, so that a failure can be seen again. */
export function budget(kind: keyof typeof SMALL): number {
  const steps = Math.max(1, Math.round(SMALL[kind] * factor()));
  console.log(`${kind}: ${steps} steps, TUSKER_SEED=${seed()} TUSKER_BUDGET=${factor()}`);
  return steps;
}

function factor(): number {
  const given = Number(process.env.TUSKER_BUDGET ?? 1);
  if (!(given > 0)) throw new Error(`TUSKER_BUDGET is ${process.env.TUSKER_BUDGET}; allowed: a number above 0`);
  return given;
}

let chosen: number | undefined;

/** The seed of this file's random work: the one given, or one drawn by lot. */
export function seed(): number {
  chosen ??= process.env.TUSKER_SEED === undefined ? randomInt(2 ** 31) : Number(process.env.TUSKER_SEED);
  if (!Number.isSafeInteger(chosen) || chosen < 0)
    throw new Error(`TUSKER_SEED is ${process.env.TUSKER_SEED}; allowed: a whole number from 0`);
  return chosen;
}

/** A source of numbers in [0, 1) that a seed repeats (mulberry32, by Tommy Ettinger). */
export function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
