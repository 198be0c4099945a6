import { setImmediate as pause } from 'node:timers/promises';
import type { StoreReader, UnitView } from '../index.js';
import { sortNatural, TaskNotFoundError } from '../index.js';
import type { Watched } from './namespaces.js';
import { PAGE } from './reader.js';
import type { UnitsAnswer } from './wire.js';

/** At most so many units go to a page: more are counted only. */
const MAX_UNITS = 20_000;

/** The units of a task by columns, in natural order of their names. */
export async function units({ reader }: Watched, task: string): Promise<UnitsAnswer> {
  const [detail] = await reader.inspect([task]);
  if (!detail) throw new TaskNotFoundError(task);
  const { incarnation, now } = detail;
  const names = await unitNames(reader, task, incarnation);
  const columns = new Columns();
  for (let from = 0; from < names.length; ) {
    const page = await reader.units({ task, incarnation }, names.slice(from, from + PAGE));
    if (page.kind !== 'units') throw new TaskNotFoundError(task);
    for (const view of page.units) columns.add(view);
    from += page.seen;
    // A long read leaves room for the other work of this process.
    if (from < names.length) await pause();
  }
  const { locked, done, failed, expired } = detail.units;
  const known = locked + done + failed + expired;
  return { now, incarnation, omitted: names.length < MAX_UNITS ? 0 : known - names.length, ...columns.answer() };
}

async function unitNames(reader: StoreReader, task: string, incarnation: number): Promise<string[]> {
  const names = new Set<string>();
  let cursor: string | null | undefined;
  do {
    const page = await reader.unitNames({ task, incarnation, limit: PAGE, ...(cursor && { cursor }) });
    if (page.kind !== 'names') throw new TaskNotFoundError(task);
    for (const name of page.names) names.add(name);
    cursor = page.cursor;
  } while (cursor !== null && names.size < MAX_UNITS);
  return sortNatural(names).slice(0, MAX_UNITS);
}

class Columns {
  readonly #views: UnitView[] = [];
  readonly #holders = new Map<string, number>();

  add(view: UnitView): void {
    this.#views.push(view);
    if (!this.#holders.has(view.holder)) this.#holders.set(view.holder, this.#holders.size);
  }

  answer(): Omit<UnitsAnswer, 'now' | 'incarnation' | 'omitted'> {
    const views = this.#views;
    return {
      names: views.map(({ unit }) => unit),
      states: views.map(({ state }) => state),
      holder: views.map(({ holder }) => this.#holders.get(holder) ?? 0),
      holders: [...this.#holders.keys()],
      lockedAt: views.map(({ lockedAt }) => lockedAt),
      until: views.map(({ until }) => until),
      endedAt: views.map(({ endedAt }) => endedAt),
    };
  }
}
