import type { Schemas } from './client/session.js';
import { InvalidArgumentError } from './core/errors.js';
import type { Store } from './core/store.js';
import { memoryStore } from './stores/embedded/memory.js';
import { sqliteStore } from './stores/embedded/sqlite.js';
import { redisStore } from './stores/redis/index.js';
import type { PlainPayloads, SchemaPayloads, TaskTypes, Tusker, TuskerOptions } from './tusker.js';
import { tuskerOver } from './tusker.js';

/**
 * Where the tasks are kept: `'redis://…'`, `'rediss://…'` with TLS (`valkey:` and `valkeys:` mean the same), `'sqlite:path'`,
 * `'memory:'`, or a store made by hand.
 */
export type Target = string | { readonly store: Store };

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

/** What people know from other libraries, and would be names of files here. */
const NO_PATH = /^sqlite:($|\/\/|:memory:$)/;

function openStore(target: unknown): Store {
  if (typeof target === 'object' && target !== null) return givenStore(target);
  const url = target === undefined ? defaultUrl() : target;
  if (typeof url !== 'string') throw new InvalidArgumentError('target', url, ALLOWED);
  if (url === 'memory:') return memoryStore();
  if (url.startsWith('sqlite:') && !NO_PATH.test(url)) return sqliteStore(url.slice('sqlite:'.length));
  if (/^(redis|valkey)s?:/i.test(url)) return redisStore(url);
  throw refusedUrl(url);
}

/** Nothing behind the scheme is shown: it may hold a password. */
function refusedUrl(url: string): InvalidArgumentError {
  const [, blanksAndQuotes = '', scheme] = /^([\s'"`]*)([a-z][a-z0-9+.-]*:)?/i.exec(url) ?? [];
  const path = scheme === 'sqlite:' ? url.slice(0, 80) : `${scheme}…`;
  const shown = scheme === undefined ? 'a text without a scheme' : path;
  const reason = blanksAndQuotes === '' ? '' : '; it begins with a blank or a quote, as a line of an env file may';
  return new InvalidArgumentError('target', shown, `${ALLOWED}${reason}`);
}

function givenStore(target: object): Store {
  const { store } = target as { store?: Partial<Store> };
  if (typeof store?.apply !== 'function' || typeof store.namespace !== 'function') {
    throw new InvalidArgumentError('target', target, ALLOWED);
  }
  const other = Object.keys(target).find((key) => key !== 'store');
  if (other !== undefined) {
    const given = (target as Record<string, unknown>)[other];
    throw new InvalidArgumentError(`target.${other}`, given, 'only the store: options are the second argument');
  }
  return store as Store;
}

function defaultUrl(): string {
  const { TUSKER_URL, NODE_ENV } = process.env;
  if (TUSKER_URL) return TUSKER_URL;
  if (NODE_ENV !== 'production') return 'sqlite:./tusker.db';
  throw new InvalidArgumentError('target', undefined, `${ALLOWED}; in production give one, or set TUSKER_URL`);
}
