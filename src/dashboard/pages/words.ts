import type { FailureReason, TaskEventKind, UnitState } from '../../index.js';
import type { Action, Shelf, Stage } from '../wire.js';

export const SHELF_WORDS: Readonly<Record<Shelf, { readonly word: string; readonly meaning: string }>> = {
  open: { word: 'Open', meaning: 'taking units' },
  locked: { word: 'Locked', meaning: 'closed, waiting for units' },
  released: { word: 'Released', meaning: 'ready for a worker' },
  delayed: { word: 'Delayed', meaning: 'before its next attempt' },
  processing: { word: 'Processing', meaning: 'with a worker' },
  failed: { word: 'Failed', meaning: 'can be retried' },
  completed: { word: 'Completed', meaning: 'kept for late calls' },
};

export const UNIT_WORDS: Readonly<Record<UnitState, string>> = {
  locked: 'Locked',
  done: 'Done',
  failed: 'Failed',
  expired: 'Expired',
};

export const FAILURE_WORDS: Readonly<Record<FailureReason, string>> = {
  incomplete: 'units were missing when waiting ended',
  attempts: 'every attempt failed',
  fatal: 'an attempt failed for good',
  'never-closed': 'never closed: nothing happened for too long',
  cancelled: 'cancelled',
};

export const EVENT_WORDS: Readonly<Record<TaskEventKind, string>> = {
  created: 'Created by its first lock',
  opened: 'Opened',
  closed: 'Closed',
  released: 'Released',
  claimed: 'Claimed by a worker',
  'given-back': 'Given back, attempt not spent',
  'attempt-failed': 'Attempt failed',
  completed: 'Completed',
  failed: 'Failed',
  retried: 'Retried by hand',
  redone: 'A unit is to be done again',
  removed: 'Removed',
};

export const STAGE_WORDS: Readonly<Record<Stage, { readonly word: string; readonly meaning: string }>> = {
  fanIn: { word: 'Fan-in', meaning: 'first lock to release' },
  release: { word: 'Release', meaning: 'close to release' },
  queue: { word: 'Queue', meaning: 'release to claim' },
  processing: { word: 'Processing', meaning: 'claim to completion' },
};

export interface ActionWords {
  readonly verb: string;
  readonly done: string;
  readonly effect: string;
  readonly isGrave: boolean;
}
export const ACTION_WORDS: Readonly<Record<Action, ActionWords>> = {
  retry: {
    verb: 'Retry',
    done: 'retried',
    effect: 'The task returns to where it failed, with a new deadline and its attempts anew.',
    isGrave: false,
  },
  release: {
    verb: 'Release now',
    done: 'released',
    effect: 'The task goes to the workers with the units that are done. Locks still held end; a delay is skipped.',
    isGrave: true,
  },
  cancel: {
    verb: 'Cancel',
    done: 'cancelled',
    effect: 'The task fails, and whoever works on it is told to stop. It can be retried.',
    isGrave: true,
  },
  remove: {
    verb: 'Remove',
    done: 'removed',
    effect: 'The task is forgotten with its units and results. This cannot be undone.',
    isGrave: true,
  },
};

/** What came of a change that did nothing. */
export const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  changed: 'has changed since the preview',
  'not-found': 'is gone',
  'not-failed': 'is not failed any more',
  late: 'was released already',
  'already-ended': 'has ended already',
  'not-ended': 'has not ended yet',
};
