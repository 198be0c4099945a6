/** How a tusker stops on a real server: in its time however the server is, and so that others take over at once. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import type { RedisServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { ownServer } from './tell.js';
import { library } from './users.js';

/** What may pass beyond the time of a stop on a busy machine, in ms. */
const SLACK = 1500;

/** By its own URL, or over a client of the user's that stays open. */
async function tuskerAt({ port }: RedisServer, how: string): Promise<Tusker> {
  if (how === 'a URL') return createTusker(`redis://127.0.0.1:${port}`) as Tusker;
  const user = await library(how).single(port);
  onTestFinished(() => user.end());
  return createTusker({ store: storeOver(recogniseClient(user.client), {}) }) as Tusker;
}

const troubles = {
  paused: (redis: RedisServer) => redis.pause(),
  killed: (redis: RedisServer) => redis.kill(),
};

describe.each(['a URL', 'ioredis 6', 'redis 6'])('over %s', (how) => {
  test.each(['paused', 'killed'] as const)(
    'stop is over in its time while the server is %s, and names what it could not tell',
    async (trouble) => {
      const redis = await ownServer();
      const tusker = await tuskerAt(redis, how);
      let started = 0;
      tusker.work(() => {
        started++;
        return new Promise(() => {});
      });
      await tusker.close('merge');
      await until('the handler', async () => started > 0 || undefined);
      const lock = await tusker.lock('t', 1);
      const running = tusker.run('t', 2, () => new Promise(() => {}));
      running.catch(() => {});
      await until('the run', async () => (await tusker.explain('t')).detail?.units.locked === 2 || undefined);
      await troubles[trouble](redis);
      const closing = tusker.close('late').catch((error: unknown) => error);
      const before = performance.now();
      const { locks, claims, calls } = await tusker.stop({ grace: 100, timeout: 1000 });
      expect(performance.now() - before).toBeLessThan(1000 + SLACK);
      expect(locks.map(({ unit }) => unit).sort()).toEqual(['1', '2']);
      expect(claims).toMatchObject([{ task: 'merge' }]);
      expect(calls).toEqual([{ namespace: 'default', verb: 'close', task: 'late', unit: null }]);
      expect(lock.signal.reason).toMatchObject({ code: 'STOPPED' });
      expect(await closing).toMatchObject({ code: 'STOPPED' });
    },
  );
});

test('another process takes over at once what a stopped one let go and gave back', async () => {
  const redis = await ownServer();
  const [mine, theirs] = [await tuskerAt(redis, 'a URL'), await tuskerAt(redis, 'a URL')];
  onTestFinished(async () => void (await theirs.stop({ grace: 0 })));
  const kept = await mine.lock('t', 1);
  const running = mine.run(
    't',
    2,
    ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const stopped = expect(running).rejects.toMatchObject({ code: 'STOPPED' });
  await theirs.close('merge');
  expect(await mine.fetchReleased({ timeout: 20_000 })).toMatchObject({ task: 'merge', attempt: 1 });
  await until('the run', async () => (await theirs.explain('t')).detail?.units.locked === 2 || undefined);
  // The long ttl of a lock is not what they wait for.
  const taking = [theirs.lock('t', 1, { wait: 20_000 }), theirs.run('t', 2, () => 'theirs', { wait: 20_000 })] as const;
  expect(await mine.stop({ grace: 20 })).toEqual({ locks: [], claims: [], calls: [] });
  await stopped;
  expect((await taking[0]).token).toBeGreaterThan(kept.token);
  expect(await taking[1]).toBe('theirs');
  expect(await theirs.fetchReleased({ timeout: 20_000 })).toMatchObject({ task: 'merge', attempt: 1 });
  expect((await theirs.explain('t')).detail?.units).toMatchObject({ failed: 0, expired: 0, done: 1, locked: 1 });
});
