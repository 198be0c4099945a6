import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { History, ManualClock } from '../../src/testing/index.js';
import { startRedis } from '../redis-ground/server.js';
import { histories } from './commands.js';
import { seed } from './seed.js';
import type { ClockedSubject } from './subjects.js';
import { memorySubject } from './subjects.js';
import { twinStore } from './twin-store.js';
import { Walk } from './walk.js';

/** About 52 commands each. `TUSKER_RUNS` lets it run longer: 20 000 are a million commands. A failure is not made smaller: its seed is told. */
const RUNS = Number(process.env.TUSKER_RUNS ?? 1000);
const FEWER_RUNS = Math.ceil(RUNS / 10);
const TIME = 60_000 + RUNS * 1000;

const server = await startRedis();
const client = new Redis(server.url);
const clock = new ManualClock();
const START = clock.now();
const store = storeOver(recogniseClient(client), { clock, random: () => 0.5 });
/** Tries each lock and unlock with the few keys, whatever it was told of the task. */
const forgetful = storeOver(recogniseClient(client), { clock, random: () => 0.5, remembered: 0 });
let count = 0;
afterAll(async () => {
  await store.close();
  await forgetful.close();
  client.disconnect();
  await server.stop();
});

/**
 * One server for many histories: each has a namespace of its own, and begins at the same moment. So texts of one come again
 * in another, and a million commands do not reach the year 2255, where tokens end.
 */
async function next(): Promise<ClockedSubject> {
  clock.advance(START - clock.now());
  if (count % 100 === 0) await client.flushall();
  // A library that is loaded anew knows nothing by heart: what it wrote it has to read.
  if (count % 10 === 0) await client.call('FUNCTION', 'FLUSH');
  const subject = (count % 2 === 0 ? store : forgetful).namespace(`history ${count++}`);
  return { store: subject, clock, advance: async (ms) => clock.advance(ms), dispose: async () => {} };
}

test('Redis: random histories keep the promises of the contract', { timeout: TIME }, async () => {
  let commands = 0;
  const property = fc.asyncProperty(histories(110), async (history) => {
    const subject = await next();
    commands += history.length;
    await new Walk(new History(subject), clock.now()).run(history);
  });
  await fc.assert(property, { seed: seed('histories on Redis'), numRuns: FEWER_RUNS, endOnFailure: true });
  console.log(`${commands} commands on Redis`);
  expect(commands).toBeGreaterThan(FEWER_RUNS * 20);
});

test('memory and Redis answer alike, tokens and times included', { timeout: TIME }, async () => {
  let commands = 0;
  const property = fc.asyncProperty(histories(110), async (history) => {
    const subject = await next();
    const memory = memorySubject(clock);
    commands += history.length;
    const twin = twinStore(memory.store, subject.store);
    await new Walk(new History({ ...subject, store: twin }), clock.now()).run(history);
  });
  await fc.assert(property, { seed: seed('histories on memory and Redis'), numRuns: RUNS, endOnFailure: true });
  console.log(`${commands} commands on memory and Redis`);
  expect(commands).toBeGreaterThan(RUNS * 20);
});
