import type { TaskEvent, TaskView } from '../index.js';
import type { EventRow, Shelf, TaskRow } from './wire.js';

export function shelfOf({ state, due }: Pick<TaskView, 'state' | 'due'>): Shelf {
  return state === 'released' && due !== null ? 'delayed' : state;
}

/** A task as lists show it: field by field, so that a payload never comes along by accident. */
export function rowOf(view: TaskView): TaskRow {
  const { task, incarnation, createdAt, closedAt, closedBy, releasedAt, endedAt, due } = view;
  const { units, outstanding, attempt, failure, reason } = view;
  const times = { createdAt, closedAt, closedBy, releasedAt, endedAt, due };
  return { task, incarnation, shelf: shelfOf(view), ...times, units, outstanding, attempt, failure, reason };
}

export function eventRow({ cursor, at, kind, task, incarnation, state, attempt, failure }: TaskEvent): EventRow {
  return { cursor, at, kind, task, incarnation, state, attempt, failure };
}
