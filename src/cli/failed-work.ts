import type { FailedClaim, FetchFailedOptions, Tusker } from '../index.js';
import { isTuskerError } from '../index.js';
import { EXIT } from './exit-codes.js';
import type { Interruption } from './interruption.js';
import type { Output } from './output.js';
import type { TaskRunner } from './task-runner.js';
import { printable } from './text.js';
import { SWEEP_EVERY, SWEEP_STEPS } from './work-once.js';

/** One failed task, waiting up to `wait` ms; sweeps meanwhile, for there may be no worker that does. Null when there is none. */
export async function fetchFailedOne(
  tusker: Tusker,
  wait: number,
  options: Omit<FetchFailedOptions, 'timeout'>,
): Promise<FailedClaim | null> {
  const end = performance.now() + wait;
  for (;;) {
    options.signal?.throwIfAborted();
    await tusker.sweep({ limit: SWEEP_STEPS });
    const left = Math.max(0, end - performance.now());
    const claim = await tusker.fetchFailed({ ...options, timeout: Math.min(left, SWEEP_EVERY) });
    if (claim || left === 0) return claim;
  }
}

/** Runs the command for a failed task and settles it; gives the exit code. */
export async function runFailedOnce(
  claim: FailedClaim,
  runner: TaskRunner,
  { output, interruption }: { readonly output: Output; readonly interruption: Interruption },
): Promise<number> {
  // Left unsettled it is given back.
  await using held = claim;
  interruption.signal.throwIfAborted();
  const { task, attempt, token } = held;
  try {
    await runner.runFailed(held);
    await held.complete();
    await output.show({ event: 'acknowledged', task, attempt, token }, `acknowledged ${printable(task)}`);
    return EXIT.ok;
  } catch (error) {
    if (isTuskerError(error, 'STOPPED')) throw interruption.signal.reason;
    if (held.isSettled || isTuskerError(error, 'STALE_CLAIM')) throw error;
    const outcome = await held.fail(error);
    const message = error instanceof Error ? error.message : String(error);
    output.note(complaint(task, outcome, message));
    await output.show({ event: 'failed', task, attempt, token, outcome, error: message }, []);
    return EXIT.failed;
  }
}

/** The command for a failed task did not exit with 0. */
export function complaint(task: string, outcome: 'retrying' | 'failed', message: string): string {
  const then = outcome === 'retrying' ? 'it is given again later' : 'it is acknowledged all the same';
  return `the command for failed task ${printable(task)} failed (${then}): ${message}`;
}
