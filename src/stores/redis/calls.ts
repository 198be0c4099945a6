/** Calls as the function `apply` takes them: by task, and in each task as runs of like calls in a row. */
import type {
  Backoff,
  Call,
  CloseCall,
  LockCall,
  OpenCall,
  TaskDefaults,
  TaskOptions,
  UnlockCall,
} from '../../core/store.js';

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
  /** All calls lock or unlock. */
  isPlain: boolean;
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
        group = { task: call.task, calls: [], places: [], isPlain: true };
        groupsByTask.set(call.task, group);
        groups.push(group);
      }
    }
    group.calls.push(call);
    group.places.push(place);
    if (call.verb !== 'lock' && call.verb !== 'unlock') group.isPlain = false;
  }
  return groups;
}

/**
 * Appends the arguments of a task's calls. Gives its line of the plan: how many those are, and the runs of like calls,
 * behind tabs. `random` is in [0, 1).
 */
export function encodeTask({ calls }: TaskCalls, random: () => number, args: string[]): string {
  const before = args.length;
  let runs = '';
  for (let first = 0; first < calls.length; ) {
    const next = endOfRun(calls, first);
    runs += `\t${next - first} ${encodeRun(calls, first, next, random, args)}`;
    first = next;
  }
  return `${args.length - before}${runs}`;
}

/** Where the run of like calls ends that begins at `first`. */
function endOfRun(calls: readonly AnyCall[], first: number): number {
  const head = calls[first] as AnyCall;
  let next = first + 1;
  if (head.verb === 'lock') while (next < calls.length && isLikeLock(head, calls[next] as AnyCall)) next++;
  else if (head.verb === 'unlock') while (next < calls.length && isLikeUnlock(head, calls[next] as AnyCall)) next++;
  return next;
}

function isLikeLock(head: LockCall, call: AnyCall): boolean {
  if (call.verb !== 'lock' || call.nonce !== head.nonce || call.ttl !== head.ttl) return false;
  if (call.maxHold !== head.maxHold || call.idleTimeout !== head.idleTimeout) return false;
  return call.holder === head.holder && call.refresh === head.refresh;
}

function isLikeUnlock(head: UnlockCall, call: AnyCall): boolean {
  if (call.verb !== 'unlock' || call.token !== head.token) return false;
  return (
    (call.result === null) === (head.result === null) && (call.context === undefined) === (head.context === undefined)
  );
}

/** Appends the arguments of the calls from `first` up to `next`; gives their verb and what stands beside it. */
function encodeRun(
  calls: readonly AnyCall[],
  first: number,
  next: number,
  random: () => number,
  args: string[],
): string {
  const head = calls[first] as AnyCall;
  if (head.verb === 'lock') {
    const { nonce, idleTimeout, ttl, maxHold, holder, refresh } = head;
    if (nonce !== undefined) args.push(nonce);
    for (let i = first; i < next; i++) args.push((calls[i] as LockCall).unit);
    const verb = nonce === undefined ? 'lock' : 'lockBy';
    return `${verb} ${idleTimeout} ${ttl} ${maxHold} ${refresh ? 1 : 0} ${holder.replace(SEPARATORS, encodeURIComponent)}`;
  }
  if (head.verb === 'unlock') {
    const { token, result, context } = head;
    args.push(token === null ? '' : `${token}`);
    for (let i = first; i < next; i++) args.push((calls[i] as UnlockCall).unit);
    if (result !== null) for (let i = first; i < next; i++) args.push((calls[i] as UnlockCall).result ?? '');
    if (context !== undefined) for (let i = first; i < next; i++) args.push((calls[i] as UnlockCall).context ?? '');
    return `unlock${UNLOCKS_WITH[(result === null ? 0 : 1) + (context === undefined ? 0 : 2)]}`;
  }
  encodeOne(head, random, args);
  return head.verb;
}

/** What parts the lines and the runs of a plan, and what such a character is written with. */
const SEPARATORS = /[\t\n%]/g;

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
    case 'letGo':
      args.push(`${call.token}`, call.unit);
      return;
    case 'open':
      args.push(call.nonce, `${call.idleTimeout}`, call.info ?? '', text(call.closeWhenIdle), text(call.closeAfter));
      encodeOptions(call, args);
      return;
    case 'close':
      args.push(call.nonce, `${call.idleTimeout}`, call.replace ? '1' : '0', call.context ?? '');
      args.push(call.info === undefined ? '-' : (call.info ?? ''));
      encodeOptions(call, args);
      return;
    case 'complete':
      args.push(`${call.token}`, call.result === null ? '0' : '1', call.result ?? '');
      return;
    case 'failClaim':
      args.push(`${call.token}`, call.error, call.retry ? '1' : '0', text(call.delay), `${random()}`);
      return;
    case 'extendClaim':
    case 'extendFailed':
      args.push(`${call.token}`, `${call.lease}`);
      return;
    case 'giveBack':
      args.push(`${call.token}`);
      return;
    case 'cancel':
      args.push(call.nonce, call.reason);
      return;
    case 'redo':
      args.push(call.nonce, call.error, call.unit);
      return;
    case 'claimFailed':
      args.push(call.nonce, `${call.lease}`, call.worker);
      return;
    case 'settleFailed':
      args.push(`${call.token}`, call.again === null ? '1' : '0', `${call.again ?? 0}`);
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

/** Eleven places, empty for what is not named and ~ before what is a default of the caller, then what is expected. */
function encodeOptions({ options, defaults }: OpenCall | CloseCall, args: string[]): void {
  const named = optionTexts(options);
  const others = defaults && optionTexts(defaults);
  args.push(...(others ? named.map((text, i) => text || (others[i] && `~${others[i]}`) || '') : named));
  encodeUnitOptions(options, defaults, args);
  const { expect } = options;
  if (expect === undefined) args.push('');
  else if (expect === null) args.push('-');
  else if (typeof expect === 'number') args.push('n', `${expect}`);
  else args.push('l', `${expect.length}`, ...expect);
}

/** Behind a `u` two places more, where a call names one of them. */
function encodeUnitOptions(options: Partial<TaskOptions>, defaults: TaskDefaults | undefined, args: string[]): void {
  const texts = (['unitAttempts', 'unitBackoff'] as const).map((name) => {
    const own = unitOptionText(options[name]);
    const other = unitOptionText(defaults?.[name]);
    return own || (other && `~${other}`);
  });
  if (texts.some((text) => text !== '')) args.push('u', ...texts);
}

function unitOptionText(option: number | Backoff | null | undefined): string {
  if (option === null || option === undefined) return '';
  return typeof option === 'number' ? `${option}` : `${option.base} ${option.factor} ${option.max} ${option.jitter}`;
}

function optionTexts(options: Partial<TaskOptions>): string[] {
  const { attempts, timeout, backoff, deadline, unitGrace, incomplete, worker, retention } = options;
  const number = (value: number | undefined): string => (value === undefined ? '' : `${value}`);
  return [
    ...[number(attempts), number(timeout)],
    ...[number(backoff?.base), number(backoff?.factor), number(backoff?.max), number(backoff?.jitter)],
    ...[deadline === null ? '-' : number(deadline), number(unitGrace)],
    incomplete === undefined ? '' : incomplete === 'release' ? '1' : '0',
    ...[worker === undefined ? '' : worker ? '1' : '0', number(retention)],
  ];
}
