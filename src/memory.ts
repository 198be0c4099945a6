import type { Schemas } from './client/session.js';
import type { Store } from './core/store.js';
import { memoryStore } from './stores/embedded/memory.js';
import { givenStore, refusedUrl } from './target.js';
import type { PlainPayloads, SchemaPayloads, TaskTypes, Tusker, TuskerOptions } from './tusker.js';
import { tuskerOver } from './tusker.js';

export * from './stores/embedded/memory.js';

/**
 * `createTusker` of `tusker` for tasks in the memory of this process alone: a bundle holds no other store.
 *
 * @throws InvalidArgumentError
 * @example
 * import { createTusker } from 'tusker/memory'
 * const tusker = createTusker()
 */
export function createTusker<const S extends Schemas>(
  target: 'memory:' | { readonly store: Store } | undefined,
  options: TuskerOptions<S> & { readonly schema: S },
): Tusker<SchemaPayloads<S>>;
export function createTusker<T extends TaskTypes = object>(
  target?: 'memory:' | { readonly store: Store },
  options?: TuskerOptions,
): Tusker<PlainPayloads<T>>;
export function createTusker(target: unknown = 'memory:', options: TuskerOptions = {}): Tusker {
  return tuskerOver(openStore(target), options);
}

const ALLOWED = "'memory:' or { store }; tusker/sqlite, tusker/redis and tusker have the other stores";

function openStore(target: unknown): Store {
  if (typeof target !== 'string') return givenStore(target, ALLOWED);
  if (target === 'memory:') return memoryStore();
  throw refusedUrl(target, ALLOWED);
}
