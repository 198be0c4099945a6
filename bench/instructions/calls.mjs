/** Calls of a store, by verb, as the client makes them with its default options. */
const DAY = 86_400_000;
/** Of the length that the client gives: host, process and a number. */
const HOLDER = 'bench-host:12345:abcdefgh';
const LEASE = { ttl: 60_000, maxHold: DAY, holder: HOLDER, refresh: false, idleTimeout: DAY };
export const RESULT = '{"n":1}';

let calls = 0;
/** All of one length: what a text costs follows it. */
const nonce = () => `benchmarking.${String(calls++).padStart(6, '0')}`;

export const open = (task, expect) => ({
  verb: 'open',
  task,
  nonce: nonce(),
  info: null,
  options: { expect },
  closeWhenIdle: null,
  closeAfter: null,
  idleTimeout: DAY,
});
export const lock = (task, unit) => ({ verb: 'lock', task, unit, ...LEASE });
export const renewLock = (task, unit, token) => ({ verb: 'extendLock', task, unit, token, ttl: LEASE.ttl });
export const unlock = (task, unit, token) => ({ verb: 'unlock', task, unit, token, result: RESULT });
export const close = (task) => ({
  verb: 'close',
  task,
  nonce: nonce(),
  idleTimeout: DAY,
  info: undefined,
  options: {},
  replace: false,
});
export const claim = () => ({ nonce: nonce(), lease: LEASE.ttl, worker: HOLDER });
export const renewClaim = (task, token) => ({ verb: 'extendClaim', task, token, lease: LEASE.ttl });
export const complete = (task, token) => ({ verb: 'complete', task, token, result: RESULT });

/** Applies calls, so many in a batch, and makes sure of what they answered. */
export async function applied(store, calls, batch, kind) {
  const outcomes = [];
  for (let from = 0; from < calls.length; from += batch) {
    outcomes.push(...(await store.apply(calls.slice(from, from + batch))));
  }
  return checked(outcomes, kind);
}

export function checked(outcomes, kind) {
  const other = outcomes.find((outcome) => outcome.kind !== kind);
  if (other) throw new Error(`${other.kind} instead of ${kind}: ${other.error?.message ?? ''}`);
  return outcomes;
}

/** Fresh names of 30 characters. */
export const names = (prefix, count) => Array.from({ length: count }, (_, i) => nameOf(prefix, i));
const nameOf = (prefix, i) => `${prefix}-${String(i).padStart(29 - prefix.length, '0')}`;
