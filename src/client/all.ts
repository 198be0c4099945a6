import { InvalidArgumentError } from '../core/errors.js';
import { HOUR, wholeNumber } from '../core/options.js';
import type { RunContext } from './locking.js';

export interface AllOptions {
  /** How many items at once in this process. Default 8. */
  readonly concurrency?: number;
  /** How long the lock of an item lives without renewal, in ms. Default 60 000. */
  readonly ttl?: number;
  /** How long to wait for an item that another process works on, in ms. Default 1 h. */
  readonly wait?: number;
  /** How long the results are kept after all are done, in ms. Default 1 h. */
  readonly retention?: number;
  readonly signal?: AbortSignal;
}

export const ALL_OPTION_NAMES = ['concurrency', 'ttl', 'wait', 'retention', 'signal'] as const;
export const DEFAULT_ALL_WAIT = HOUR;

/** Runs `work` over the items, so many at a time; the first error stops the start of others and is thrown at the end. */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  concurrency: unknown,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  if (!Array.isArray(items)) throw new InvalidArgumentError('items', items, 'an array');
  const lanes = concurrency === undefined ? 8 : wholeNumber('options.concurrency', concurrency, 1, 10_000);
  const results: Result[] = new Array<Result>(items.length);
  const errors: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && errors.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as Item, index);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  if (errors.length > 0) throw errors[0];
  return results;
}

export type AllWork<Item, Input> = (item: Item, context: RunContext) => Input | Promise<Input>;
