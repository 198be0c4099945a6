import { getMaxListeners, setMaxListeners } from 'node:events';
import { InvalidArgumentError } from '../core/errors.js';

/** Many waits may listen to one signal, as many requests of `fetch` may: Node warns of a leak above this number. */
const LISTENERS_OF_A_SIGNAL = 1500;

/** Node's own signals that follow those of jsdom, of a polyfill, or of another realm. */
const followers = new WeakMap<SignalLike, AbortSignal>();

interface SignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void;
}

/** @throws InvalidArgumentError for what is neither an AbortSignal nor shaped like one */
export function abortSignal(argument: string, value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  const signal = value instanceof AbortSignal ? value : followerOf(value);
  if (!signal) throw new InvalidArgumentError(argument, value, 'an AbortSignal');
  if (mostListeners(signal) < LISTENERS_OF_A_SIGNAL) setMaxListeners(LISTENERS_OF_A_SIGNAL, signal);
  return signal;
}

function followerOf(value: unknown): AbortSignal | undefined {
  if (!isSignalLike(value)) return undefined;
  const known = followers.get(value);
  if (known) return known;
  const controller = new AbortController();
  const follow = (): void => controller.abort(value.reason);
  if (value.aborted) follow();
  else value.addEventListener('abort', follow, { once: true });
  followers.set(value, controller.signal);
  return controller.signal;
}

function isSignalLike(value: unknown): value is SignalLike {
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener } = value as Partial<SignalLike>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/** Node 20 throws where there is no limit. */
function mostListeners(signal: AbortSignal): number {
  try {
    return getMaxListeners(signal) || Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
