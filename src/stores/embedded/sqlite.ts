import { resolve } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { systemClock } from '../../core/clock.js';
import { InvalidArgumentError } from '../../core/errors.js';
import { duration, namespaceName, oneOf, optionsObject } from '../../core/options.js';
import type { Store } from '../../core/store.js';
import { EmbeddedStore } from './embedded-store.js';
import { LazyBackend } from './lazy-backend.js';
import { Notifier } from './notifier.js';
import { SqliteBackend } from './sqlite-backend.js';
import type { SqliteOptions } from './sqlite-options.js';

export { type BackupReport, backupSqlite } from './sqlite-backup.js';

export interface SqliteStoreOptions extends SqliteOptions {
  /** The name of the namespace. Default `'default'`. */
  readonly namespace?: string | undefined;
  /** The store's time. Default the machine's. */
  readonly clock?: Clock | undefined;
  /** In [0, 1): the jitter of the backoff. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * A store in a SQLite file, shared by the processes of one machine. Needs Node 22.16 or newer, or the package `libsql`.
 * The file is opened or created at the first call; what stands in its way rejects that call.
 *
 * @param path taken literally; a relative one begins at the working directory of now. Its folder must exist
 * @throws InvalidArgumentError
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  if (typeof path !== 'string' || path === '' || path === ':memory:' || path.includes('\0')) {
    throw new InvalidArgumentError('path', path, 'the path of a file');
  }
  optionsObject('options', options, ['namespace', 'clock', 'random', 'synchronous', 'busyTimeout']);
  const { namespace = 'default', clock = systemClock, random = Math.random } = options;
  const terms = {
    synchronous: oneOf('options.synchronous', options.synchronous ?? 'FULL', ['FULL', 'NORMAL'] as const),
    busyTimeout: duration('options.busyTimeout', options.busyTimeout ?? 10_000),
  };
  // The working directory may be another one at the first call.
  const file = resolve(path);
  const backend = new LazyBackend(() => SqliteBackend.open(file, terms));
  return new EmbeddedStore(namespaceName(namespace), { backend, clock, random, notifier: new Notifier(backend) });
}
