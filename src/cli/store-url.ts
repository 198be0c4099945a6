import { resolve } from 'node:path';
import { InvalidArgumentError } from '../index.js';
import type { Surroundings } from './surroundings.js';

const ALLOWED = "'redis://host', 'rediss://host', 'sqlite:path', 'memory:', or { store }";
/** A path that begins at the working directory; `sqlite::…` and `sqlite://…` are left to the library. */
const RELATIVE = /^sqlite:(?![:/])(.+)$/s;

/**
 * The store that `--url` or the environment names: `createTusker` without a target chooses in the same way, but from the
 * environment of the process. @throws InvalidArgumentError in production, when nothing names one
 */
export function storeUrl(option: string | undefined, { env, cwd }: Surroundings): string {
  const url = option ?? defaultUrl(env);
  const [, path] = RELATIVE.exec(url) ?? [];
  return path === undefined ? url : `sqlite:${inFolder(cwd, path)}`;
}

export function isRedisUrl(url: string): boolean {
  return /^(redis|valkey)s?:/i.test(url);
}

/** A path that may begin at the working directory of the run. */
export function inFolder(cwd: string | undefined, path: string): string {
  return cwd === undefined ? path : resolve(cwd, path);
}

function defaultUrl({ TUSKER_URL, NODE_ENV }: NodeJS.ProcessEnv): string {
  if (TUSKER_URL) return TUSKER_URL;
  if (NODE_ENV !== 'production') return 'sqlite:./tusker.db';
  throw new InvalidArgumentError('target', undefined, `${ALLOWED}; in production give one, or set TUSKER_URL`);
}
