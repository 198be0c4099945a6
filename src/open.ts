import type { Schemas } from './client/session.js';
import { InvalidArgumentError } from './core/errors.js';
import type { Store } from './core/store.js';
import { memoryStore } from './stores/embedded/memory.js';
import { sqliteStore } from './stores/embedded/sqlite.js';
import { redisStore } from './stores/redis/index.js';
import type { Target } from './target.js';
import { givenStore, isRedisUrl, refusedUrl, sqlitePath } from './target.js';
import type { PlainPayloads, SchemaPayloads, TaskTypes, Tusker, TuskerOptions } from './tusker.js';
import { tuskerOver } from './tusker.js';

/**
 * The door to everything: a client of a store.
 *
 * Without a target it is `TUSKER_URL` from the environment, else the file `./tusker.db`; with `NODE_ENV=production` one
 * of them must be given. The store is opened at the first call.
 *
 * @throws InvalidArgumentError
 * @example
 * const tusker = createTusker('sqlite:tusker.db')
 * const songs = tusker.namespace('songs')
 */
export function createTusker<const S extends Schemas>(
  target: Target | undefined,
  options: TuskerOptions<S> & { readonly schema: S },
): Tusker<SchemaPayloads<S>>;
export function createTusker<T extends TaskTypes = object>(
  target?: Target,
  options?: TuskerOptions,
): Tusker<PlainPayloads<T>>;
export function createTusker(target?: Target, options: TuskerOptions = {}): Tusker {
  return tuskerOver(openStore(target), options);
}

const ALLOWED = "'redis://host', 'rediss://host', 'sqlite:path', 'memory:', or { store }";

function openStore(target: unknown): Store {
  if (typeof target === 'object' && target !== null) return givenStore(target, ALLOWED);
  const url = target === undefined ? defaultUrl() : target;
  if (typeof url !== 'string') throw new InvalidArgumentError('target', url, ALLOWED);
  if (url === 'memory:') return memoryStore();
  const path = sqlitePath(url);
  if (path !== undefined) return sqliteStore(path);
  if (isRedisUrl(url)) return redisStore(url);
  throw refusedUrl(url, ALLOWED);
}

function defaultUrl(): string {
  const { TUSKER_URL, NODE_ENV } = process.env;
  if (TUSKER_URL) return TUSKER_URL;
  if (NODE_ENV !== 'production') return 'sqlite:./tusker.db';
  throw new InvalidArgumentError('target', undefined, `${ALLOWED}; in production give one, or set TUSKER_URL`);
}
