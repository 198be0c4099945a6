import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Store } from '../src/core/store.js';
import { memoryStore } from '../src/stores/embedded/memory.js';
import { sqliteStore } from '../src/stores/embedded/sqlite.js';
import { recogniseClient } from '../src/stores/redis/clients/recognise.js';
import { storeOver } from '../src/stores/redis/store-over.js';
import type { Subject } from '../src/testing/index.js';
import { ManualClock } from '../src/testing/index.js';
import { endAfterFile } from './harness/endings.js';
import type { PlainRedis } from './redis-ground/server.js';
import { startRedis } from './redis-ground/server.js';

/** A folder that is gone after `remove`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tusker-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** One server for a test file, started by the first subject that needs it. */
class SharedRedis {
  #opening: Promise<{ server: PlainRedis; client: Redis }> | undefined;
  #count = 0;

  /** A store on a namespace that nobody has used. */
  async store(clock: ManualClock): Promise<Store> {
    if (!this.#opening) {
      this.#opening = this.#open();
      endAfterFile(() => this.#stop());
    }
    const { client } = await this.#opening;
    return storeOver(recogniseClient(client), { clock, namespace: `subject ${this.#count++}` });
  }

  async #open(): Promise<{ server: PlainRedis; client: Redis }> {
    const server = await startRedis();
    return { server, client: new Redis(server.url) };
  }

  async #stop(): Promise<void> {
    const opened = await this.#opening;
    this.#opening = undefined;
    opened?.client.disconnect();
    await opened?.server.stop();
  }
}

const redis = new SharedRedis();

const ALL: Record<string, () => Promise<Subject & { clock: ManualClock }>> = {
  memory: async () => {
    const clock = new ManualClock();
    const store = memoryStore({ clock });
    return { store, clock, advance: async (ms) => clock.advance(ms), dispose: () => store.close() };
  },
  sqlite: async () => {
    const clock = new ManualClock();
    const folder = temporaryFolder();
    const store = sqliteStore(join(folder.path, 'tusker.db'), { clock, synchronous: 'NORMAL' });
    const dispose = async (): Promise<void> => {
      await store.close();
      folder.remove();
    };
    return { store, clock, advance: async (ms) => clock.advance(ms), dispose };
  },
  redis: async () => {
    const clock = new ManualClock();
    const store = await redis.store(clock);
    return { store, clock, advance: async (ms) => clock.advance(ms), dispose: () => store.close() };
  },
};

/** The stores that the suites run on, each with a clock moved by hand; with `TUSKER_TEST_STORES` those of its list alone. */
export const SUBJECTS: typeof ALL = chosen(process.env.TUSKER_TEST_STORES);

function chosen(list: string | undefined): typeof ALL {
  if (!list) return ALL;
  const names = list.split(',');
  const unknown = names.find((name) => !(name in ALL));
  if (unknown !== undefined) throw new Error(`TUSKER_TEST_STORES: ${unknown}; allowed: ${Object.keys(ALL).join(', ')}`);
  return Object.fromEntries(Object.entries(ALL).filter(([name]) => names.includes(name)));
}
