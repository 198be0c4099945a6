import { LONGEST_TIMER } from '../core/timers.js';
/** Pauses for `ms`; rejects with the signal's reason when it aborts. Keeps the process alive: somebody waits. */
export function pause(
  ms: number,
  signal?: AbortSignal,
  process: 'keeps-alive' | 'may-end' = 'keeps-alive',
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', settle);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(settle, Math.min(ms, LONGEST_TIMER));
    if (process === 'may-end') timer.unref();
    signal?.addEventListener('abort', settle);
  });
}

/** Pauses that grow from 25 ms to 500 ms, spread by half: for asking again without a tight loop. */
export function* pollPauses(): Generator<number, never, void> {
  for (let pause = 25; ; pause = Math.min(500, pause * 1.6)) yield pause * (0.75 + Math.random() * 0.5);
}
