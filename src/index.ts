export { initialize } from './classic/index.js';
export type { AllContext, AllOptions, AllProgress, AllWork } from './client/all-options.js';
export { Claim, type FailOptions } from './client/claim.js';
export type { FetchOptions } from './client/claiming.js';
export type { FetchFailedOptions } from './client/claiming-failed.js';
export type { Explanation, Waiting } from './client/explain.js';
export { FailedClaim } from './client/failed-claim.js';
export { Lock, type LockOptions, type UnitProgress } from './client/lock.js';
export type { NotLocked, RunContext, TryLockOutcome } from './client/locking.js';
export type { NamespaceOptions } from './client/namespace-options.js';
export type { Unit } from './client/results.js';
export type { Schemas } from './client/session.js';
export type { StopOptions, StopReport, UnansweredCall } from './client/stopping.js';
export type { SweepSummary } from './client/sweeping.js';
export type { BackoffOptions, CloseOptions, OpenOptions, ProcessingOptions } from './client/task-options.js';
export type { AllResults, Given, Payloads, Stored, UnitName } from './client/verbs.js';
export * from './core/channels.js';
export type { Connected, ContactEvents, ContactNote, Reconnecting } from './core/contact.js';
export * from './core/errors.js';
export { type HttpAnswer, httpAnswer, toResponse } from './core/http-answer.js';
export { compareNatural, sortNatural } from './core/natural-order.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './core/schema.js';
export {
  type ClosedBy,
  FAILURE_REASONS,
  type FailureReason,
  TASK_STATES,
  type TaskState,
  UNIT_STATES,
  type UnitState,
} from './core/states.js';
export type * from './core/store.js';
export { createTusker } from './open.js';
export type { Target } from './target.js';
export {
  type PlainPayloads,
  type SchemaPayloads,
  type TaskTypes,
  Tusker,
  type TuskerOptions,
} from './tusker.js';
export type {
  FailedContext,
  FailedHandler,
  FailedWorkOptions,
  WorkContext,
  WorkerEvents,
  WorkHandler,
  WorkOptions,
} from './worker/work.js';
export { Worker } from './worker/worker.js';
