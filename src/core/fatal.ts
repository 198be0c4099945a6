import { isTuskerError } from './errors.js';

/** Whether trying again is of no use, also when another copy of the package made the error. */
export function isFatal(error: unknown): boolean {
  return isTuskerError(error) && error.code === 'FATAL';
}
