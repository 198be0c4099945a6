import type { Claim, FailedClaim, FetchOptions, Tusker } from '../index.js';
import { isTuskerError } from '../index.js';
import { EXIT } from './exit-codes.js';
import type { Interruption } from './interruption.js';
import type { Job } from './jobs.js';
import type { Output } from './output.js';
import { printable } from './text.js';

/** How often what is due is ended while nobody else may do it, in ms. */
const SWEEP_EVERY = 1000;
const SWEEP_STEPS = 1000;

/**
 * One task, waiting up to `wait` ms; sweeps meanwhile, for there may be no other worker. Null when there is none.
 *
 * @param fetch waits for one, up to `timeout` ms
 */
export async function takeOne<Taken>(
  tusker: Tusker,
  wait: number,
  signal: AbortSignal,
  fetch: (options: Pick<FetchOptions, 'timeout' | 'signal'>) => Promise<Taken | null>,
): Promise<Taken | null> {
  const end = performance.now() + wait;
  for (;;) {
    signal.throwIfAborted();
    await tusker.sweep({ limit: SWEEP_STEPS });
    const left = Math.max(0, end - performance.now());
    const taken = await fetch({ signal, timeout: Math.min(left, SWEEP_EVERY) });
    if (taken || left === 0) return taken;
  }
}

/** Runs the command for a task and settles it; gives the exit code. */
export async function runOnce<Taken extends Claim | FailedClaim>(
  taken: Taken,
  { run, event, complaint }: Job<Taken>,
  { output, interruption }: { readonly output: Output; readonly interruption: Interruption },
): Promise<number> {
  // Left unsettled it is given back.
  await using held = taken;
  interruption.signal.throwIfAborted();
  const { task, attempt, token } = held;
  try {
    const more = await run(held);
    await output.show({ event, task, attempt, token, ...more }, `${event} ${printable(task)}`);
    return EXIT.ok;
  } catch (error) {
    if (isTuskerError(error, 'STOPPED')) throw interruption.signal.reason;
    if (held.isSettled || isTuskerError(error, 'STALE_CLAIM') || isTuskerError(error, 'CANCELLED')) throw error;
    const outcome = await held.fail(error);
    const message = error instanceof Error ? error.message : String(error);
    output.note(complaint(task, attempt, outcome, message));
    await output.show({ event: 'failed', task, attempt, token, outcome, error: message }, []);
    return EXIT.failed;
  }
}
