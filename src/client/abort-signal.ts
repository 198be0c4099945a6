import { getMaxListeners, setMaxListeners } from 'node:events';
import { InvalidArgumentError } from '../core/errors.js';

/** Many waits may listen to one signal, as many requests of `fetch` may: Node warns of a leak above this number. */
const LISTENERS_OF_A_SIGNAL = 1500;

export function abortSignal(argument: string, value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (!(value instanceof AbortSignal)) throw new InvalidArgumentError(argument, value, 'an AbortSignal');
  const most = getMaxListeners(value);
  if (most > 0 && most < LISTENERS_OF_A_SIGNAL) setMaxListeners(LISTENERS_OF_A_SIGNAL, value);
  return value;
}
