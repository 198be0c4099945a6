import { join } from 'node:path';
import type { PlainRedis } from '../redis-ground/server.js';
import { startRedis } from '../redis-ground/server.js';
import { onWire } from '../redis-ground/wire.js';

/** A kind of store that the command line runs on. */
export interface StoreGround {
  readonly name: string;
  /** An empty store for one test, which has this folder; gives its URL. */
  open(folder: string): Promise<string>;
  /** After the last test. */
  end(): Promise<void>;
}

export const SQLITE: StoreGround = {
  name: 'SQLite',
  open: async (folder) => `sqlite:${join(folder, 'tusker.db')}`,
  end: async () => {},
};

/** One server for a file of tests, emptied for each. */
class RedisGround implements StoreGround {
  readonly name = 'Redis';
  #server: PlainRedis | undefined;

  async open(): Promise<string> {
    this.#server ??= await startRedis();
    const { port, url } = this.#server;
    await onWire(port, (wire) => wire.send('FLUSHALL'));
    return url;
  }

  async end(): Promise<void> {
    await this.#server?.stop();
  }
}

/** All of them: every test of the commands runs over each. */
export const STORES: readonly StoreGround[] = [SQLITE, new RedisGround()];
