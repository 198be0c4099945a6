import { join } from 'node:path';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { startRedis } from '../redis-ground/server.js';
import { temporaryFolder } from '../subjects.js';

export interface Opened extends AsyncDisposable {
  readonly tusker: Tusker;
}

/** The stores that the dashboard is tested on. */
export const STORES: Readonly<Record<string, () => Promise<Opened>>> = {
  memory: async () => opened(createTusker('memory:') as Tusker),
  sqlite: async () => {
    const folder = temporaryFolder();
    return opened(createTusker(`sqlite:${join(folder.path, 'tusker.db')}`) as Tusker, () => folder.remove());
  },
  redis: async () => {
    const server = await startRedis();
    return opened(createTusker(server.url) as Tusker, () => server.stop());
  },
};

function opened(tusker: Tusker, after: () => void | Promise<void> = () => {}): Opened {
  return {
    tusker: tusker.namespace('songs') as Tusker,
    async [Symbol.asyncDispose]() {
      await tusker.stop({ grace: 0 });
      await after();
    },
  };
}
