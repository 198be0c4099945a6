import type { AttemptError } from './store.js';

/** The most errors of attempts that a look at a task gives, and the most bytes of their JSON text. */
export const MAX_ERRORS = 100;
const MAX_ERRORS_BYTES = 262_144;

/** The last of them, the newest one however large it is. */
export function lastErrors(errors: readonly AttemptError[]): AttemptError[] {
  let first = errors.length;
  for (let bytes = 0; first > 0 && errors.length - first < MAX_ERRORS; first--) {
    bytes += Buffer.byteLength((errors[first - 1] as AttemptError).error);
    if (bytes > MAX_ERRORS_BYTES && first < errors.length) break;
  }
  return errors.slice(first);
}
