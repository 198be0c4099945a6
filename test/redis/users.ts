/** Stores as a user makes them: over a client of a library, with the server's own clock. */
import { onTestFinished } from 'vitest';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import type { RedisStoreTestOptions } from '../../src/stores/redis/store-over.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { History } from '../../src/testing/index.js';
import type { Library, UserClient, UserOptions } from '../redis-clients/libraries.js';
import { LIBRARIES } from '../redis-clients/libraries.js';

let namespaces = 0;

export function library(name: string): Library {
  const found = LIBRARIES.find((one) => one.name === name);
  if (!found) throw new Error(`no library ${name}`);
  return found;
}

/** A store on a namespace that nobody has used; the client and the store end with the test. */
export async function storeOf(opening: Promise<UserClient>, options: RedisStoreTestOptions = {}): Promise<History> {
  const user = await opening;
  const store = storeOver(recogniseClient(user.client), { namespace: `test ${namespaces++}`, ...options });
  onTestFinished(async () => {
    await store.close();
    await user.end();
  });
  return new History({ store, advance: async () => {}, dispose: () => store.close() });
}

/** The same over one ioredis client to a port. */
export function storeAt(port: number, options: RedisStoreTestOptions = {}, user: UserOptions = {}): Promise<History> {
  return storeOf(library('ioredis 6').single(port, user), options);
}
