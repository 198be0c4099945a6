/**
 * The states of a task and of a unit. The picture with its transitions is in docs/state-machine.md.
 *
 * Task: `open → locked → released → processing → completed | failed`; every state but `completed` can end in `failed`.
 * Unit: `locked → done | failed | expired`; `done` is final, the other two can be locked again until the release.
 */
/** All states of a task. */
export const TASK_STATES = ['open', 'locked', 'released', 'processing', 'completed', 'failed'] as const;
/** Where a task stands. */
export type TaskState = (typeof TASK_STATES)[number];

/** All states of a unit. */
export const UNIT_STATES = ['locked', 'done', 'failed', 'expired'] as const;
/** Where a unit stands. */
export type UnitState = (typeof UNIT_STATES)[number];

/**
 * Where a store keeps a task: the six states, plus `delayed` (released, but not before a moment to come) and
 * `removed` (the stub that answers `late` after a removal). A task stands on exactly one shelf.
 */
export const SHELVES = [...TASK_STATES, 'delayed', 'removed'] as const;
export type Shelf = (typeof SHELVES)[number];

/** All reasons of a failed task. */
export const FAILURE_REASONS = ['incomplete', 'attempts', 'fatal', 'never-closed', 'cancelled'] as const;
/** Why a task stands in `failed`. */
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** What closed a task: a call, its idleness, its age, or its expected units being there. */
export type ClosedBy = 'call' | 'idle' | 'age' | 'expect';
