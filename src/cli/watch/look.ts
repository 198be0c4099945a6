import type { Explanation, Stats, StoreReader, Tusker } from '../../index.js';
import { isTuskerError } from '../../index.js';
import type { ListedState } from '../task-list.js';
import { inStateSince, listedState } from '../task-list.js';

/** Tasks in these states wait for somebody. */
const WAITING = ['open', 'locked', 'released', 'delayed'] as const satisfies readonly ListedState[];
/** So many of each state are looked at, the next due first: one look costs the same with a million tasks. */
const LOOKED_AT = 200;

/** What is to be seen of a namespace at one moment. */
export interface Look {
  readonly stats: Stats;
  /** Those that wait the longest, the oldest first. */
  readonly oldest: readonly WaitingTask[];
  /** There are more tasks in a state than were looked at: older ones may be among them. */
  readonly isOfSome: boolean;
}
export interface WaitingTask {
  readonly task: string;
  readonly state: ListedState;
  /** Since when it is in its state, in ms of the store's clock. */
  readonly since: number;
  /** How long that is, in ms. */
  readonly age: number;
  readonly waitsFor: Explanation['waitsFor'];
  /** The store's clock. */
  readonly now: number;
}

/** A handful of reads, whatever the number of tasks. */
export async function look(tusker: Tusker, most: number): Promise<Look> {
  const stats = await tusker.stats();
  const states = WAITING.filter((state) => stats[state] > 0);
  const pages = await Promise.all(states.map((state) => oldestOf(tusker.reader, state)));
  const listed = pages.flat().sort((a, b) => a.since - b.since);
  const explained = await Promise.all(listed.slice(0, most).map(({ task }) => waiting(tusker, task)));
  return {
    stats,
    oldest: explained.filter((task) => task !== undefined),
    isOfSome: states.some((state) => stats[state] > LOOKED_AT),
  };
}

async function oldestOf(reader: StoreReader, state: ListedState): Promise<{ task: string; since: number }[]> {
  const { tasks } = await reader.tasks({ state, limit: LOOKED_AT });
  return tasks.map((view) => ({ task: view.task, since: inStateSince(view, state) }));
}

/** Undefined when it is gone, or waits no more. */
async function waiting(tusker: Tusker, task: string): Promise<WaitingTask | undefined> {
  try {
    const { waitsFor, detail } = await tusker.explain(task);
    const { now } = detail;
    const state = listedState(detail);
    const since = inStateSince(detail, state);
    return waitsFor.length === 0 ? undefined : { task, state, since, age: Math.max(0, now - since), waitsFor, now };
  } catch (error) {
    if (isTuskerError(error, 'TASK_NOT_FOUND')) return undefined;
    throw error;
  }
}
