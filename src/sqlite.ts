import type { Schemas } from './client/session.js';
import type { Store } from './core/store.js';
import { sqliteStore } from './stores/embedded/sqlite.js';
import { givenStore, refusedUrl, sqlitePath } from './target.js';
import type { PlainPayloads, SchemaPayloads, TaskTypes, Tusker, TuskerOptions } from './tusker.js';
import { tuskerOver } from './tusker.js';

export * from './stores/embedded/sqlite.js';

/**
 * `createTusker` of `tusker` for tasks in a SQLite file alone: a bundle holds no other store.
 *
 * @param target `sqlite:path`: its folder must exist
 * @throws InvalidArgumentError
 * @example
 * import { createTusker } from 'tusker/sqlite'
 * const tusker = createTusker('sqlite:tusker.db')
 */
export function createTusker<const S extends Schemas>(
  target: `sqlite:${string}` | { readonly store: Store },
  options: TuskerOptions<S> & { readonly schema: S },
): Tusker<SchemaPayloads<S>>;
export function createTusker<T extends TaskTypes = object>(
  target: `sqlite:${string}` | { readonly store: Store },
  options?: TuskerOptions,
): Tusker<PlainPayloads<T>>;
export function createTusker(target: unknown, options: TuskerOptions = {}): Tusker {
  return tuskerOver(openStore(target), options);
}

const ALLOWED = "'sqlite:path' or { store }; tusker/memory, tusker/redis and tusker have the other stores";

function openStore(target: unknown): Store {
  if (typeof target !== 'string') return givenStore(target, ALLOWED);
  const path = sqlitePath(target);
  if (path !== undefined) return sqliteStore(path);
  throw refusedUrl(target, ALLOWED);
}
