/** The reading side: pages that never hold more than they may, read in one step each. */
import { InvalidArgumentError, StoreCorruptError } from '../../core/errors.js';
import type { UnitState } from '../../core/states.js';
import type {
  EventsPage,
  ResultsPage,
  ResultsQuery,
  TaskQuery,
  TasksPage,
  UnitNamesPage,
  UnitQuery,
  UnitsPage,
  UnitView,
} from '../../core/store.js';
import { MAX_BATCH_BYTES, MAX_PAGE } from '../../core/store.js';
import type { Position } from './ledger.js';
import type { TaskRecord } from './records.js';
import { unitState } from './records.js';
import type { Transaction } from './transaction.js';
import { taskView, unitView } from './views.js';

/** The task a page is read from, or why not. */
function readable(
  tx: Transaction,
  query: Pick<UnitQuery, 'task' | 'token' | 'incarnation'>,
): TaskRecord | 'stale' | 'not-found' {
  const task = tx.find(query.task);
  if (query.token !== undefined && task?.claim?.token !== query.token) return 'stale';
  if (query.incarnation !== undefined && task?.id !== query.incarnation) return 'stale';
  return task === undefined || task.shelf === 'removed' ? 'not-found' : task;
}

/** Where a page goes on. */
function positionOf(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  try {
    return JSON.parse(cursor) as Position;
  } catch (cause) {
    throw new InvalidArgumentError('cursor', cursor, 'the cursor of the page before', { cause });
  }
}

export function unitNames(tx: Transaction, query: UnitQuery): UnitNamesPage {
  const task = readable(tx, query);
  if (typeof task === 'string') return { kind: task };
  const limit = Math.min(query.limit, MAX_PAGE);
  const { state } = query;
  const from = positionOf(query.cursor) as NamesCursor | undefined;
  const { names, next } =
    state === undefined || state === 'done'
      ? tx.ledger.unitNames(task.id, state ?? 'all', limit, from)
      : unfinishedNames(tx, task, state, limit, from);
  return { kind: 'names', incarnation: task.id, names, cursor: next && JSON.stringify(next) };
}

/** Locks that the floor ended stand among the locked ones and read as expired: `locked` says that those are next. */
interface NamesCursor extends Position {
  readonly locked?: true;
}

function unfinishedNames(tx: Transaction, task: TaskRecord, state: UnitState, limit: number, from?: NamesCursor) {
  const stored = state === 'expired' && from?.locked ? 'locked' : state;
  const page = tx.ledger.unfinished(task.id, stored, limit, undefined, from);
  const names = page.filter((unit) => unitState(task, unit) === state).map(({ name }) => name);
  const last = page.length < limit ? undefined : page[page.length - 1];
  const rest = stored === 'locked' ? ({ locked: true } as const) : undefined;
  if (last) return { names, next: { score: last.until, key: last.place, ...rest } };
  const turns = state === 'expired' && stored === 'expired';
  return { names, next: turns ? ({ score: -1, key: 0, locked: true } as const) : null };
}

export function units(
  tx: Transaction,
  query: Pick<UnitQuery, 'task' | 'token' | 'incarnation'>,
  names: readonly string[],
): UnitsPage {
  const task = readable(tx, query);
  if (typeof task === 'string') return { kind: task };
  const found: UnitView[] = [];
  let bytes = 0;
  let seen = 0;
  for (const name of names.slice(0, MAX_PAGE)) {
    const unit = tx.unit(task, name);
    const view = unit && unitView(task, unit);
    bytes += (view?.result?.length ?? 0) + (view?.error?.length ?? 0);
    if (bytes > MAX_BATCH_BYTES && found.length > 0) break;
    if (view) found.push(view);
    seen++;
  }
  return { kind: 'units', units: found, seen };
}

export function results(tx: Transaction, query: ResultsQuery): ResultsPage {
  const task = readable(tx, query);
  if (typeof task === 'string') return { kind: 'stale' };
  const from = positionOf(query.cursor);
  const { names, next } = tx.ledger.unitNames(task.id, 'done', Math.min(query.limit, MAX_PAGE), from);
  const texts: (string | null)[] = [];
  const contexts: (string | null)[] = [];
  let bytes = 0;
  for (const name of names) {
    const unit = tx.unit(task, name);
    if (!unit) throw new StoreCorruptError(`unit ${name} of task ${task.name}`);
    const { result, context } = unit;
    bytes += (result?.length ?? 0) + (context?.length ?? 0);
    if (bytes > MAX_BATCH_BYTES && texts.length > 0) break;
    texts.push(result);
    contexts.push(context);
  }
  return { kind: 'results', done: task.done, names, results: texts, contexts, cursor: next && JSON.stringify(next) };
}

export function tasks(tx: Transaction, query: TaskQuery): TasksPage {
  const limit = Math.min(query.limit, MAX_PAGE);
  const [score, key] = query.cursor === undefined ? [] : query.cursor.split(':').map(Number);
  const after = score === undefined || key === undefined ? undefined : { score, key };
  const listed = tx.ledger.shelf(query.state, limit, undefined, after);
  const last = listed.length < limit ? undefined : listed[listed.length - 1];
  return { tasks: listed.map(taskView), cursor: last ? `${last.due}:${last.id}` : null };
}

export function events(tx: Transaction, after: string | undefined, limit: number): EventsPage {
  const newest = tx.shard.lastEvent;
  if (after === undefined) return { events: [], cursor: String(newest), gap: false };
  const from = /^\d{1,15}$/.test(after) ? Number(after) : undefined;
  if (from === undefined) throw new InvalidArgumentError('options.since', after, "the cursor of an event, or '0'");
  const listed = tx.ledger.events(from, Math.min(limit, MAX_PAGE));
  const page = listed.map(({ sequence, event }) => ({ cursor: String(sequence), ...event }));
  // Trimmed, or lost: the store went back to an older state.
  const gap = from > 0 && from !== newest && !tx.ledger.hasEvent(from);
  return { events: page, cursor: page[page.length - 1]?.cursor ?? String(gap ? newest : from), gap };
}
