import type { Stats, TaskView } from '../index.js';
import type { Seen } from './activity.js';
import { shelfOf } from './rows.js';
import type { Alert, WaitingTask } from './wire.js';

/** A closed task that waits longer than this is worth a sentence, in ms. */
const LONG_WAIT = 30_000;
/** So is a released one that no worker takes. */
const LONG_QUEUE = 30_000;
/** What should have ended so long ago shows that nobody sweeps: a worker does it every second. */
const OVERDUE = 10_000;
/** Failures are told for so long. */
const RECENT = 900_000;
const MAX_WAITING = 3;

/** What an operator should know, the most pressing first. */
export function alertsOf(known: {
  readonly now: number;
  readonly stats: Stats;
  readonly waiting: readonly WaitingTask[];
  readonly firstDue: TaskView | undefined;
  readonly backlog: TaskView | undefined;
  readonly seen: Seen;
}): Alert[] {
  const { now, stats, waiting, firstDue, backlog, seen } = known;
  const alerts: Alert[] = [];
  if (firstDue?.due != null && now - firstDue.due > OVERDUE) {
    alerts.push({ kind: 'overdue', task: firstDue.task, shelf: shelfOf(firstDue), since: firstDue.due });
  }
  const failed = seen.events.filter(({ kind, at }) => kind === 'failed' && now - at < RECENT);
  const last = failed[failed.length - 1];
  // Those retried or removed since then are nobody's concern any more.
  if (last && stats.deadLetters > 0) {
    const { task, failure } = last;
    alerts.push({ kind: 'failed', task, failure, since: last.at, count: Math.min(failed.length, stats.deadLetters) });
  }
  const long = waiting.filter(({ shelf, since }) => shelf === 'locked' && now - since > LONG_WAIT);
  alerts.push(...long.slice(0, MAX_WAITING).map((task): Alert => ({ kind: 'waiting', ...task })));
  if (backlog?.releasedAt != null && now - backlog.releasedAt > LONG_QUEUE) {
    const { task, releasedAt } = backlog;
    const { lastClaimAt } = seen;
    alerts.push({ kind: 'backlog', task, count: stats.released, since: releasedAt, lastClaimAt });
  }
  return alerts;
}
