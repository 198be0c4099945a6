import { setMaxListeners } from 'node:events';
import type { StandardSchema } from '../core/schema.js';
import type { Store } from '../core/store.js';
import { Batcher } from './batcher.js';
import type { LockTerms } from './checked-lock.js';
import { Follower } from './follower.js';
import type { Renewer } from './renewer.js';

/** The schemas of a namespace, all optional. Their input is stored, readers get their output. */
export interface Schemas {
  readonly info?: StandardSchema;
  /** The result of a unit. */
  readonly unit?: StandardSchema;
  /** The result of a task. */
  readonly result?: StandardSchema;
}

/** What holds for all namespaces of one `createTusker`. */
export interface Settings {
  readonly maxPayload: number;
  readonly maxQueue: number;
  readonly idleTimeout: number;
  readonly holder: string;
}

/** What the locks, claims and verbs of one namespace work with. */
export class Session {
  readonly batcher: Batcher;
  readonly follower: Follower;
  /** The terms of all locks without options, once there is one. */
  lockTerms: LockTerms | undefined;
  /** Ends what must not outlive `stop`: workers and iterators. */
  readonly stopping = new AbortController();
  readonly stoppables = new Set<{ stop(): Promise<void> }>();

  constructor(
    readonly store: Store,
    readonly settings: Settings,
    readonly schemas: Schemas,
    readonly renewer: Renewer,
    readonly nonce: () => string,
  ) {
    this.batcher = new Batcher(store, settings.maxQueue);
    this.follower = new Follower(store);
    // Each wait listens.
    setMaxListeners(0, this.stopping.signal);
  }
}
