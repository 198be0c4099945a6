import type { Watched } from './namespaces.js';
import type { Found } from './search.js';
import { exactTask, searchTasks } from './search.js';
import type { Shelf, TasksAnswer } from './wire.js';
import { LISTED_SHELVES } from './wire.js';

/** How long one request looks for a name, in ms. */
const SEARCH_BUDGET = 120;

export interface TasksQuery {
  readonly shelf: Shelf | undefined;
  readonly search: string;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** A page of tasks. The task of exactly the searched name comes first, wherever it stands. */
export async function tasks({ reader, clock }: Watched, query: TasksQuery): Promise<TasksAnswer> {
  const { shelf, search, cursor, limit } = query;
  const shelves = shelf === undefined ? LISTED_SHELVES : [shelf];
  const [stats, exact, found] = await Promise.all([
    reader.stats(),
    exactTask(reader, search, shelves),
    searchTasks(reader, { shelves, search }, { cursor, limit, budget: SEARCH_BUDGET }),
  ]);
  const page = withExactFirst(found, exact, cursor === undefined);
  const [any] = page.tasks;
  // A list does not say what time it is.
  const [detail] = any ? await reader.inspect([any.task]) : [];
  return { now: detail ? clock.learn(detail.now) : clock.now, stats, ...page };
}

function withExactFirst({ rows, cursor, scanned }: Found, exact: Found['rows'][number] | undefined, isFirst: boolean) {
  if (!exact) return { tasks: rows, cursor, scanned };
  const others = rows.filter(({ task }) => task !== exact.task);
  return { tasks: isFirst ? [exact, ...others] : others, cursor, scanned };
}
