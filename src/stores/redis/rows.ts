/** The lists of plain values that the reading functions return, as what the contract names. `null` is null. */

import { lastErrors } from '../../core/attempt-errors.js';
import { DEFAULT_TASK_OPTIONS } from '../../core/options.js';
import type { ClosedBy, FailureReason } from '../../core/states.js';
import type {
  AttemptError,
  Backoff,
  ClaimedTask,
  Shortfall,
  TaskDetail,
  TaskEvent,
  TaskEventKind,
  TaskOptions,
  TaskView,
  UnitView,
} from '../../core/store.js';
import { stateOf, UNIT_STATES_BY_NUMBER } from './answers.js';

export type Value = string | number | null | readonly Value[];
export type Row = readonly Value[];

function number(value: Value | undefined): number {
  return Number(value);
}
function numberOrNull(value: Value | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
function textOrNull(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
function row(value: Value | undefined): Row {
  return Array.isArray(value) ? (value as Row) : [];
}

export function taskView(values: Row): TaskView {
  const [task, id, state, createdAt, closedAt, closedBy, releasedAt, endedAt, due, ...rest] = values;
  const [live, done, failed, expired, outstanding, attempt, failure, reason, acknowledgedAt] = rest;
  return {
    task: String(task),
    incarnation: number(id),
    state: stateOf(number(state)),
    createdAt: number(createdAt),
    closedAt: numberOrNull(closedAt),
    closedBy: textOrNull(closedBy) as ClosedBy | null,
    releasedAt: numberOrNull(releasedAt),
    endedAt: numberOrNull(endedAt),
    due: numberOrNull(due),
    units: { locked: number(live), done: number(done), failed: number(failed), expired: number(expired) },
    outstanding: number(outstanding),
    attempt: number(attempt),
    failure: textOrNull(failure) as FailureReason | null,
    reason: textOrNull(reason),
    acknowledgedAt: numberOrNull(acknowledgedAt),
  };
}

export function unitView(values: Row): UnitView {
  const [unit, state, token, holder, lockedAt, renewedAt, until, endedAt, final, ...rest] = values;
  const [error, result, context, attempts, backoffUntil] = rest;
  return {
    unit: String(unit),
    state: UNIT_STATES_BY_NUMBER[number(state)] ?? 'expired',
    token: number(token),
    holder: String(holder),
    lockedAt: number(lockedAt),
    renewedAt: number(renewedAt),
    until: number(until),
    endedAt: numberOrNull(endedAt),
    final: final === 1,
    attempts: number(attempts),
    backoffUntil: numberOrNull(backoffUntil),
    error: textOrNull(error),
    result: textOrNull(result),
    context: textOrNull(context),
  };
}

function shortfall(value: Value | undefined): Shortfall | null {
  if (!Array.isArray(value)) return null;
  const [failed, expired, missing, names, total] = value as Row;
  const counts = { failed: number(failed), expired: number(expired), missing: number(missing) };
  // Older versions wrote no total.
  const sum = counts.failed + counts.expired + counts.missing;
  return { ...counts, total: total === undefined ? sum : number(total), names: row(names).map(String) };
}

export function taskDetail(values: Row, now: number): TaskDetail {
  const [view, info, result, deadlineAt, graceUntil, idleAt, closeAt, claim, short, unmet, ...rest] = values;
  const [live, troubled, errors, options, expected] = rest;
  return {
    ...taskView(row(view)),
    now,
    info: textOrNull(info),
    result: textOrNull(result),
    options: { ...namedOptions(row(options)), expect: expectation(expected) },
    deadlineAt: numberOrNull(deadlineAt),
    graceUntil: numberOrNull(graceUntil),
    idleAt: numberOrNull(idleAt),
    closeAt: numberOrNull(closeAt),
    claim: claimView(claim),
    incomplete: shortfall(short),
    unmet: number(unmet),
    live: row(live).map((unit) => unitView(row(unit))),
    troubled: row(troubled).map((unit) => unitView(row(unit))),
    errors: lastErrors(row(errors).map((error) => attemptError(row(error)))),
  };
}

function claimView(value: Value | undefined): TaskDetail['claim'] {
  if (!Array.isArray(value)) return null;
  const [token, worker, since, leaseUntil, timeoutAt] = value as Row;
  return {
    token: number(token),
    worker: String(worker),
    since: number(since),
    leaseUntil: number(leaseUntil),
    timeoutAt: number(timeoutAt),
  };
}

function attemptError(values: Row): AttemptError {
  const [attempt, at, worker, error] = values;
  return { attempt: number(attempt), at: number(at), worker: String(worker), error: String(error) };
}

function expectation(value: Value | undefined): TaskOptions['expect'] {
  if (Array.isArray(value)) return (value as Row).map(String);
  const count = number(value);
  return count < 0 ? null : count;
}

/** The places of options that few tasks have. */
const UNIT_ATTEMPTS = 11;
const UNIT_BACKOFF = 12;

function namedBackoff(value: Value | undefined): Backoff | null {
  if (typeof value !== 'string' || value === '') return DEFAULT_TASK_OPTIONS.unitBackoff;
  const [base = 0, factor = 0, max = 0, jitter = 0] = value.split(' ').map(Number);
  return { base, factor, max, jitter };
}

/** Options as they were named, by place; what was not named has its default. */
function namedOptions(values: Row): Omit<TaskOptions, 'expect'> {
  const named = (place: number): number | undefined => {
    const value = values[place];
    return value === undefined || value === '' || value === '-' ? undefined : Number(value);
  };
  const { backoff, ...defaults } = DEFAULT_TASK_OPTIONS;
  const [attempts, timeout, base, factor, max, jitter, deadline, unitGrace, incomplete, worker, retention] = Array.from(
    { length: 11 },
    (_, place) => named(place),
  );
  const spread: Backoff = {
    base: base ?? backoff.base,
    factor: factor ?? backoff.factor,
    max: max ?? backoff.max,
    jitter: jitter ?? backoff.jitter,
  };
  return {
    attempts: attempts ?? defaults.attempts,
    timeout: timeout ?? defaults.timeout,
    backoff: spread,
    deadline: deadline ?? defaults.deadline,
    unitGrace: unitGrace ?? defaults.unitGrace,
    unitAttempts: named(UNIT_ATTEMPTS) ?? defaults.unitAttempts,
    unitBackoff: namedBackoff(values[UNIT_BACKOFF]),
    incomplete: incomplete === undefined ? defaults.incomplete : incomplete === 1 ? 'release' : 'fail',
    worker: worker === undefined ? defaults.worker : worker === 1,
    retention: retention ?? defaults.retention,
  };
}

export function claimedTask(values: Row, now: number): ClaimedTask {
  const [task, id, createdAt, token, attempt, attempts, info, leaseUntil, timeoutAt, closedAt, ...rest] = values;
  const [releasedAt, done, short, context] = rest;
  return {
    task: String(task),
    incarnation: number(id),
    createdAt: number(createdAt),
    token: number(token),
    attempt: number(attempt),
    attempts: number(attempts),
    info: textOrNull(info),
    leaseUntil: number(leaseUntil),
    timeoutAt: number(timeoutAt),
    now,
    closedAt: number(closedAt),
    releasedAt: number(releasedAt),
    done: number(done),
    incomplete: shortfall(short),
    context: textOrNull(context),
  };
}

/** An event as the library wrote it: at, kind, state, incarnation, attempt, failure, then the task's name. */
export function taskEvent(text: string): Omit<TaskEvent, 'cursor'> {
  const [, at, kind, state, incarnation, attempt, failure, task] =
    /^(\d+) (\S+) (\d) (\d+) (\d+) (\S+) (.*)$/s.exec(text) ?? [];
  return {
    at: Number(at),
    kind: kind as TaskEventKind,
    task: task ?? '',
    incarnation: Number(incarnation),
    state: stateOf(Number(state)),
    attempt: Number(attempt),
    failure: failure === '-' ? null : (failure as FailureReason),
  };
}
