/** The reading side: pages that never hold more than they may, read in one step each. */
import type { UnitState } from '../../core/states.js';
import type {
  EventsPage,
  TaskQuery,
  TasksPage,
  UnitNamesPage,
  UnitQuery,
  UnitsPage,
  UnitView,
} from '../../core/store.js';
import { MAX_BATCH_BYTES, MAX_PAGE } from '../../core/store.js';
import { byBytes } from './order.js';
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

export function unitNames(tx: Transaction, query: UnitQuery): UnitNamesPage {
  const task = readable(tx, query);
  if (typeof task === 'string') return { kind: task };
  const limit = Math.min(query.limit, MAX_PAGE);
  const names = listNames(tx, task, query.state, query.cursor ?? '', limit);
  const last = names.length < limit ? undefined : names[names.length - 1];
  return { kind: 'names', incarnation: task.id, names, cursor: last ?? null };
}

function listNames(tx: Transaction, task: TaskRecord, state: UnitState | undefined, after: string, limit: number) {
  const { ledger } = tx;
  if (state === undefined) return ledger.unitNames(task.id, after, limit);
  if (state === 'done' || state === 'failed') return ledger.unitNamesIn(task.id, state, after, limit);
  // The records of locks that the floor ended lag behind: they stand among the locked ones and read as expired.
  const isIn = (name: string): boolean => {
    const unit = tx.unit(task, name);
    return unit !== undefined && unitState(task, unit) === state;
  };
  const expired = state === 'expired' ? ledger.unitNamesIn(task.id, 'expired', after, limit) : [];
  if (task.live === 0 && state === 'locked') return [];
  const found: string[] = [];
  let from = after;
  while (found.length < limit) {
    const page = ledger.unitNamesIn(task.id, 'locked', from, limit);
    found.push(...page.filter(isIn));
    from = page[page.length - 1] ?? from;
    if (page.length < limit) break;
  }
  return [...expired, ...found].sort(byBytes).slice(0, limit);
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
  const from = Number(after);
  const listed = tx.ledger.events(from, Math.min(limit, MAX_PAGE));
  const first = tx.ledger.firstEvent() ?? newest + 1;
  const page = listed.map(({ sequence, event }) => ({ cursor: String(sequence), ...event }));
  return { events: page, cursor: page[page.length - 1]?.cursor ?? String(from), gap: from > 0 && first > from + 1 };
}
