import { optionsObject } from '../../core/options.js';
import type { Store } from '../../core/store.js';
import type { RedisLike } from './clients/node-redis-shape.js';
import { openUrl } from './clients/open-url.js';
import { recogniseClient } from './clients/recognise.js';
import type { RedisStoreOptions } from './store-over.js';
import { storeOver } from './store-over.js';

export type { RedisLike } from './clients/node-redis-shape.js';

/**
 * A store in Redis (7.0 or newer) or Valkey (7.2 or newer), shared by everybody who reaches the server.
 *
 * @param client a `redis:` or `rediss:` URL, or a client of ioredis, iovalkey or redis (node-redis) that the caller
 *   keeps: it is neither reconfigured nor closed; Sentinel, Cluster, TLS and users are as it has them
 * @throws InvalidArgumentError
 * @example
 * const tusker = createTusker({ store: redisStore(new Redis(), { namespace: 'songs' }) })
 */
export function redisStore(client: string | RedisLike, options: RedisStoreOptions = {}): Store {
  const names = ['namespace', 'shards', 'waitForReplicas', 'commandTimeout', 'retryFor'] as const;
  optionsObject('options', options, names);
  return storeOver(typeof client === 'string' ? openUrl(client) : recogniseClient(client), options);
}

export type { Finding } from './diagnosis.js';
export { diagnoseRedis } from './diagnosis.js';
export type { RedisStoreOptions } from './store-over.js';
