import { setTimeout as sleep } from 'node:timers/promises';

/** A fault that lasts for so many ms: what waits for its own limits cannot be hurried. */
export async function outage(begin: () => unknown, ms: number, end: () => unknown): Promise<void> {
  await begin();
  await sleep(ms);
  await end();
}
