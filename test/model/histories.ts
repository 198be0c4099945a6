import fc from 'fast-check';
import type { ManualClock } from '../../src/testing/index.js';
import { seed } from '../harness/budget.js';
import type { Command } from './commands.js';
import { histories, step } from './commands.js';
import type { ClockedSubject } from './subjects.js';
import { Walk } from './walk.js';

const LONGEST = 110;
/** Commands of a history, on an average: fast-check draws each length alike. */
const LENGTH = 55;
const PLACES: Readonly<Record<Command['where'], readonly number[]>> = { first: [0], second: [1], both: [0, 1] };
const LISTED_EVERY = 16;
/** What is written is noted as seen when so much time has passed since it was before. */
const A_SECOND = 1000;

/** One history over two namespaces of a store, whose clock both share. */
async function walk({ store, clock }: ClockedSubject, commands: readonly Command[], done: () => void): Promise<void> {
  const advance = async (ms: number): Promise<void> => clock.advance(ms);
  const walks = ['', ' beside'].map((which) => new Walk(store.namespace(`${store.name}${which}`), clock.now()));
  for (const [index, command] of commands.entries()) {
    const { op, task, unit, where, shape } = command;
    try {
      if (op === 'advance') {
        const ms = step(shape, walks[0]?.left(`t${task}`) ?? 0);
        if (ms < 0) await setBack(walks, clock, -ms);
        else await advance(ms);
      }
      for (const one of walks) one.clock = clock.now();
      for (const place of PLACES[where]) await walks[place]?.step(command, index);
      if (index % LISTED_EVERY === LISTED_EVERY - 1) for (const { guard } of walks) await guard.checkListings();
    } catch (error) {
      if (error instanceof Error) error.message = `step ${index} (${op} t${task}/u${unit}): ${error.message}`;
      throw error;
    }
    done();
  }
  for (const { guard } of walks) await guard.checkListings();
  for (const { guard } of walks) await guard.checkEnds(advance);
}

/** The stores have noted the moment at which the clock is set back, and notice at once that it was. */
async function setBack(walks: readonly Walk[], clock: ManualClock, ms: number): Promise<void> {
  clock.advance(A_SECOND);
  for (const one of walks) await one.write(clock.now());
  clock.advance(-ms);
  for (const one of walks) await one.noticeThatTheClockIsBehind(ms);
}

/** How random histories are walked. */
export interface Walking {
  /** How many commands, about. */
  readonly steps: number;
  /** Histories under way at the same time, each with a clock of its own. */
  readonly lanes?: number;
  /** A failed history is made smaller, which takes its time. */
  readonly shrinks?: boolean;
  subject(): Promise<ClockedSubject>;
}

/** Walks random histories until about so many commands were done. Gives how many. @throws what the first history that failed says */
export async function walkHistories({ steps, lanes = 1, shrinks = false, subject }: Walking): Promise<number> {
  let walked = 0;
  const count = (): void => void walked++;
  const property = fc.asyncProperty(histories(LONGEST), async (commands) => walk(await subject(), commands, count));
  const numRuns = Math.max(1, Math.round(steps / LENGTH / lanes));
  const lane = (_: unknown, index: number): Promise<void> =>
    Promise.resolve(fc.assert(property, { seed: seed() + index, numRuns, endOnFailure: !shrinks }));
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } catch (error) {
    console.log(`failed after ${walked} steps`);
    throw error;
  }
  console.log(`${walked} steps`);
  return walked;
}
