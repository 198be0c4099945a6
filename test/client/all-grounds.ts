import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Tusker, TuskerOptions } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import type { StillTime } from '../harness/still-time.js';
import { stillTime } from '../harness/still-time.js';
import { UnrulyStore } from '../harness/unruly-store.js';
import { storeAt } from '../redis/users.js';
import { startRedis } from '../redis-ground/server.js';
import { temporaryFolder } from '../subjects.js';

/** Makes another tusker over the same tasks, as another process has it. */
export type Peer = (options?: TuskerOptions) => Tusker;

function ended(tusker: Tusker): Tusker {
  onTestFinished(async () => void (await tusker.stop({ grace: 0 })));
  return tusker;
}

async function onRedis(shards: number): Promise<Peer> {
  const server = await startRedis();
  const { store } = await storeAt(server.port, { shards });
  return (options = {}) => ended(createTusker({ store }, options) as Tusker);
}

/** The stores that `all()` is tried on, each with its real clock. */
export const GROUNDS: Record<string, () => Promise<Peer>> = {
  memory: async () => {
    const store = memoryStore();
    return (options = {}) => ended(createTusker({ store }, options) as Tusker);
  },
  sqlite: async () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder.remove());
    const path = join(folder.path, 'tusker.db');
    return (options = {}) =>
      ended(createTusker({ store: sqliteStore(path, { synchronous: 'NORMAL' }) }, options) as Tusker);
  },
  redis: () => onRedis(1),
  'redis, three shards': () => onRedis(3),
};

/** Tuskers on one memory store that outlives each of them, in time that stands still. */
export function lastingTuskers(): { readonly time: StillTime; readonly peer: Peer } {
  const time = stillTime();
  const inner = memoryStore({ clock: time.clock, random: () => 0 });
  const peer: Peer = (options = {}) => {
    const store = new UnrulyStore(inner);
    store.close = async () => {};
    const tusker = createTusker({ store }, options) as Tusker;
    onTestFinished(async () => void (await Promise.all([tusker.stop({ grace: 0 }), time.passes(20_000)])));
    return tusker;
  };
  return { time, peer };
}
