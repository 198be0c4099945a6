/** A failure is handled at once, not at the next look for failed tasks. */
import { expect, onTestFinished, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { startRedis } from '../redis-ground/server.js';
import { inMemory, onOneFile, until } from '../tuskers.js';

/** How long it mostly takes to hear of a failure: a busy machine may be late now and then. */
async function usual(consumer: Tusker, failing: Tusker): Promise<number> {
  const heard = new Map<string, number>();
  const alerts = consumer.workFailed(({ task }) => void heard.set(task, performance.now()));
  const took: number[] = [];
  for (let i = 0; i < 8; i++) {
    const task = `t${i}`;
    await failing.open(task);
    await failing.cancel(task);
    const failedAt = performance.now();
    await until('the alert', () => heard.has(task));
    took.push((heard.get(task) as number) - failedAt);
  }
  await alerts.stop();
  return took.sort((a, b) => a - b)[3] as number;
}

async function onOneRedis(): Promise<[Tusker, Tusker]> {
  const server = await startRedis();
  const tuskers = [createTusker(server.url), createTusker(server.url)] as [Tusker, Tusker];
  onTestFinished(async () => {
    for (const tusker of tuskers) await tusker.stop();
    await server.stop();
  });
  return tuskers;
}

// Looks alone would hear of those that fail while the consumer waits after 750 ms and more.
test.each([
  ['in the same process', async () => [inMemory()] as const],
  ['of another process, over Redis', onOneRedis],
  ['of another process, over SQLite', async () => onOneFile()],
] as const)('a failure %s is heard of at once', async (_, open) => {
  const [consumer, failing = consumer] = await open();
  expect(await usual(consumer as Tusker, failing as Tusker)).toBeLessThan(400);
});
