import { AsyncLocalStorage } from 'node:async_hooks';
import type { Lease } from './lease.js';

/** Whose handler is at work, and what that is called by. */
interface OwnWork {
  readonly lease: Lease;
  readonly outer: OwnWork | undefined;
}

const current = new AsyncLocalStorage<OwnWork>();

/** Calls a handler such that a `stop` within it knows where it is. */
export function atWork<Result>(lease: Lease, work: () => Result): Result {
  return current.run({ lease, outer: current.getStore() }, work);
}

/** The caller waits for a stop: it is within the work of these leases, and that must not be waited for. Innermost first. */
export function ownLeases(): Lease[] {
  const leases: Lease[] = [];
  for (let own = current.getStore(); own; own = own.outer) leases.push(own.lease);
  return leases;
}
