/** A process whose event loop does not turn for a while, at a server that is well. */
import { expect, onTestFinished, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { holdUpTheLoop } from '../harness/held-up.js';
import { until } from '../redis-ground/until.js';
import { ownServer } from './tell.js';

test('a loop that was held up is no server that does not answer', async () => {
  const redis = await ownServer();
  const tusker = createTusker(`redis://127.0.0.1:${redis.port}`);
  onTestFinished(async () => void (await tusker.stop()));
  const told: string[] = [];
  for (const name of ['error', 'reconnecting', 'connected'] as const) tusker.on(name, () => told.push(name));
  const asked = tusker.stats();
  for (let turns = 0; turns < 3 && told.length === 0; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    holdUpTheLoop(500);
  }
  await asked;
  await until('the contact', async () => told.includes('connected') || undefined);
  expect(told).toEqual(['connected']);
});
