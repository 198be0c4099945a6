import { afterAll, beforeAll, expect, test } from 'vitest';
import { initialize } from '../../src/index.js';
import type { PlainRedis } from '../redis-ground/server.js';
import { startRedis } from '../redis-ground/server.js';
import { fetched, said } from './managers.js';

let redis: PlainRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

test('on Redis a task goes its way: locked twice, closed, unlocked, fetched, failed once, completed', async () => {
  const manager = initialize({ url: redis.url });
  try {
    expect(await said((done) => manager.lock('song', 1, done))).toEqual([null]);
    expect(await said((done) => manager.lock('song', 1, done))).toEqual([null]);
    expect(await said((done) => manager.lock('song', 2, done))).toEqual([null]);
    expect(await said((done) => manager.close('song', { room: [] }, { attempts: 2 }, done))).toEqual([null]);
    expect(await said((done) => manager.unlock('song', 1, done))).toEqual([null]);
    expect(await said((done) => manager.stats(done))).toEqual([
      null,
      expect.objectContaining({ locked: 1, released: 0, processing: 0, completed: 0, failed: 0 }),
    ]);
    expect(await said((done) => manager.unlock('song', 2, done))).toEqual([null]);
    const first = await fetched(manager);
    expect([first.task, first.info]).toEqual(['song', { room: [] }]);
    expect(await said((done) => first.completed(new Error('no disk'), done))).toEqual([null]);
    const second = await fetched(manager);
    expect(await said((done) => second.completed(done))).toEqual([null]);
    expect(await said((done) => manager.stats(done))).toEqual([
      null,
      expect.objectContaining({ locked: 0, released: 0, processing: 0, completed: 1, failed: 0 }),
    ]);
  } finally {
    await said((done) => manager.stop(done));
  }
});
