import type { Stats, TaskView } from '../index.js';
import { isTuskerError } from '../index.js';
import { alertsOf } from './alerts.js';
import type { Watched } from './namespaces.js';
import { PAGE } from './reader.js';
import { eventRow, shelfOf } from './rows.js';
import type { ChartRange, OverviewAnswer, WaitingTask } from './wire.js';

const OLDEST = 8;
const EVENTS = 8;

/** Everything on the overview, from a handful of reads whatever the number of tasks. */
export async function overview(watched: Watched, range: ChartRange): Promise<OverviewAnswer> {
  const { reader, activity } = watched;
  const [stats, seen, closed, queued] = await Promise.all([
    reader.stats(),
    activity.seen(),
    reader.tasks({ state: 'locked', limit: PAGE }),
    reader.tasks({ state: 'released', limit: OLDEST }),
  ]);
  const oldest = [...closed.tasks, ...queued.tasks].sort((a, b) => since(a) - since(b)).slice(0, OLDEST);
  const waiting = await explained(watched, oldest);
  const firstDue = await soonest(watched, stats);
  const backlog = queued.tasks[0];
  const { now } = watched.clock;
  return {
    now,
    stats,
    alerts: alertsOf({ now, stats, waiting, firstDue, backlog, seen }),
    oldest: waiting,
    oldestOfSome: closed.cursor !== null,
    charts: seen.series.charts(range, now),
    events: seen.events.slice(-EVENTS).reverse().map(eventRow),
  };
}

/** Since when it waits for others: its close, or else its release. */
function since({ closedAt, releasedAt, createdAt }: TaskView): number {
  return closedAt ?? releasedAt ?? createdAt;
}

async function explained({ verbs, clock }: Watched, tasks: readonly TaskView[]): Promise<WaitingTask[]> {
  const waiting: WaitingTask[] = [];
  for (const explanation of await Promise.all(tasks.map(({ task }) => explainedOrGone(verbs, task)))) {
    if (!explanation) continue;
    const { task, waitsFor, detail } = explanation;
    clock.learn(detail.now);
    // It may have ended since the lists were read.
    if (waitsFor.length === 0) continue;
    const { units, outstanding } = detail;
    waiting.push({ task, shelf: shelfOf(detail), since: since(detail), units, outstanding, waitsFor });
  }
  return waiting;
}

async function explainedOrGone(verbs: Watched['verbs'], task: string) {
  try {
    return await verbs.explain(task);
  } catch (error) {
    if (isTuskerError(error, 'TASK_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The task whose due moment is the first of all: when that is long past, nobody sweeps. */
async function soonest({ reader }: Watched, stats: Stats): Promise<TaskView | undefined> {
  const shelves = (['open', 'locked', 'delayed', 'processing'] as const).filter((shelf) => stats[shelf] > 0);
  const pages = await Promise.all(shelves.map((state) => reader.tasks({ state, limit: 1 })));
  const due = pages.flatMap(({ tasks }) => tasks).filter((task) => task.due !== null);
  return due.sort((a, b) => (a.due ?? 0) - (b.due ?? 0))[0];
}
