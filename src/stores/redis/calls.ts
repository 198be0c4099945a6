/** Calls as the function `apply` takes them: by task, and in each task as runs of like calls in a row. */
import type { Call, LockCall, TaskOptions, UnlockCall } from '../../core/store.js';

/** What only the store itself asks of a task. */
export interface SweepCall {
  readonly verb: 'sweep';
  readonly task: string;
  readonly incarnation: number;
  readonly random: number;
  /** How many locks it may end. */
  readonly limit: number;
  /** It is due for removal because there are too many, not because its time is over. */
  readonly surplus: boolean;
}
export interface EndOldLocksCall {
  readonly verb: 'endOldLocks';
  readonly task: string;
  readonly ms: number;
  readonly cursor: string;
}
export type AnyCall = Call | SweepCall | EndOldLocksCall;

/** The calls of one batch on one task, in their order. */
export interface TaskCalls {
  readonly task: string;
  readonly calls: AnyCall[];
  /** The places of the calls in the batch. */
  readonly places: number[];
}

/** What goes to the function beside the keys. */
export interface Encoding {
  /** The nonce of locks that have none of their own. */
  readonly nonce: string;
  /** In [0, 1): the jitter of the backoff. */
  readonly random: () => number;
}

/** By task, in the order in which tasks come first. */
export function byTask(calls: readonly AnyCall[], places: readonly number[]): TaskCalls[] {
  const groups = new Map<string, TaskCalls>();
  for (const place of places) {
    const call = calls[place] as AnyCall;
    let group = groups.get(call.task);
    if (!group) {
      group = { task: call.task, calls: [], places: [] };
      groups.set(call.task, group);
    }
    group.calls.push(call);
    group.places.push(place);
  }
  return [...groups.values()];
}

/**
 * Cuts the calls of a task so that a repeat of each part has the effect of one: no part has two calls on one unit, nor
 * two of the same verb on the task itself.
 */
export function repeatableParts(group: TaskCalls): TaskCalls[] {
  if (group.calls.length === 1) return [group];
  const parts: TaskCalls[] = [];
  let part: TaskCalls = { task: group.task, calls: [], places: [] };
  const subjects = new Set<string>();
  for (let i = 0; i < group.calls.length; i++) {
    const call = group.calls[i] as AnyCall;
    // A space cannot stand alone for a unit of another name: the verbs' own subjects begin with two of them.
    const subject = 'unit' in call ? call.unit : `  ${call.verb}`;
    if (subjects.has(subject)) {
      parts.push(part);
      part = { task: group.task, calls: [], places: [] };
      subjects.clear();
    }
    subjects.add(subject);
    part.calls.push(call);
    part.places.push(group.places[i] as number);
  }
  parts.push(part);
  return parts;
}

/** Appends what the function reads of one task: name, number of runs, number of arguments, and the runs. */
export function encodeTask({ task, calls }: TaskCalls, encoding: Encoding, args: string[]): void {
  const at = args.push(task, '', '');
  let runs = 0;
  for (let first = 0; first < calls.length; runs++) first = encodeRun(calls, first, encoding, args);
  args[at - 2] = String(runs);
  args[at - 1] = String(args.length - at);
}

/** Appends the run that begins at `first`; where the next one begins. */
function encodeRun(calls: readonly AnyCall[], first: number, encoding: Encoding, args: string[]): number {
  const call = calls[first] as AnyCall;
  args.push(call.verb);
  if (call.verb === 'lock') return encodeLocks(call, calls, first, encoding, args);
  if (call.verb === 'unlock') return encodeUnlocks(call, calls, first, args);
  encodeOne(call, encoding, args);
  return first + 1;
}

function encodeLocks(
  head: LockCall,
  calls: readonly AnyCall[],
  first: number,
  { nonce }: Encoding,
  args: string[],
): number {
  const { idleTimeout, ttl, maxHold, holder, refresh } = head;
  const named = head.nonce ?? nonce;
  const at = args.push(named, `${idleTimeout}`, `${ttl}`, `${maxHold}`, holder, refresh ? '1' : '0', '');
  let next = first;
  for (; next < calls.length; next++) {
    const call = calls[next] as AnyCall;
    if (call.verb !== 'lock' || call.nonce !== head.nonce || call.ttl !== ttl || call.maxHold !== maxHold) break;
    if (call.holder !== holder || call.refresh !== refresh || call.idleTimeout !== idleTimeout) break;
    args.push(call.unit);
  }
  args[at - 1] = String(next - first);
  return next;
}

function encodeUnlocks(head: UnlockCall, calls: readonly AnyCall[], first: number, args: string[]): number {
  const { token } = head;
  const hasResult = head.result !== null;
  const hasContext = head.context !== undefined;
  const at = args.push(token === null ? '' : `${token}`, `${hasResult ? 'r' : ''}${hasContext ? 'c' : ''}`, '');
  let next = first;
  for (; next < calls.length; next++) {
    const call = calls[next] as AnyCall;
    if (call.verb !== 'unlock' || call.token !== token) break;
    if ((call.result !== null) !== hasResult || (call.context !== undefined) !== hasContext) break;
    args.push(call.unit);
  }
  if (hasResult) for (let i = first; i < next; i++) args.push((calls[i] as UnlockCall).result ?? '');
  if (hasContext) for (let i = first; i < next; i++) args.push((calls[i] as UnlockCall).context ?? '');
  args[at - 1] = String(next - first);
  return next;
}

function encodeOne(call: Exclude<AnyCall, LockCall | UnlockCall>, { random }: Encoding, args: string[]): void {
  switch (call.verb) {
    case 'failUnit':
      args.push(`${call.token}`, call.error, call.final ? '1' : '0', call.unit);
      return;
    case 'extendLock':
      args.push(`${call.token}`, `${call.ttl}`, '1', call.unit);
      return;
    case 'open':
      args.push(call.nonce, `${call.idleTimeout}`, call.info ?? '', text(call.closeWhenIdle), text(call.closeAfter));
      encodeOptions(call.options, args);
      return;
    case 'close':
      args.push(call.nonce, `${call.idleTimeout}`, call.replace ? '1' : '0', call.context ?? '');
      args.push(call.info === undefined ? '-' : (call.info ?? ''));
      encodeOptions(call.options, args);
      return;
    case 'complete':
      args.push(`${call.token}`, call.result === null ? '0' : '1', call.result ?? '');
      return;
    case 'failClaim':
      args.push(`${call.token}`, call.error, call.retry ? '1' : '0', text(call.delay), `${random()}`);
      return;
    case 'extendClaim':
      args.push(`${call.token}`, `${call.lease}`);
      return;
    case 'giveBack':
      args.push(`${call.token}`);
      return;
    case 'cancel':
      args.push(call.nonce, call.reason);
      return;
    case 'sweep':
      args.push(`${call.incarnation}`, `${call.random}`, call.surplus ? '1' : '0', `${call.limit}`);
      return;
    case 'endOldLocks':
      args.push(`${call.ms}`, call.cursor);
      return;
    default:
      args.push(call.nonce);
  }
}

function text(value: number | null): string {
  return value === null ? '' : `${value}`;
}

/** Eleven places, empty for what is not named, then what is expected. */
function encodeOptions(options: Partial<TaskOptions>, args: string[]): void {
  const { attempts, timeout, backoff, deadline, unitGrace, incomplete, worker, retention, expect } = options;
  const number = (value: number | undefined): string => (value === undefined ? '' : `${value}`);
  args.push(number(attempts), number(timeout));
  args.push(number(backoff?.base), number(backoff?.factor), number(backoff?.max), number(backoff?.jitter));
  args.push(deadline === null ? '-' : number(deadline), number(unitGrace));
  args.push(incomplete === undefined ? '' : incomplete === 'release' ? '1' : '0');
  args.push(worker === undefined ? '' : worker ? '1' : '0', number(retention));
  if (expect === undefined) args.push('');
  else if (expect === null) args.push('-');
  else if (typeof expect === 'number') args.push('n', `${expect}`);
  else args.push('l', `${expect.length}`, ...expect);
}
