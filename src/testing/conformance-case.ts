import type { History } from './history.js';

/** One promise of the contract, shown on one history. */
export interface ConformanceCase {
  readonly title: string;
  /** Rejects with an `AssertionError` when the store does not keep it. The store must be empty. */
  run(history: History): Promise<void>;
}
