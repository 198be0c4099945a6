import { deepEqual, equal } from 'node:assert/strict';
import type { Shortfall } from '../../src/core/store.js';
import type { ModelTask } from './model-task.js';
import type { Expected } from './reference.js';

/** Holds the parts of an answer that are fixed against what was answered. */
export function compare(what: string, actual: { readonly kind: string }, expected: Expected): void {
  const { granted: _, isOutstanding, ...fixed } = expected;
  const answered = actual as Record<string, unknown> & { readonly kind: string };
  const shown = Object.fromEntries(Object.keys(fixed).map((key) => [key, answered[key]]));
  deepEqual(shown, fixed, what);
  if (isOutstanding !== undefined) equal(Number(answered.outstanding) > 0, isOutstanding, `${what}: outstanding`);
}

/** The failed and the expired ones in any order, each before the next kind; the missing ones in the order of the list. */
export function compareShortfall(what: string, actual: Shortfall | null, expected: ModelTask['shortfall']): void {
  if (actual === null || expected === null) return equal(actual, expected, what);
  const { failed, expired, absent, missing } = expected;
  const names = [...actual.names];
  const named = { failed: names.splice(0, failed.length).sort(), expired: names.splice(0, expired.length).sort() };
  deepEqual(
    { failed: actual.failed, expired: actual.expired, missing: actual.missing, named, absent: names },
    {
      failed: failed.length,
      expired: expired.length,
      missing,
      named: { failed: failed.sort(), expired: expired.sort() },
      absent,
    },
    what,
  );
}
