import { deepEqual, ok } from 'node:assert/strict';
import type { Store, SweepOutcome, TimeoutLocksOutcome, UnitNamesPage, UnitQuery } from '../../src/core/store.js';

/** Two stores as one: every call goes to both, and their answers must be equal. */
export function twinStore(first: Store, second: Store): Store {
  const cursors = new Map<string, string | null>();
  const both = async <T>(what: string, ask: (store: Store) => Promise<T>): Promise<T> => {
    const answer = await ask(first);
    deepEqual(await ask(second), answer, `${what}: the second store answers as the first`);
    return answer;
  };
  return {
    name: first.name,
    namespace: (name) => twinStore(first.namespace(name), second.namespace(name)),
    apply: (calls) => both('apply', (store) => store.apply(calls)),
    claim: (calls) => both('claim', (store) => store.claim(calls)),
    sweep: (limit, only) => both('sweep', (store) => sweepToTheEnd(store, limit, only)),
    stats: () => both('stats', (store) => store.stats()),
    inspect: (tasks) => both('inspect', (store) => store.inspect(tasks)),
    units: (query, names) => both('units', (store) => store.units(query, names)),
    tasks: (query) => both('tasks', (store) => store.tasks(query)),
    events: (query) => both('events', (store) => store.events(query)),
    // Cursors, and the order of unit names, are each store's own.
    timeoutLocks: async (ms, cursor, limit): Promise<TimeoutLocksOutcome> => {
      const page = await first.timeoutLocks(ms, cursor, limit);
      const other = await second.timeoutLocks(ms, cursor === null ? null : (cursors.get(cursor) ?? null), limit);
      deepEqual([other.ended, other.cursor === null], [page.ended, page.cursor === null], 'timeoutLocks');
      if (page.cursor !== null) cursors.set(page.cursor, other.cursor);
      return page;
    },
    unitNames: async (query): Promise<UnitNamesPage> => {
      if (query.cursor === undefined) {
        deepEqual(await allNames(second, query), await allNames(first, query), 'unitNames');
      }
      return first.unitNames(query);
    },
    close: async () => {
      await Promise.all([first.close(), second.close()]);
    },
  };
}

/** A ledger may have chores of its own, so one sweep may take more calls than another; the whole is the same. */
async function sweepToTheEnd(store: Store, limit: number, only?: 'processing'): Promise<SweepOutcome> {
  const sum = { locks: 0, attempts: 0, tasks: 0, removed: 0 };
  for (let calls = 0; ; calls++) {
    ok(calls < 200, 'a sweep comes to its end');
    const outcome = await store.sweep(limit, only);
    for (const key of ['locks', 'attempts', 'tasks', 'removed'] as const) sum[key] += outcome[key];
    if (!outcome.more) return { ...outcome, ...sum };
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
