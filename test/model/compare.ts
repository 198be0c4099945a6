import { deepEqual, equal } from 'node:assert/strict';
import type { Shortfall } from '../../src/core/store.js';
import type { ModelShortfall } from './model-task.js';
import type { Expected } from './reference.js';

/** Holds the parts of an answer that are fixed against what was answered. */
export function compare(what: string, actual: { readonly kind: string }, expected: Expected): void {
  const { granted: _, isOutstanding, ...fixed } = expected;
  const answered = actual as Record<string, unknown> & { readonly kind: string };
  const shown = Object.fromEntries(Object.keys(fixed).map((key) => [key, answered[key]]));
  deepEqual(shown, fixed, what);
  if (isOutstanding !== undefined) equal(Number(answered.outstanding) > 0, isOutstanding, `${what}: outstanding`);
}

/** Names in their order, but for those whose locks ended with the task. */
export function compareShortfall(what: string, actual: Shortfall | null, expected: ModelShortfall | null): void {
  if (actual === null || expected === null) return equal(actual, expected, what);
  const { ended, absent, withTask, ...counts } = expected;
  const { failed, expired, missing } = actual;
  const names = [...actual.names];
  const ordered = names.splice(0, ended.length + absent.length);
  deepEqual(
    { failed, expired, missing, ordered, withTask: names.sort() },
    { ...counts, ordered: [...ended, ...absent], withTask: withTask.sort() },
    what,
  );
}
