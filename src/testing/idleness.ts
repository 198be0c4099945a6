import type { Store, TaskView } from '../core/store.js';
import type { Watch } from './watched-store.js';

/** How many things a refusal names. */
const NAMED = 10;

/** Resolves when nothing is under way; looks again after each change. @throws Error after `timeout` ms of real time */
export async function waitUntilIdle(watch: Watch, timeout: number): Promise<void> {
  let isOver = false;
  let giveUp = (): void => {};
  const end = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const timer = setTimeout(() => {
    isOver = true;
    giveUp();
  }, timeout);
  try {
    for (;;) {
      // Asked for before the look: what changes during it is not missed.
      const { change } = watch;
      const busy = await underWay(watch);
      if (busy.length === 0) return;
      if (isOver) throw new Error(`Not idle after ${timeout} ms: ${sentence(busy)}.`);
      await Promise.race([change, end]);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function underWay(watch: Watch): Promise<string[]> {
  const all: string[] = [];
  for (const store of watch.namespaces.values()) {
    // Delayed tasks are listed apart: they wait for time.
    for (const state of ['released', 'processing', 'open', 'locked'] as const) {
      for await (const task of tasksIn(store, state)) all.push(...whatIsBusy(store, task));
    }
  }
  return all;
}

function whatIsBusy(store: Store, { task, state, units }: TaskView): string[] {
  const name = `task ${JSON.stringify(task)} of ${JSON.stringify(store.name)}`;
  if (state === 'processing') return [`${name} is being processed`];
  if (state === 'released') return [`${name} waits for a worker`];
  return units.locked > 0 ? [`${name} has ${units.locked} locked unit(s)`] : [];
}

async function* tasksIn(store: Store, state: TaskView['state']): AsyncGenerator<TaskView, void, undefined> {
  let cursor: string | null | undefined;
  do {
    const page = await store.tasks({ state, limit: 1000, ...(cursor != null && { cursor }) });
    yield* page.tasks;
    cursor = page.cursor;
  } while (cursor !== null);
}

function sentence(busy: readonly string[]): string {
  const rest = busy.length - NAMED;
  return busy.slice(0, NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
