import type { Clock } from '../../core/clock.js';
import { systemClock } from '../../core/clock.js';
import { namespaceName, optionsObject } from '../../core/options.js';
import type { Store } from '../../core/store.js';
import { EmbeddedStore } from './embedded-store.js';
import { MemoryBackend } from './memory-ledger.js';
import { Notifier } from './notifier.js';

export interface MemoryStoreOptions {
  /** The name of the namespace. Default `'default'`. */
  readonly namespace?: string | undefined;
  /** The store's time; tests move it by hand. Default the machine's. */
  readonly clock?: Clock | undefined;
  /** In [0, 1): the jitter of the backoff. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * A store in the memory of this process: nothing to install, nothing kept. Each call makes another one.
 *
 * @example
 * const tusker = createTusker({ store: memoryStore() })
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  optionsObject('options', options, ['namespace', 'clock', 'random']);
  const { namespace = 'default', clock = systemClock, random = Math.random } = options;
  const backend = new MemoryBackend();
  return new EmbeddedStore(namespaceName(namespace), { backend, clock, random, notifier: new Notifier(backend) });
}
