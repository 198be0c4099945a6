import { setMaxListeners } from 'node:events';
import type { StandardSchema } from '../core/schema.js';
import type { Store } from '../core/store.js';
import { Batcher } from './batcher.js';
import type { LockTerms } from './checked-lock.js';
import type { ContactNews } from './contact-news.js';
import { Follower } from './follower.js';
import type { Lease } from './lease.js';
import type { Defaults } from './namespace-options.js';
import type { Renewer } from './renewer.js';
import type { Stoppable } from './stopping.js';

/** The schemas of a namespace, all optional. Their input is stored, readers get their output. */
export interface Schemas {
  /** What a close or an open carries. */
  readonly info?: StandardSchema | undefined;
  /** The result of a unit. */
  readonly unit?: StandardSchema | undefined;
  /** The result of a task. */
  readonly result?: StandardSchema | undefined;
}

/** What holds for all namespaces of one `createTusker`. */
export interface Settings {
  readonly maxPayload: number;
  readonly maxQueue: number;
  readonly holder: string;
}

/** What the locks, claims and verbs of one namespace work with. */
export class Session {
  readonly batcher: Batcher;
  readonly follower: Follower;
  /** The terms of all locks without options, once there is one. */
  lockTerms: LockTerms | undefined;
  /** Ends what must not outlive `stop`: waits and iterators. */
  readonly stopping = new AbortController();
  /** The workers. */
  readonly stoppables = new Set<Stoppable>();
  /** What `stop` waits for before it refuses calls. */
  readonly underWay = new Set<Promise<unknown>>();

  constructor(
    readonly store: Store,
    readonly settings: Settings,
    readonly schemas: Schemas,
    readonly defaults: Defaults,
    readonly renewer: Renewer<Lease>,
    readonly nonce: () => string,
    readonly contact: ContactNews,
  ) {
    this.batcher = new Batcher(store, settings.maxQueue, renewer.changes, this);
    this.follower = new Follower(store);
    // Each wait listens.
    setMaxListeners(0, this.stopping.signal);
  }

  /** The same promise; `stop` does not refuse calls before it is settled. */
  beforeStop<Answer>(promise: Promise<Answer>): Promise<Answer> {
    this.underWay.add(promise);
    const over = (): void => void this.underWay.delete(promise);
    promise.then(over, over);
    return promise;
  }
}
