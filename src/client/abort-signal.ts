import { getMaxListeners, setMaxListeners } from 'node:events';
import { InvalidArgumentError } from '../core/errors.js';

/** Many waits may listen to one signal, as many requests of `fetch` may: Node warns of a leak above this number. */
const LISTENERS_OF_A_SIGNAL = 1500;

export function abortSignal(argument: string, value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (!(value instanceof AbortSignal)) throw new InvalidArgumentError(argument, value, 'an AbortSignal');
  if (mostListeners(value) < LISTENERS_OF_A_SIGNAL) setMaxListeners(LISTENERS_OF_A_SIGNAL, value);
  return value;
}

/** Node 20 throws where there is no limit. */
function mostListeners(signal: AbortSignal): number {
  try {
    return getMaxListeners(signal) || Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
