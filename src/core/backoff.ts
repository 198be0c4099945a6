import type { Backoff } from './store.js';

/**
 * The wait before the attempt that follows `attempt`, in whole ms: exponential, capped, spread down by the jitter.
 * `random` is in [0, 1).
 */
export function backoffDelay(backoff: Backoff, attempt: number, random: number): number {
  const full = Math.min(backoff.max, backoff.base * backoff.factor ** (attempt - 1));
  return Math.round(full * (1 - backoff.jitter * random));
}
