import { setTimeout as sleep } from 'node:timers/promises';

/** Pauses for `ms`; rejects with the signal's reason when it aborts. Keeps the process alive: somebody waits. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await sleep(Math.min(ms, 2 ** 31 - 1), undefined, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Pauses that grow from 25 ms to 500 ms, spread by half: for asking again without a tight loop. */
export function* pollPauses(): Generator<number, never, void> {
  for (let pause = 25; ; pause = Math.min(500, pause * 1.6)) yield pause * (0.75 + Math.random() * 0.5);
}
