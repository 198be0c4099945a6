import type { Backoff } from './store.js';

/**
 * The wait before the attempt that follows `attempt`, in whole ms: exponential, capped, spread down by the jitter.
 * `random` is in [0, 1).
 */
export function backoffDelay(backoff: Backoff, attempt: number, random: number): number {
  const full = Math.min(backoff.max, backoff.base * backoff.factor ** (attempt - 1));
  return Math.round(full * (1 - backoff.jitter * random));
}

/** More are counted as so many: their powers are numbers still. */
const MOST_COUNTED = 100;

/** The wait before a unit can be locked again, spread by the token of its last lock: all stores come to the same moment. */
export function unitBackoffDelay(backoff: Backoff, attempts: number, token: number): number {
  return backoffDelay(backoff, Math.min(attempts, MOST_COUNTED), (token % 1000) / 1000);
}
