import type { Claim, FetchOptions, Tusker } from '../index.js';
import { isTuskerError } from '../index.js';
import { EXIT } from './exit-codes.js';
import type { Interruption } from './interruption.js';
import type { Output } from './output.js';
import type { TaskRunner } from './task-runner.js';
import { printable } from './text.js';

/** How often what is due is ended while nobody else may do it, in ms. */
export const SWEEP_EVERY = 1000;
export const SWEEP_STEPS = 1000;

/** One task, waiting up to `wait` ms; sweeps meanwhile, for there may be no other worker. Null when there is none. */
export async function claimOne(
  tusker: Tusker,
  wait: number,
  options: Omit<FetchOptions, 'timeout'>,
): Promise<Claim | null> {
  const end = performance.now() + wait;
  for (;;) {
    options.signal?.throwIfAborted();
    await tusker.sweep({ limit: SWEEP_STEPS });
    const left = Math.max(0, end - performance.now());
    const claim = await tusker.fetchReleased({ ...options, timeout: Math.min(left, SWEEP_EVERY) });
    if (claim || left === 0) return claim;
  }
}

/** Runs the command for a claim and settles it; gives the exit code. */
export async function runOnce(
  claim: Claim,
  runner: TaskRunner,
  { output, interruption }: { readonly output: Output; readonly interruption: Interruption },
): Promise<number> {
  // Left unsettled it is given back.
  await using held = claim;
  interruption.signal.throwIfAborted();
  const { task, attempt, token } = held;
  try {
    const result = await runner.run(held);
    await held.complete(result);
    await output.show({ event: 'completed', task, attempt, token, result }, `completed ${printable(task)}`);
    return EXIT.ok;
  } catch (error) {
    if (isTuskerError(error, 'STOPPED')) throw interruption.signal.reason;
    if (held.isSettled || isTuskerError(error, 'STALE_CLAIM') || isTuskerError(error, 'CANCELLED')) throw error;
    const outcome = await held.fail(error);
    const message = error instanceof Error ? error.message : String(error);
    output.note(`attempt ${attempt} at task ${printable(task)} failed (${outcome}): ${message}`);
    await output.show({ event: 'failed', task, attempt, token, outcome, error: message }, []);
    return EXIT.failed;
  }
}
