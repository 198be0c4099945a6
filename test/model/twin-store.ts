import { deepEqual, ok } from 'node:assert/strict';
import type {
  ResultsPage,
  ResultsQuery,
  Store,
  SweepOutcome,
  TaskQuery,
  TasksPage,
  TaskView,
  TimeoutLocksOutcome,
  UnitNamesPage,
  UnitQuery,
} from '../../src/core/store.js';

/** Two stores as one: every call goes to both, and their answers must be equal. */
export function twinStore(first: Store, second: Store): Store {
  const both = async <T>(what: string, ask: (store: Store) => Promise<T>): Promise<T> => {
    const answer = await ask(first);
    deepEqual(shown(await ask(second)), shown(answer), `${what}: the second store answers as the first`);
    return answer;
  };
  return {
    name: first.name,
    namespace: (name) => twinStore(first.namespace(name), second.namespace(name)),
    shardOf: (task) => first.shardOf(task),
    apply: (calls) => both('apply', (store) => store.apply(calls)),
    claim: (calls) => both('claim', (store) => store.claim(calls)),
    // In small steps each store would get to a lock before or after its task's deadline does.
    sweep: (limit, only) => both('sweep', (store) => sweepToTheEnd(store, Math.max(limit, 1000), only)),
    stats: () => both('stats', (store) => store.stats()),
    inspect: (tasks) => both('inspect', (store) => store.inspect(tasks)),
    units: (query, names) => both('units', (store) => store.units(query, names)),
    events: (query) => both('events', (store) => store.events(query)),
    // Pages and cursors, and the order of names, are each store's own; the whole is not.
    tasks: async (query): Promise<TasksPage> => {
      if (query.cursor === undefined) await both('tasks', (store) => allTasks(store, query));
      return first.tasks(query);
    },
    timeoutLocks: async (ms, cursor, limit): Promise<TimeoutLocksOutcome> => {
      ok(cursor === null, 'the whole walk was one call');
      return { ended: await both('timeoutLocks', (store) => endOldLocks(store, ms, limit)), cursor: null };
    },
    unitNames: async (query): Promise<UnitNamesPage> => {
      if (query.cursor === undefined) await both('unitNames', (store) => allNames(store, query));
      return first.unitNames(query);
    },
    results: async (query): Promise<ResultsPage> => {
      if (query.cursor === undefined) await both('results', (store) => allResults(store, query));
      return first.results(query);
    },
    close: async () => {
      await Promise.all([first.close(), second.close()]);
    },
  };
}

/**
 * An answer without what is each store's own: when it looks at a task again, and the order of units that run out at the
 * same moment.
 */
function shown(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(shown);
  if (typeof answer !== 'object' || answer === null) return answer;
  const isTask = 'incarnation' in answer && 'due' in answer;
  const entries = Object.entries(answer).filter(([key]) => !(isTask && key === 'due'));
  return Object.fromEntries(entries.map(([key, value]) => [key, UNORDERED.has(key) ? sorted(value) : shown(value)]));
}

const UNORDERED = new Set(['live', 'troubled', 'names']);

function sorted(list: unknown): unknown {
  return Array.isArray(list) ? list.map((item) => JSON.stringify(item)).sort() : list;
}

async function allTasks(store: Store, query: TaskQuery): Promise<readonly TaskView[]> {
  const tasks: TaskView[] = [];
  let cursor: string | null = null;
  do {
    const page: TasksPage = await store.tasks({ ...query, ...(cursor !== null && { cursor }) });
    tasks.push(...page.tasks);
    cursor = page.cursor;
  } while (cursor !== null);
  return tasks.sort((a, b) => a.incarnation - b.incarnation);
}

async function endOldLocks(store: Store, ms: number, limit: number): Promise<number> {
  let ended = 0;
  let cursor: string | null = null;
  let pages = 0;
  do {
    ok(pages++ < 200, 'a walk over locks comes to its end');
    const page: TimeoutLocksOutcome = await store.timeoutLocks(ms, cursor, limit);
    ended += page.ended;
    cursor = page.cursor;
  } while (cursor !== null);
  return ended;
}

/** A ledger may have chores of its own, so one sweep may take more calls than another; the whole is the same. */
async function sweepToTheEnd(store: Store, limit: number, only?: 'processing'): Promise<SweepOutcome> {
  const sum = { locks: 0, attempts: 0, tasks: 0, removed: 0 };
  for (let calls = 0; ; calls++) {
    ok(calls < 200, 'a sweep comes to its end');
    const outcome = await store.sweep(limit, only);
    for (const key of ['locks', 'attempts', 'tasks', 'removed'] as const) sum[key] += outcome[key];
    // The next moment may be that of a chore.
    if (!outcome.more) return { ...outcome, ...sum, nextDue: null };
  }
}

async function allNames(store: Store, query: UnitQuery): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const page: UnitNamesPage = await store.unitNames({ ...query, ...(cursor !== null && { cursor }) });
    if (page.kind !== 'names') return [page.kind];
    names.push(...page.names);
    cursor = page.cursor;
  } while (cursor !== null);
  return names.sort();
}

/** By the names of their units; those that found no room in their page are only named. */
async function allResults(store: Store, query: ResultsQuery): Promise<unknown> {
  const found: Record<string, string | null | undefined> = {};
  const carried: Record<string, string> = {};
  let cursor: string | null = null;
  let done = 0;
  do {
    const page: ResultsPage = await store.results({ ...query, ...(cursor !== null && { cursor }) });
    if (page.kind !== 'results') return page.kind;
    for (const [place, name] of page.names.entries()) found[name] = page.results[place];
    for (const [place, context] of page.contexts.entries())
      if (context !== null) carried[page.names[place] as string] = context;
    ({ cursor, done } = page);
  } while (cursor !== null);
  return { done, found: Object.entries(found).sort(), carried: Object.entries(carried).sort() };
}
