import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { EmbeddedStore } from '../../src/stores/embedded/embedded-store.js';
import { MemoryBackend } from '../../src/stores/embedded/memory-ledger.js';
import { Notifier } from '../../src/stores/embedded/notifier.js';
import type { TaskRecord } from '../../src/stores/embedded/records.js';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { History, ManualClock } from '../../src/testing/index.js';
import { startRedis } from '../redis-ground/server.js';
import { SUBJECTS } from '../subjects.js';

/** Cancels so many tasks, some at each moment. */
async function failMany(h: History, count: number): Promise<void> {
  for (let from = 0; from < count; from += 50) {
    const names = Array.from({ length: 50 }, (_, i) => `t${from + i}`);
    await h.store.apply(names.map((task) => h.openCall(task)));
    await h.store.apply(names.map((task) => ({ verb: 'cancel', task, reason: '', nonce: h.nonce() }) as const));
    await h.advance(1);
  }
}

test.each(['memory', 'redis'])('the cap spares what no consumer has acknowledged (%s)', async (name) => {
  const subject = await (SUBJECTS[name] as (typeof SUBJECTS)[string])();
  const h = new History(subject);
  await h.store.failedTasks(1);
  await failMany(h, 10_050);
  expect(await h.store.sweep(1000)).toMatchObject({ removed: 0, more: false });
  expect(await h.stats()).toMatchObject({ deadLetters: 10_050 });
  for (let i = 100; i < 160; i++) await h.settleFailed(`t${i}`, await h.letter(`t${i}`));
  await h.sweep();
  expect(await h.stats()).toMatchObject({ deadLetters: 10_000 });
  expect([await h.state('t0'), await h.state('t149'), await h.state('t150')]).toEqual(['failed', null, 'failed']);
  await subject.dispose();
});

test.each(['memory', 'redis'])('dead letters and events are capped: the oldest go first (%s)', async (name) => {
  const subject = await (SUBJECTS[name] as (typeof SUBJECTS)[string])();
  const h = new History(subject);
  await failMany(h, 10_050);
  await h.sweep();
  expect(await h.stats()).toMatchObject({ deadLetters: 10_000, failed: 10_050, open: 0 });
  expect([await h.state('t49'), await h.state('t50')]).toEqual([null, 'failed']);

  let kept = 0;
  for (let after = '0'; ; ) {
    const page = await h.store.events({ after, limit: 1000 });
    if (page.events.length === 0) break;
    kept += page.events.length;
    after = page.cursor;
  }
  expect(kept).toBeGreaterThanOrEqual(10_000);
  expect(kept).toBeLessThan(10_500);
  expect((await h.store.events({ after: '1', limit: 1 })).gap).toBe(true);
  await subject.dispose();
});

const CAP = 100_000;
const OVER = 50;

/** A store over a ledger of memory that gets copies of a tombstone at once: a hundred thousand calls take too long. */
async function memoryFilled(): Promise<History> {
  const [backend, clock] = [new MemoryBackend(), new ManualClock()];
  const notifier = new Notifier(backend);
  const store = new EmbeddedStore('capped', { backend, clock, random: () => 0.5, notifier });
  const h = new History({ store, advance: async (ms) => clock.advance(ms), dispose: () => store.close() });
  await h.close('first', { worker: false });
  await h.advance(1);
  await h.close('t', { worker: false });
  await backend.write('capped', (ledger) => {
    const task = ledger.task('t') as TaskRecord;
    for (let i = 2; i < CAP + OVER; i++) ledger.putTask({ ...task, name: `t${i}`, id: ledger.newId() });
    const shard = ledger.shard();
    ledger.putShard({ ...shard, completed: CAP + OVER, shelves: { ...shard.shelves, completed: CAP + OVER } });
  });
  return h;
}

/** The same in Redis: one script copies the record and its place on the shelf. */
async function redisFilled(): Promise<History> {
  const server = await startRedis();
  const client = new Redis(server.url);
  onTestFinished(async () => {
    client.disconnect();
    await server.stop();
  });
  const clock = new ManualClock();
  const store = storeOver(recogniseClient(client), { clock, namespace: 'capped' });
  const h = new History({ store, advance: async (ms) => clock.advance(ms), dispose: () => store.close() });
  await h.close('first', { worker: false });
  await h.advance(1);
  await h.close('t', { worker: false });
  const script = `
    local record = redis.call('HGET', KEYS[1], 't')
    local member = redis.call('ZREVRANGE', KEYS[2], '0', '0', 'WITHSCORES')
    for i = 2, tonumber(ARGV[1]) - 1 do
      redis.call('HSET', KEYS[1], 't' .. i, record)
      redis.call('ZADD', KEYS[2], member[2], string.sub(member[1], 1, 6) .. 't' .. i)
    end`;
  await client.eval(script, 2, 'tusker:{capped}:tasks', 'tusker:{capped}:completed', CAP + OVER);
  return h;
}

test.each([
  ['memory', memoryFilled],
  ['redis', redisFilled],
] as const)('tombstones are capped, but stay their first five minutes (%s)', async (_, filled) => {
  const h = await filled();
  // Nothing is due, and nothing to come back for at once.
  expect(await h.store.sweep(1000)).toMatchObject({ removed: 0, more: false });
  await h.advance(299_999);
  await h.sweep(1000);
  expect(await h.stats()).toMatchObject({ tombstones: CAP + OVER - 1 });
  expect([await h.state('first'), await h.state('t')]).toEqual([null, 'completed']);
  await h.advance(1);
  await h.sweep(1000);
  expect(await h.stats()).toMatchObject({ tombstones: CAP });
  expect(await h.state(`t${CAP + OVER - 1}`)).toBe('completed');
  await h.subject.dispose();
});
