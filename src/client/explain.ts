import { show, TaskNotFoundError } from '../core/errors.js';
import type { TaskState } from '../core/states.js';
import type { TaskDetail } from '../core/store.js';
import { messageOf, shortfallText, troubledUnits, troubleText } from './trouble.js';

/** What a task waits for, for people and for programs. */
export interface Explanation {
  readonly task: string;
  readonly state: TaskState;
  /** One sentence that says it all. */
  readonly sentence: string;
  /** The parts of it, the nearest first. */
  readonly waitsFor: readonly Waiting[];
  /** Everything that is known, read in one step. */
  readonly detail: TaskDetail;
}
export interface Waiting {
  readonly what: 'close' | 'lock' | 'backoff' | 'unit' | 'expected' | 'worker' | 'delay' | 'attempt';
  /** The unit, where it is one. */
  readonly unit?: string;
  readonly holder?: string;
  /** When this ends by itself at the latest, in ms of the store's clock. */
  readonly until?: number;
  /** How many of this kind there are. */
  readonly count: number;
}

export function explain(task: string, detail: TaskDetail | null | undefined): Explanation {
  if (!detail) throw new TaskNotFoundError(task);
  const waitsFor = waits(detail);
  const sentence = `Task ${show(task)} ${stateText(detail)}${waitText(detail, waitsFor)}${spentText(detail)}.`;
  return { task, state: detail.state, sentence, waitsFor, detail };
}

function waits(detail: TaskDetail): Waiting[] {
  switch (detail.state) {
    case 'open':
      return [...locks(detail), ...backoffs(detail), ...closing(detail)];
    case 'locked':
      return [...locks(detail), ...backoffs(detail), ...troubled(detail), ...expected(detail)];
    case 'released': {
      const delayed = detail.due !== null;
      return [delayed ? { what: 'delay', until: detail.due, count: 1 } : { what: 'worker', count: 1 }];
    }
    case 'processing': {
      const { claim } = detail;
      return claim ? [{ what: 'attempt', holder: claim.worker, until: claim.leaseUntil, count: 1 }] : [];
    }
    default:
      return [];
  }
}

function locks({ live, units }: TaskDetail): Waiting[] {
  const [first] = live;
  if (!first) return [];
  return [{ what: 'lock', unit: first.unit, holder: first.holder, until: first.until, count: units.locked }];
}

/** Units that nobody can lock for a while. */
function backoffs({ troubled: units, now }: TaskDetail): Waiting[] {
  const waiting = units.flatMap(({ unit, backoffUntil, final }) =>
    !final && backoffUntil !== null && backoffUntil > now ? [{ unit, until: backoffUntil }] : [],
  );
  const [first] = waiting.sort((a, b) => a.until - b.until);
  return first ? [{ what: 'backoff', ...first, count: waiting.length }] : [];
}

/** Units that nobody can lock any more, though the task takes units. */
function spentText({ state, troubled: units, options }: TaskDetail): string {
  const { unitAttempts } = options;
  if (unitAttempts === null || (state !== 'open' && state !== 'locked')) return '';
  const spent = units.filter(({ final, attempts }) => final && attempts >= unitAttempts);
  if (spent.length === 0) return '';
  return `; nobody can lock again, after ${unitAttempts} attempt(s): ${troubleText(troubledUnits(spent))}`;
}

function troubled(detail: TaskDetail): Waiting[] {
  const { graceUntil, units, deadlineAt, options, unmet, incomplete } = detail;
  if (Array.isArray(options.expect)) {
    const { expect } = options;
    const named = detail.troubled.find(({ unit, final }) => !final && expect.includes(unit));
    const until = deadlineAt === null ? {} : { until: deadlineAt };
    if (!named) return [];
    return [
      { what: 'unit', unit: named.unit, holder: named.holder, ...until, count: unmet - (incomplete?.missing ?? 0) },
    ];
  }
  const first = detail.troubled.find(({ final }) => !final) ?? detail.troubled[0];
  if (!first || graceUntil === null || options.expect !== null) return [];
  const until = Math.min(graceUntil, deadlineAt ?? graceUntil);
  return [{ what: 'unit', unit: first.unit, holder: first.holder, until, count: units.failed + units.expired }];
}

function expected(detail: TaskDetail): Waiting[] {
  const { unmet, deadlineAt, graceUntil, options } = detail;
  if (unmet === 0) return [];
  const name = Array.isArray(options.expect) ? firstMissing(detail) : undefined;
  const until = Math.min(graceUntil ?? Number.POSITIVE_INFINITY, deadlineAt ?? Number.POSITIVE_INFINITY);
  return [
    {
      what: 'expected',
      count: unmet,
      ...(name !== undefined && { unit: name }),
      ...(until < Number.POSITIVE_INFINITY && { until }),
    },
  ];
}

/** A name of the list that was never seen: those stand behind the units that ended, before those that ended with the task. */
function firstMissing({ incomplete, troubled, units }: TaskDetail): string | undefined {
  if (!incomplete || incomplete.missing === 0) return undefined;
  const { names, failed, expired } = incomplete;
  if (units.failed + units.expired > troubled.length) return names[failed + expired];
  return names.find((name) => troubled.every(({ unit }) => unit !== name));
}

function closing({ idleAt, closeAt }: TaskDetail): Waiting[] {
  const moments = [idleAt, closeAt].filter((moment): moment is number => moment !== null);
  return [{ what: 'close', count: 1, ...(moments.length > 0 && { until: Math.min(...moments) }) }];
}

function stateText(detail: TaskDetail): string {
  const { state, units, endedAt, closedAt, now, attempt, options } = detail;
  switch (state) {
    case 'open':
      return `is open with ${units.done} unit(s) done`;
    case 'locked':
      return `was closed ${ago(now - (closedAt ?? now))} ago with ${units.done} unit(s) done`;
    case 'released':
      return attempt === 0 ? 'is released' : `is released again after attempt ${attempt} of ${options.attempts}`;
    case 'processing':
      return `is being processed (attempt ${attempt} of ${options.attempts})`;
    case 'completed':
      return `completed ${ago(now - (endedAt ?? now))} ago`;
    case 'failed':
      return `failed ${ago(now - (endedAt ?? now))} ago (${failureText(detail)})${acknowledgedText(detail)}; retry returns it`;
  }
}

function acknowledgedText({ acknowledgedAt, now }: TaskDetail): string {
  return acknowledgedAt === null ? '' : `, acknowledged ${ago(now - acknowledgedAt)} ago`;
}

function failureText(detail: TaskDetail): string {
  const { failure, reason, errors, incomplete } = detail;
  if (failure === 'incomplete' && incomplete) return `incomplete: ${shortfallText(detail)}`;
  if (failure === 'never-closed') return 'never closed: nothing happened for too long';
  const last = errors[errors.length - 1];
  const text = reason ?? (last === undefined ? '' : messageOf(JSON.parse(last.error)));
  return `${failure}${text === '' ? '' : `: ${text}`}`;
}

function waitText(detail: TaskDetail, waitsFor: readonly Waiting[]): string {
  if (waitsFor.length === 0) return '';
  return `; it waits for ${waitsFor.map((waiting) => partText(detail, waiting)).join(', and for ')}`;
}

/** Sweeps end what is due within about a second: what is overdue for longer, in ms, nobody sweeps. */
const UNSWEPT = 5000;

function partText(detail: TaskDetail, waiting: Waiting): string {
  const { until } = waiting;
  const late = until === undefined ? 0 : detail.now - until;
  if (late <= UNSWEPT) return timelyText(detail, waiting, until === undefined ? '' : `, ${ago(-late)} left`);
  return `${timelyText(detail, waiting, '')} (its time was over ${ago(late)} ago: run a worker, or call sweep())`;
}

function timelyText({ troubled }: TaskDetail, { what, unit, holder, count }: Waiting, left: string): string {
  const others = count > 1 ? ` and ${count - 1} other(s)` : '';
  switch (what) {
    case 'close':
      return `its close${left}`;
    case 'lock':
      return `unit ${show(unit)} held by ${show(holder)}${others}${left}`;
    case 'backoff':
      return `the backoff of unit ${show(unit)}${others}${left}: nobody can lock it until then`;
    case 'unit':
      return `unit ${show(unit)} to be taken over${others}${left} (${troubleText(troubledUnits(troubled))})`;
    case 'expected':
      return `${count} expected unit(s)${unit === undefined ? '' : ` such as ${show(unit)}`}${left}`;
    case 'worker':
      return 'a worker';
    case 'delay':
      return `its backoff${left}`;
    case 'attempt':
      return `worker ${show(holder)}${left}${left === '' ? '' : ' on its lease'}`;
  }
}

function ago(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
