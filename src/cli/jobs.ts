/** What `tusker work` does with a released task, and with a failed one. */
import type { Claim, FailedClaim } from '../index.js';
import type { TaskRunner } from './task-runner.js';
import { printable } from './text.js';

export interface Job<Taken extends Claim | FailedClaim> {
  /** Runs the command and settles the task when that went well; what the line of that end says besides. */
  readonly run: (taken: Taken) => Promise<object>;
  /** The word for a good end. */
  readonly event: 'completed' | 'acknowledged';
  readonly complaint: Complaint;
}

/** The sentence for a bad end. */
type Complaint = (task: string, attempt: number, outcome: 'retrying' | 'failed', message: string) => string;

export const mergeComplaint: Complaint = (task, attempt, outcome, message) =>
  `attempt ${attempt} at task ${printable(task)} failed (${outcome}): ${message}`;

/** The command for a failed task did not exit with 0. */
export const failedComplaint: Complaint = (task, _attempt, outcome, message) => {
  const then = outcome === 'retrying' ? 'it is given again later' : 'it is acknowledged all the same';
  return `the command for failed task ${printable(task)} failed (${then}): ${message}`;
};

export function mergeJob(runner: TaskRunner): Job<Claim> {
  const run = async (claim: Claim): Promise<object> => {
    const result = await runner.run(claim);
    await claim.complete(result);
    return { result };
  };
  return { run, event: 'completed', complaint: mergeComplaint };
}

export function failedJob(runner: TaskRunner): Job<FailedClaim> {
  const run = async (claim: FailedClaim): Promise<object> => {
    await runner.runFailed(claim);
    await claim.complete();
    return {};
  };
  return { run, event: 'acknowledged', complaint: failedComplaint };
}
