import type { StoreReader } from '../index.js';
import { PAGE } from './reader.js';
import { Refusal } from './refusal.js';
import { rowOf, shelfOf } from './rows.js';
import type { Shelf, TaskRow } from './wire.js';
import { LISTED_SHELVES } from './wire.js';

export interface Filter {
  /** Only these, in this order. */
  readonly shelves: readonly Shelf[];
  /** Part of the name, in any case. Empty for all. */
  readonly search: string;
}
export interface Found {
  readonly rows: readonly TaskRow[];
  readonly cursor: string | null;
  readonly scanned: number;
}

/**
 * Tasks that match, from a cursor on, at most `limit`. A search looks at tasks for about `budget` ms and says where to
 * go on: nothing scans 100 000 tasks in one request.
 */
export async function searchTasks(
  reader: StoreReader,
  filter: Filter,
  { cursor, limit, budget }: { readonly cursor?: string | undefined; readonly limit: number; readonly budget: number },
): Promise<Found> {
  const end = performance.now() + budget;
  const wanted = filter.search.toLowerCase();
  const rows: TaskRow[] = [];
  let scanned = 0;
  let at = positionOf(filter.shelves, cursor);
  while (at) {
    // Without a search every task is a match, and a page is read no longer than it is shown.
    const size = wanted === '' ? Math.min(PAGE, limit - rows.length) : PAGE;
    const page = await pageOf(reader, at, size);
    for (const [index, view] of page.tasks.entries()) {
      scanned++;
      if (!view.task.toLowerCase().includes(wanted)) continue;
      rows.push(rowOf(view));
      if (rows.length < limit) continue;
      const isLast = index === page.tasks.length - 1;
      return { rows, cursor: isLast ? textOf(next(filter, at, page.cursor)) : cursorBehind(at, index + 1), scanned };
    }
    at = next(filter, at, page.cursor);
    if (at && performance.now() > end) return { rows, cursor: textOf(at), scanned };
  }
  return { rows, cursor: null, scanned };
}

/** Where a list goes on: on a shelf, behind the cursor of its store, behind some tasks of the page there. */
interface Position {
  readonly shelf: Shelf;
  readonly cursor: string | null;
  readonly skip: number;
}

async function pageOf(reader: StoreReader, { shelf, cursor, skip }: Position, size: number) {
  const limit = Math.min(PAGE, size + skip);
  const page = await reader.tasks({ state: shelf, limit, ...(cursor !== null && { cursor }) });
  return { cursor: page.cursor, tasks: page.tasks.slice(skip) };
}

function next({ shelves }: Filter, { shelf }: Position, cursor: string | null): Position | undefined {
  if (cursor !== null) return { shelf, cursor, skip: 0 };
  const following = shelves[shelves.indexOf(shelf) + 1];
  return following && { shelf: following, cursor: null, skip: 0 };
}

function cursorBehind({ shelf, cursor, skip }: Position, seen: number): string {
  return textOf({ shelf, cursor, skip: skip + seen }) ?? '';
}

function textOf(position: Position | undefined): string | null {
  return position ? `${position.shelf}~${position.skip}~${position.cursor ?? ''}` : null;
}

function positionOf(shelves: readonly Shelf[], text: string | undefined): Position | undefined {
  if (text === undefined) return shelves[0] && { shelf: shelves[0], cursor: null, skip: 0 };
  const [, word, skip, cursor] = /^([a-z]+)~(\d{1,3})~(.*)$/s.exec(text) ?? [];
  const shelf = shelves.find((candidate) => candidate === word);
  if (!shelf)
    throw new Refusal(400, 'INVALID_ARGUMENT', 'cursor is not what it must be; allowed: the cursor of a page.');
  return { shelf, cursor: cursor === '' || cursor === undefined ? null : cursor, skip: Number(skip) };
}

/** The task of exactly this name, if it is on one of these shelves. */
export async function exactTask(
  reader: StoreReader,
  name: string,
  shelves = LISTED_SHELVES,
): Promise<TaskRow | undefined> {
  if (name === '' || Buffer.byteLength(name) > 512) return undefined;
  const [detail] = await reader.inspect([name]);
  return detail && shelves.includes(shelfOf(detail)) ? rowOf(detail) : undefined;
}
