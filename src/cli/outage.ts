import { setTimeout as pause } from 'node:timers/promises';
import type { Tusker } from '../index.js';
import { ConnectionError } from '../index.js';
import type { Context } from './command.js';
import { isStoreAway } from './errors.js';
import type { Output } from './output.js';
import { isRedisUrl } from './store-url.js';

/** A command that ends by itself gives up a store that it has not reached for so long, in ms. */
export const PATIENCE = 3000;
/** A store that is away for a shorter time is not worth a word, in ms. */
const WORTH_A_WORD = 700;
/** Between two tries, in ms: each of them tries for a while itself. */
const BETWEEN_TRIES = 500;

/** Resolves when the store has answered. @throws the last that was heard of it, when it has not within `PATIENCE`; the signal's reason */
export async function firstContact(tusker: Tusker, signal?: AbortSignal): Promise<void> {
  let last: Error | undefined;
  const lost = (error: Error): void => {
    last = error;
  };
  const tried = ({ error }: { readonly error: Error }): void => lost(error);
  tusker.on('error', lost).on('reconnecting', tried);
  let timer: NodeJS.Timeout | undefined;
  let abort = (): void => {};
  const late = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(last ?? new ConnectionError(`The store did not answer within ${PATIENCE} ms.`));
    timer = setTimeout(giveUp, PATIENCE);
    abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
  });
  try {
    await Promise.race([tusker.stats(), late]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    tusker.off('error', lost).off('reconnecting', tried);
  }
}

/**
 * Says once that the store is away, and once that it is back. For commands that run on: they try on meanwhile. A file that could
 * not be used from the start is a mistake, and ends them.
 */
export class Outage implements Disposable {
  readonly #tusker: Tusker;
  readonly #output: Output;
  #timer: NodeJS.Timeout | undefined;
  #isTold = false;
  #mayBeAway: boolean;

  constructor({ tusker, output, storeUrl }: Pick<Context, 'tusker' | 'output' | 'storeUrl'>) {
    this.#mayBeAway = isRedisUrl(storeUrl);
    this.#tusker = tusker;
    this.#output = output;
    tusker.on('error', this.tell).on('connected', this.over);
  }

  /** Something went wrong with the store, and is tried again. */
  readonly tell = (error: unknown): void => {
    if (this.#isTold) return;
    this.#timer ??= setTimeout(() => {
      this.#isTold = true;
      this.#output.error(error);
      this.#output.note('trying on until the store answers');
    }, WORTH_A_WORD);
  };

  /** The store answers. */
  readonly over = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#output.note('the store answers again');
  };

  /** Asks until there is an answer, however long that takes; undefined when the signal aborts first. @throws what is no outage */
  async until<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    const aborted = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    while (!signal.aborted) {
      try {
        const answer = await Promise.race([ask(), aborted]);
        if (signal.aborted) return undefined;
        this.#mayBeAway = true;
        this.over();
        return answer;
      } catch (error) {
        if (signal.aborted) return undefined;
        if (!this.#mayBeAway || !isStoreAway(error)) throw error;
        this.tell(error);
        await pause(BETWEEN_TRIES, undefined, { signal }).catch(() => {});
      }
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#tusker.off('error', this.tell).off('connected', this.over);
  }
}
