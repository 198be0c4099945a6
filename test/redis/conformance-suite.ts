import { test } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import type { RedisStoreOptions } from '../../src/stores/redis/index.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { conformanceCases, History, ManualClock } from '../../src/testing/index.js';
import type { UserClient } from '../redis-clients/libraries.js';

let namespaces = 0;

/** These lay several tasks side by side and look at their order, or compare their tokens: both are each shard's own. */
const WITHIN_A_SHARD = new Set([
  'a released task is claimed once, the longest waiting first',
  'a batch of claims gives each its own task',
  'a claim given back spends no attempt and returns to its place, a hundred times',
  'a clock that steps back ends nothing early and negative differences count as 0',
  'counters add up and never go below zero',
]);
const ACROSS_SHARDS = conformanceCases.filter(({ title }) => !WITHIN_A_SHARD.has(title));
if (ACROSS_SHARDS.length !== conformanceCases.length - WITHIN_A_SHARD.size) throw new Error('a case has another title');

/** Every case of the conformance suite, each on namespaces of its own, through one client that a user made. */
export function conformsThrough(user: () => UserClient, options: RedisStoreOptions = {}): void {
  test.each((options.shards ?? 1) > 1 ? ACROSS_SHARDS : conformanceCases)('$title', async ({ run }) => {
    const clock = new ManualClock();
    const namespace = `conformance ${namespaces++}`;
    const store = storeOver(recogniseClient(user().client), { ...options, clock, namespace });
    try {
      const dispose = (): Promise<void> => store.close();
      await run(new History({ store, advance: async (ms) => clock.advance(ms), dispose }));
    } finally {
      await store.close();
    }
  });
}
