import { LONGEST_TIMER } from '../../core/timers.js';
import type { Holds } from './clients/holding.js';

/** The answer, or what `late` makes when there is none after `ms`. Keeps the process alive until then, if nothing else is said. */
export function within<T>(ms: number, answer: Promise<T>, late: () => Error, holds: Holds = 'keeps-alive'): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), Math.min(ms, LONGEST_TIMER));
    if (holds === 'may-end') timer.unref();
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
