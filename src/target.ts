import { InvalidArgumentError } from './core/errors.js';
import type { Store } from './core/store.js';

/**
 * Where the tasks are kept: `'redis://…'`, `'rediss://…'` with TLS (`valkey:` and `valkeys:` mean the same), `'sqlite:path'`,
 * `'memory:'`, or a store made by hand.
 */
export type Target = string | { readonly store: Store };

/** What people know from other libraries, and would be names of files here. */
const NO_PATH = /^sqlite:($|\/\/|:memory:$)/;

/** The path in `sqlite:path`; undefined of anything else. */
export function sqlitePath(url: string): string | undefined {
  return url.startsWith('sqlite:') && !NO_PATH.test(url) ? url.slice('sqlite:'.length) : undefined;
}

export function isRedisUrl(url: string): boolean {
  return /^(redis|valkey)s?:/i.test(url);
}

/** The store in a target that is no text. @throws InvalidArgumentError */
export function givenStore(target: unknown, allowed: string): Store {
  const { store } = (target ?? {}) as { store?: Partial<Store> };
  if (typeof store?.apply !== 'function' || typeof store.namespace !== 'function') {
    throw new InvalidArgumentError('target', target, allowed);
  }
  const other = Object.keys(target as object).find((key) => key !== 'store');
  if (other !== undefined) {
    const given = (target as Record<string, unknown>)[other];
    throw new InvalidArgumentError(`target.${other}`, given, 'only the store: options are the second argument');
  }
  return store as Store;
}

/** Nothing behind the scheme is shown: it may hold a password. */
export function refusedUrl(url: string, allowed: string): InvalidArgumentError {
  const [, blanksAndQuotes = '', scheme] = /^([\s'"`]*)([a-z][a-z0-9+.-]*:)?/i.exec(url) ?? [];
  const path = scheme === 'sqlite:' ? url.slice(0, 80) : `${scheme}…`;
  const shown = scheme === undefined ? 'a text without a scheme' : path;
  return new InvalidArgumentError('target', shown, `${allowed}${hint(url, blanksAndQuotes)}`);
}

function hint(url: string, blanksAndQuotes: string): string {
  if (blanksAndQuotes !== '') return '; it begins with a blank or a quote, as a line of an env file may';
  if (url === 'sqlite::memory:') return "; a store in memory is 'memory:'";
  const [, path] = /^sqlite:\/\/(.*)$/.exec(url) ?? [];
  return path ? `; the path stands right behind the colon: 'sqlite:${path.slice(0, 80)}'` : '';
}
