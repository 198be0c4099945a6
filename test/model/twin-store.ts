import { deepEqual, ok } from 'node:assert/strict';
import type {
  EventsPage,
  FailedPage,
  ResultsPage,
  ResultsQuery,
  Shortfall,
  Store,
  SweepOutcome,
  TaskQuery,
  TasksPage,
  TaskView,
  TimeoutLocksOutcome,
  UnitNamesPage,
  UnitQuery,
  UnitView,
} from '../../src/core/store.js';

/** Two stores as one: every call goes to both, and their answers must be equal. */
export function twinStore(first: Store, second: Store): Store {
  const [ofFirst, ofSecond] = [new Shown(), new Shown()];
  const compare = (what: string, answer: unknown, other: unknown): void =>
    deepEqual(ofSecond.of(other), ofFirst.of(answer), `${what}: the second store answers as the first`);
  const both = async <T>(what: string, ask: (store: Store) => Promise<T>): Promise<T> => {
    const answer = await ask(first);
    compare(what, answer, await ask(second));
    return answer;
  };
  return {
    name: second.name,
    namespace: (name) => twinStore(first.namespace(name), second.namespace(name)),
    shardOf: (task) => first.shardOf(task),
    apply: (calls) => both('apply', (store) => store.apply(calls)),
    claim: async (calls) => {
      const answer = await first.claim(calls);
      const other = await second.claim(calls);
      compare('claim', answer, other);
      return answer.map((outcome, place) => lacking(outcome, other[place]));
    },
    sweep: async (limit, only) => {
      const steps = (await isPastDeadline(first)) ? Math.max(limit, 1000) : limit;
      return both('sweep', (store) => sweepToTheEnd(store, steps, only));
    },
    // By their moments, which sweeps and clocks make the same in both.
    failedTasks: async (limit) => {
      const { nextIn } = await both('failedTasks', async (store) => sorted(await store.failedTasks(limit)));
      return { ...(await first.failedTasks(limit)), nextIn };
    },
    stats: () => both('stats', (store) => store.stats()),
    inspect: async (tasks) => {
      const answer = await first.inspect(tasks);
      const other = await second.inspect(tasks);
      compare('inspect', answer, other);
      return answer.map(
        (detail, place) => detail && lacking({ ...detail, due: later(detail.due, other[place]?.due) }, other[place]),
      );
    },
    units: (query, names) => both('units', (store) => store.units(query, names)),
    events: async (query) => {
      const answer = await first.events(query);
      compare('events', byTask(answer), byTask(await second.events(query)));
      return answer;
    },
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

function sorted({ tasks, nextIn }: FailedPage): FailedPage {
  return { tasks: tasks.toSorted(), nextIn };
}

/** Where a deadline is over a store in small steps gets to some locks before it, and which ones is its own matter. */
async function isPastDeadline(store: Store): Promise<boolean> {
  const { tasks } = await store.tasks({ state: 'locked', limit: 1000 });
  const details = await store.inspect(tasks.map(({ task }) => task));
  return details.some((detail) => detail !== null && (detail.deadlineAt ?? Infinity) <= detail.now);
}

/** What one sweep did to several tasks is told in any order: by their names here, that of each task in its own order. */
function byTask(page: EventsPage): EventsPage {
  const events = page.events.toSorted((a, b) => a.at - b.at || Number(a.task > b.task) - Number(a.task < b.task));
  return { ...page, events: events.map((event, place) => ({ ...event, cursor: page.events[place]?.cursor ?? '' })) };
}

/** Whoever looks at the twin sees when the slower of both looks at the task again. */
function later(due: number | null, other: number | null | undefined): number | null {
  return due === null || other === null || other === undefined ? null : Math.max(due, other);
}

/**
 * An answer of the first store that names what is missing as the second one does: whoever looks at the twin knows the order of
 * those names, but for some of them.
 */
function lacking<T extends object>(answer: T, other: unknown): T {
  return 'incomplete' in answer ? { ...answer, incomplete: (other as T & { incomplete: unknown }).incomplete } : answer;
}

/** An answer without what is each store's own. */
class Shown {
  /** Incarnations in the order in which they were seen: their numbers are the store's own. */
  readonly #incarnations = new Map<unknown, number>();

  of(answer: unknown): unknown {
    if (Array.isArray(answer)) return answer.map((item) => this.of(item));
    if (typeof answer !== 'object' || answer === null) return answer;
    const shown: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(answer)) {
      // When it looks at a task again is its own matter, if only it is in time.
      if (key === 'due' && 'incarnation' in answer) shown.isInQueue = value === null;
      else if (key === 'incarnation') shown.incarnation = this.#place(value);
      else if (key === 'names' && 'missing' in answer) shown.names = namesLacking(answer as Shortfall);
      else shown[key] = key in LISTS ? LISTS[key]?.(value as never[]) : this.of(value);
    }
    return shown;
  }

  #place(incarnation: unknown): number {
    const place = this.#incarnations.get(incarnation) ?? this.#incarnations.size;
    this.#incarnations.set(incarnation, place);
    return place;
  }
}

/** In any order here; of more than are named some are any. */
function namesLacking({ failed, expired, missing, names }: Shortfall): unknown {
  return failed + expired + missing > names.length ? names.length : [...names].sort();
}

/** Lists whose order is fixed but for some items: those are put into one of ours. */
const LISTS: Readonly<Record<string, (list: never[]) => unknown>> = {
  names: (names: string[]) => [...names].sort(),
  // The soonest to run out first; of equal ones either.
  live: (units: UnitView[]) => {
    const deadlines = units.map(({ until }) => until);
    deepEqual(
      deadlines.toSorted((a, b) => a - b),
      deadlines,
      'live locks stand in the order of their deadlines',
    );
    return units.map((unit) => JSON.stringify(unit)).sort();
  },
  // The failed ones first.
  troubled: (units: UnitView[]) => {
    const failed = units.filter(({ state }) => state === 'failed');
    deepEqual(units.slice(0, failed.length), failed, 'failed units stand before expired ones');
    return units.map((unit) => JSON.stringify(unit)).sort();
  },
};

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
