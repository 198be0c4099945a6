import { setTimeout as sleep } from 'node:timers/promises';

/** What `answer` resolves with, or undefined when that takes longer than `ms`. */
export function within<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
  return Promise.race([answer, sleep(ms, undefined, { ref: false })]);
}
