import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import type { CloseOptions, Store, Tusker, TuskerOptions } from '../index.js';
import { createTusker } from '../open.js';
import type { Callback } from './callback.js';
import { callBack } from './callback.js';
import { Fetching } from './fetching.js';

const DAY = 86_400_000;
const DEFAULT_URL = 'redis://127.0.0.1:6379';
/** A lock lives until it is unlocked or `timeoutLocks` ends it; this bound is for those that nobody ends. */
const LOCK = { ttl: DAY, maxHold: 366 * DAY, refresh: true, renew: false } as const;
/** What a close does not name. With `replace` a second one, while something is outstanding, takes the place of the first. */
const CLOSE = {
  attempts: 5,
  timeout: 30_000,
  backoff: 0,
  unitGrace: 0,
  incomplete: 'release',
  replace: true,
} as const;
const METHODS = [
  'lock',
  'unlock',
  'close',
  'fetchReleased',
  'timeoutLocks',
  'timeoutProcessing',
  'stats',
  'stop',
] as const;

/** Where the tasks are kept, and the settings of `createTusker`. */
export interface ClassicOptions extends Pick<TuskerOptions, 'maxPayload' | 'maxQueue' | 'idleTimeout' | 'holder'> {
  /** Where the tasks are kept. Default `TUSKER_URL` from the environment, else `redis://127.0.0.1:6379`. */
  readonly url?: string | undefined;
  /** A store made by hand, instead of a URL. Default none. */
  readonly store?: Store | undefined;
}

/** It has defaults of its own for all else: those of a namespace are not its. */
const SETTINGS: readonly string[] = ['maxPayload', 'maxQueue', 'idleTimeout', 'holder'];

/** How a closed task is processed: `attempts` (5), `timeout` (30 000 ms), and what else `tusker.close` takes. */
export type ClassicCloseOptions = Omit<CloseOptions<unknown>, 'info' | 'replace'>;

/** Ends the attempt: without an error the task is completed, with one the attempt has failed. */
export interface Completed {
  (callback?: Callback): void;
  (error: unknown, callback?: Callback): void;
}

/** The five numbers. `locked`: closed, but something is outstanding; open tasks are not counted. */
export interface ClassicStats {
  /** Ever. */
  readonly completed: number;
  /** In the queue. */
  readonly released: number;
  readonly locked: number;
  /** Ever. */
  readonly failed: number;
  readonly processing: number;
}

/**
 * The interface of the first tusker: callbacks, each optional and called once. Without a callback an error goes to the
 * listeners of `error`, and nowhere if there is none.
 */
export class ClassicTusker<Info = unknown> extends EventEmitter<{ error: [error: Error] }> {
  readonly #options: ClassicOptions;
  readonly #report = (error: Error): void => {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  };
  readonly #fetching = new Fetching<Info>((error) => process.nextTick(this.#report, error));
  #tusker: Tusker | undefined;
  #stopped: Promise<void> | undefined;

  /** @internal Made by `initialize`. */
  constructor(options: ClassicOptions) {
    super();
    this.#options = options;
    // The methods could always be passed around without their object.
    for (const name of METHODS) Object.defineProperty(this, name, { value: this[name].bind(this) });
  }

  /** Opened at the first call, so that trouble reaches a callback. */
  #open(): Tusker {
    if (this.#stopped) throw codedError('STOPPED', 'This tusker was stopped.');
    const { url, store, ...settings } = this.#options;
    const other = Object.keys(settings).find((name) => !SETTINGS.includes(name));
    if (other !== undefined)
      throw codedError('INVALID_ARGUMENT', `options.${other} is none of url, store, ${SETTINGS.join(', ')}.`);
    const target = store === undefined ? url || process.env.TUSKER_URL || DEFAULT_URL : { store };
    this.#tusker ??= createTusker(target, settings) as Tusker;
    return this.#tusker;
  }

  #run<Answer extends readonly unknown[]>(
    callback: Callback<Answer> | undefined,
    work: (tusker: Tusker) => Promise<Answer>,
  ): void {
    const answer = async (): Promise<Answer> => work(this.#open());
    callBack(answer(), callback, this.#report);
  }

  /** The same for verbs that answer with nothing. */
  #do(callback: Callback | undefined, work: (tusker: Tusker) => Promise<unknown>): void {
    this.#run<[]>(callback, async (tusker) => {
      await work(tusker);
      return [];
    });
  }

  /**
   * Takes a unit, or refreshes its lock, whoever holds it. A unit that is done stays done: no error, no effect. After
   * the release the answer is an error with the code `TASK_RELEASED`.
   */
  lock(task: string, unit: string | number, callback?: Callback): void {
    this.#do(callback, (tusker) =>
      tusker.lock(task, unit, LOCK).catch((error: unknown) => {
        if (codeOf(error) !== 'UNIT_DONE') throw error;
      }),
    );
  }

  /** The unit is done, whoever holds its lock. Where there is none the code is `LOCK_LOST` and nothing has changed. */
  unlock(task: string, unit: string | number, callback?: Callback): void {
    this.#do(callback, (tusker) => tusker.unlock(task, unit));
  }

  /**
   * No more units will start. `info` (`{}`) goes to `fetchReleased`. While something is outstanding another close
   * replaces info and options; later ones change nothing.
   */
  close(task: string, callback?: Callback): void;
  close(task: string, info: Info | null | undefined, callback?: Callback): void;
  close(
    task: string,
    info: Info | null | undefined,
    options: ClassicCloseOptions | null | undefined,
    callback?: Callback,
  ): void;
  close(task: string, ...rest: readonly unknown[]): void {
    const at = rest.findIndex((value) => typeof value === 'function');
    const callback = at < 0 ? undefined : (rest[at] as Callback);
    const [info, options] = at < 0 ? rest : rest.slice(0, at);
    this.#do(callback, async (tusker) => {
      const { kind } = await tusker.close(task, closeOptions(info ?? {}, options ?? {}));
      if (kind === 'late') await sayWhyLate(tusker, task);
    });
  }

  /**
   * Waits, without limit, for one released task, and keeps the process alive meanwhile. An attempt that is not
   * completed within the `timeout` of its task has failed.
   */
  fetchReleased(callback: (error: Error | null, task: string, info: Info, completed: Completed) => void): void {
    this.#run<[task: string, info: Info, completed: Completed]>(callback, async (tusker) => {
      if (typeof callback !== 'function') throw codedError('INVALID_ARGUMENT', 'fetchReleased needs a callback.');
      const claim = await this.#fetching.next(tusker);
      if (!claim) throw codedError('STOPPED', 'This tusker was stopped.');
      const completed: Completed = (first?: unknown, second?: Callback): void => {
        const [error, done] = typeof first === 'function' ? [undefined, first as Callback] : [first, second];
        this.#do(done, () => (error ? claim.fail(readable(error)) : claim.complete()));
      };
      return [claim.task, claim.info ?? ({} as Info), completed];
    });
  }

  /** Ends the locks that were taken, or refreshed, `ms` ago or earlier. For cron. */
  timeoutLocks(ms: number, callback?: Callback): void {
    this.#do(callback, (tusker) => tusker.timeoutLocks(ms));
  }

  /** Ends the attempts that have taken longer than their `timeout`. For cron; `fetchReleased` does it too. */
  timeoutProcessing(callback?: Callback): void {
    this.#do(callback, (tusker) => tusker.timeoutProcessing());
  }

  stats(callback?: Callback<[stats: ClassicStats]>): void {
    this.#run<[stats: ClassicStats]>(callback, async (tusker) => {
      const { completed, released, delayed, locked, failed, processing } = await tusker.stats();
      return [{ completed, released: released + delayed, locked, failed, processing }];
    });
  }

  /**
   * Ends the connection; calls made before are carried out. Whoever waits in `fetchReleased`, and whoever calls later,
   * gets an error with the code `STOPPED`.
   */
  stop(callback?: Callback): void {
    this.#stopped ??= this.#end();
    callBack(
      this.#stopped.then((): [] => []),
      callback,
      this.#report,
    );
  }

  async #end(): Promise<void> {
    await this.#fetching.stop();
    await this.#tusker?.stop({ grace: 0 });
  }
}

/** With the defaults of this interface. What is no object of options goes on as it is, and is refused by name. */
function closeOptions(info: unknown, given: unknown): CloseOptions<unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given as CloseOptions<unknown>;
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...CLOSE, ...named, info };
}

/** A task that ended without ever being closed: failed (TASK_FAILED), or removed (TASK_NOT_FOUND). */
async function sayWhyLate(tusker: Tusker, task: string): Promise<void> {
  await tusker.explain(task);
  await tusker.result(task, { timeout: 0 });
}

/** An error to be told apart by its code, like those of the whole library. */
function codedError(code: 'STOPPED' | 'INVALID_ARGUMENT', message: string): Error {
  return Object.assign(new Error(message), { code });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Plain objects were always good enough as errors: what they hold is kept for people to read. */
function readable(error: unknown): unknown {
  return typeof error === 'object' && !(error instanceof Error) ? new Error(inspect(error)) : error;
}
