import type { Schemas } from './client/session.js';
import type { Store } from './core/store.js';
import { redisStore } from './stores/redis/index.js';
import { givenStore, isRedisUrl, refusedUrl } from './target.js';
import type { PlainPayloads, SchemaPayloads, TaskTypes, Tusker, TuskerOptions } from './tusker.js';
import { tuskerOver } from './tusker.js';

export * from './stores/redis/index.js';

/**
 * `createTusker` of `tusker` for tasks in Redis or Valkey alone: a bundle holds no other store.
 *
 * @param target a `redis:` or `rediss:` URL, or `{ store: redisStore(client) }`
 * @throws InvalidArgumentError
 * @example
 * import { createTusker } from 'tusker/redis'
 * const tusker = createTusker('redis://127.0.0.1:6379')
 */
export function createTusker<const S extends Schemas>(
  target: string | { readonly store: Store },
  options: TuskerOptions<S> & { readonly schema: S },
): Tusker<SchemaPayloads<S>>;
export function createTusker<T extends TaskTypes = object>(
  target: string | { readonly store: Store },
  options?: TuskerOptions,
): Tusker<PlainPayloads<T>>;
export function createTusker(target: unknown, options: TuskerOptions = {}): Tusker {
  return tuskerOver(openStore(target), options);
}

const ALLOWED =
  "'redis://host', 'rediss://host' or { store }; tusker/memory, tusker/sqlite and tusker have the other stores";

function openStore(target: unknown): Store {
  if (typeof target !== 'string') return givenStore(target, ALLOWED);
  if (isRedisUrl(target)) return redisStore(target);
  throw refusedUrl(target, ALLOWED);
}
