import { taskName, unitName } from '../core/names.js';
import { duration, flag, optionsObject } from '../core/options.js';
import type { LockCall } from '../core/store.js';
import { abortSignal } from './abort-signal.js';
import type { LeaseTerms } from './lease.js';
import { holderName } from './lock.js';
import type { Session } from './session.js';

const LOCK_OPTION_NAMES = ['ttl', 'maxHold', 'holder', 'renew', 'refresh', 'wait', 'signal'] as const;
type Given = Partial<Record<(typeof LOCK_OPTION_NAMES)[number], unknown>>;

/** The options of a lock, checked and complete. Its lease is renewed on the same terms. */
export interface LockTerms extends LeaseTerms {
  readonly maxHold: number;
  readonly holder: string;
  readonly refresh: boolean;
  readonly wait: number;
  readonly signal: AbortSignal | undefined;
}

/** What was asked for: a call that may be sent more than once. */
export interface CheckedLock {
  readonly call: LockCall;
  readonly terms: LockTerms;
}

/** @throws InvalidArgumentError */
export function checkLock(session: Session, task: unknown, unit: unknown, options: unknown): CheckedLock {
  const given = options === undefined ? undefined : optionsObject('options', options, LOCK_OPTION_NAMES);
  const names = { task: taskName(task), unit: unitName(unit) };
  const terms = given === undefined ? defaultTerms(session) : checkTerms(session, given);
  return { call: lockCall(session, names, terms), terms };
}

/** Most locks have no options of their own: those of one session share their terms. */
function defaultTerms(session: Session): LockTerms {
  session.lockTerms ??= checkTerms(session, {});
  return session.lockTerms;
}

function checkTerms({ defaults, settings }: Session, given: Given): LockTerms {
  return {
    length: given.ttl === undefined ? defaults.ttl : duration('options.ttl', given.ttl),
    maxHold: given.maxHold === undefined ? defaults.maxHold : duration('options.maxHold', given.maxHold),
    holder: given.holder === undefined ? settings.holder : holderName(given.holder, 'options.holder'),
    renews: given.renew === undefined ? defaults.renew : flag('options.renew', given.renew),
    refresh: given.refresh !== undefined && flag('options.refresh', given.refresh),
    wait: given.wait === undefined ? defaults.wait : duration('options.wait', given.wait, 0),
    signal: abortSignal('options.signal', given.signal),
  };
}

function lockCall(
  { defaults: { idleTimeout } }: Session,
  { task, unit }: { readonly task: string; readonly unit: string },
  { length, maxHold, holder, refresh }: LockTerms,
): LockCall {
  return { verb: 'lock', task, unit, idleTimeout, ttl: length, maxHold, holder, refresh };
}
