import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Looks every 20 ms until `look` gives something other than undefined, and gives that. A look that throws counts as
 * "not yet". @throws Error naming `what` when `ms` are over
 */
export async function until<T>(what: string, look: () => Promise<T | undefined>, ms = 30_000): Promise<T> {
  const end = performance.now() + ms;
  let failure: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`, { cause: failure });
    await sleep(20);
  }
}
