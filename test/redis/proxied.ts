/**
 * A store whose connections go through a proxy, and one on the same namespace that goes straight to the server. The first
 * has a client of tusker's own, which neither queues nor repeats anything: what is seen is what the store does.
 */
import { onTestFinished } from 'vitest';
import { openUrl } from '../../src/stores/redis/clients/open-url.js';
import type { RedisStoreTestOptions } from '../../src/stores/redis/store-over.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { History } from '../../src/testing/index.js';
import type { ProxiedCommand, RedisProxy } from '../redis-ground/proxy.js';
import { startProxy } from '../redis-ground/proxy.js';
import type { RedisConfig, RedisServer } from '../redis-ground/server.js';
import { ownServer } from './tell.js';
import { storeAt } from './users.js';

export interface Proxied {
  readonly server: RedisServer;
  readonly proxy: RedisProxy;
  /** Greeted already: what comes next is the call of the test. */
  readonly h: History;
  readonly direct: History;
}

export async function proxied(options: RedisStoreTestOptions = {}, config: RedisConfig = {}): Promise<Proxied> {
  const server = await ownServer(config);
  const proxy = await startProxy(server);
  onTestFinished(() => proxy.stop());
  const direct = await storeAt(server.port, { ...options, waitForReplicas: 0 });
  const store = storeOver(openUrl(proxy.url), { ...options, namespace: direct.store.name });
  onTestFinished(() => store.close());
  const h = new History({ store, advance: async () => {}, dispose: () => store.close() });
  await h.stats();
  return { server, proxy, h, direct };
}

/** The next command that fits, as it comes to the proxy; it passes. */
export function passing(
  proxy: RedisProxy,
  name: string,
  fits: (words: readonly string[]) => boolean = () => true,
): Promise<ProxiedCommand> {
  return proxy.next({ delay: 0 }, (command) => command.name === name && fits(command.words));
}
