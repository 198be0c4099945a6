/** Waits for tasks, as tests of the Redis store begin and read them. */
import type { ClaimCall, ClaimOutcome } from '../../src/core/store.js';
import type { History } from '../../src/testing/index.js';
import type { ProxiedCommand } from '../redis-ground/proxy.js';

export const call = (h: History): ClaimCall => ({ nonce: h.nonce(), lease: 30_000, worker: 'w' });
export const waits = (h: History, ms = 10_000, signal?: AbortSignal): Promise<ClaimOutcome[]> =>
  h.store.claim([call(h)], ms, signal);
export const claimed = (outcomes: readonly ClaimOutcome[]): string[] =>
  outcomes.flatMap((outcome) => (outcome.kind === 'claimed' ? [outcome.task] : []));

/** How a claim asks: at once (0), only for what it got before (1), behind a pop (2). */
export function howOf({ words }: Pick<ProxiedCommand, 'words'>): string | undefined {
  return words[3 + Number(words[2]) + 2];
}

/** The names of tasks, the first on each shard. */
export function oneOnEach(h: History, shards: number): string[] {
  const found = new Map<number, string>();
  for (let i = 0; found.size < shards; i++) {
    const task = `t${i}`;
    if (!found.has(h.store.shardOf(task))) found.set(h.store.shardOf(task), task);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, task]) => task);
}
