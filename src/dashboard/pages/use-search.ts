import { useEffect, useRef, useState } from 'preact/hooks';
import type { Stats } from '../../index.js';
import type { Shelf, TaskRow, TasksAnswer } from '../wire.js';
import { ask, RefusedError } from './api.js';
import { learnNow } from './clock.js';
import { connection } from './feed.js';

/** A search pauses when it has found so many. */
const ENOUGH = 50;

interface Search {
  readonly tasks: readonly TaskRow[];
  readonly stats: Stats | undefined;
  readonly scanned: number;
  readonly cursor: string | null | undefined;
  readonly isSearching: boolean;
  readonly refusal: RefusedError | undefined;
}
const NOTHING: Search = {
  tasks: [],
  stats: undefined,
  scanned: 0,
  cursor: undefined,
  isSearching: true,
  refusal: undefined,
};

/** Looks for a name page by page, showing what was found as it comes, until there is enough or no more. */
export function useSearch(namespace: string, state: Shelf | undefined, q: string) {
  const [search, setSearch] = useState<Search>(NOTHING);
  const running = useRef<AbortController>(undefined);
  const run = async (from: Search): Promise<void> => {
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    const { signal } = stop;
    let known = { ...from, isSearching: true };
    const target = from.tasks.length + ENOUGH;
    setSearch(known);
    try {
      while (known.isSearching) {
        const cursor = known.cursor ?? undefined;
        const answer = await ask<TasksAnswer>('tasks', { namespace, state, q, cursor }, signal);
        learnNow(answer.now);
        known = extended(known, answer, target);
        setSearch(known);
      }
    } catch (error) {
      if (signal.aborted) return;
      const refusal = error instanceof RefusedError ? error : undefined;
      setSearch({ ...known, isSearching: false, refusal });
    }
  };
  useEffect(() => {
    connection.value = 'still';
    void run(NOTHING);
    return () => running.current?.abort();
  }, [namespace, state, q]);
  const { cursor } = search;
  return {
    ...search,
    hasMore: typeof cursor === 'string',
    goOn: () => void run(search),
    again: () => void run(NOTHING),
  };
}

function extended(known: Search, answer: TasksAnswer, target: number): Search {
  const seen = new Set(known.tasks.map(({ task }) => task));
  const tasks = [...known.tasks, ...answer.tasks.filter(({ task }) => !seen.has(task))];
  return {
    tasks,
    stats: answer.stats,
    scanned: known.scanned + answer.scanned,
    cursor: answer.cursor,
    isSearching: answer.cursor !== null && tasks.length < target,
    refusal: undefined,
  };
}
