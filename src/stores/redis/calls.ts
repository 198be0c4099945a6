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

/** By task, in the order in which tasks come first. Calls on one task mostly stand in a row. */
export function byTask(calls: readonly AnyCall[], places?: readonly number[]): TaskCalls[] {
  const groups: TaskCalls[] = [];
  const groupsByTask = new Map<string, TaskCalls>();
  let group: TaskCalls | undefined;
  const { length } = places ?? calls;
  for (let i = 0; i < length; i++) {
    const place = places?.[i] ?? i;
    const call = calls[place] as AnyCall;
    if (group?.task !== call.task) {
      group = groupsByTask.get(call.task);
      if (!group) {
        group = { task: call.task, calls: [], places: [] };
        groupsByTask.set(call.task, group);
        groups.push(group);
      }
    }
    group.calls.push(call);
    group.places.push(place);
  }
  return groups;
}

/**
 * Cuts the calls of a task so that a repeat of each part has the effect of one: no part has two calls on one unit, nor
 * two of the same verb on the task itself.
 */
export function repeatableParts(group: TaskCalls): TaskCalls[] {
  const { task, calls, places } = group;
  if (calls.length === 1) return [group];
  const parts: TaskCalls[] = [];
  const subjects = new Set<string>();
  let first = 0;
  for (let i = 0; i < calls.length; i++) {
    const call = calls[i] as AnyCall;
    // A space cannot stand alone for a unit of another name: the verbs' own subjects begin with two of them.
    const subject = 'unit' in call ? call.unit : `  ${call.verb}`;
    if (subjects.has(subject)) {
      parts.push({ task, calls: calls.slice(first, i), places: places.slice(first, i) });
      first = i;
      subjects.clear();
    }
    subjects.add(subject);
  }
  if (first === 0) return [group];
  parts.push({ task, calls: calls.slice(first), places: places.slice(first) });
  return parts;
}

/** Appends what the function reads of one task: number of runs and of arguments, and the runs. `random` is in [0, 1). */
export function encodeTask({ calls }: TaskCalls, random: () => number, args: string[]): void {
  const at = args.push('');
  let runs = 0;
  for (let first = 0; first < calls.length; runs++) first = encodeRun(calls, first, random, args);
  args[at - 1] = `${runs} ${args.length - at}`;
}

/** Appends the run that begins at `first`; where the next one begins. */
function encodeRun(calls: readonly AnyCall[], first: number, random: () => number, args: string[]): number {
  const call = calls[first] as AnyCall;
  if (call.verb === 'lock') return encodeLocks(call, calls, first, args);
  if (call.verb === 'unlock') return encodeUnlocks(call, calls, first, args);
  args.push(`1 ${call.verb}`);
  encodeOne(call, random, args);
  return first + 1;
}

function encodeLocks(head: LockCall, calls: readonly AnyCall[], first: number, args: string[]): number {
  const { nonce, idleTimeout, ttl, maxHold, holder, refresh } = head;
  const at = args.push('');
  if (nonce !== undefined) args.push(nonce);
  args.push(`${idleTimeout} ${ttl} ${maxHold} ${refresh ? 1 : 0} ${holder}`);
  let next = first;
  for (; next < calls.length; next++) {
    const call = calls[next] as AnyCall;
    if (call.verb !== 'lock' || call.nonce !== nonce || call.ttl !== ttl || call.maxHold !== maxHold) break;
    if (call.holder !== holder || call.refresh !== refresh || call.idleTimeout !== idleTimeout) break;
    args.push(call.unit);
  }
  args[at - 1] = `${next - first} ${nonce === undefined ? 'lock' : 'lockBy'}`;
  return next;
}

function encodeUnlocks(head: UnlockCall, calls: readonly AnyCall[], first: number, args: string[]): number {
  const { token } = head;
  const hasResult = head.result !== null;
  const hasContext = head.context !== undefined;
  const at = args.push('', token === null ? '' : `${token}`);
  let next = first;
  for (; next < calls.length; next++) {
    const call = calls[next] as AnyCall;
    if (call.verb !== 'unlock' || call.token !== token) break;
    if ((call.result !== null) !== hasResult || (call.context !== undefined) !== hasContext) break;
    args.push(call.unit);
  }
  if (hasResult) for (let i = first; i < next; i++) args.push((calls[i] as UnlockCall).result ?? '');
  if (hasContext) for (let i = first; i < next; i++) args.push((calls[i] as UnlockCall).context ?? '');
  args[at - 2] = `${next - first} unlock${UNLOCKS_WITH[(hasResult ? 1 : 0) + (hasContext ? 2 : 0)]}`;
  return next;
}

/** What is beside each unit of an unlock. */
const UNLOCKS_WITH = ['', ' r', ' c', ' rc'] as const;

function encodeOne(call: Exclude<AnyCall, LockCall | UnlockCall>, random: () => number, args: string[]): void {
  switch (call.verb) {
    case 'failUnit':
      args.push(`${call.token}`, call.error, call.final ? '1' : '0', call.unit);
      return;
    case 'extendLock':
      args.push(`${call.token}`, `${call.ttl}`, call.unit);
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
