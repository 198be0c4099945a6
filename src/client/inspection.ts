import { TaskNotFoundError } from '../core/errors.js';
import { taskName, unitName } from '../core/names.js';
import { callback, duration, MAX_DURATION, oneOf, optionsObject, wholeNumber } from '../core/options.js';
import type { TaskState, UnitState } from '../core/states.js';
import { TASK_STATES, UNIT_STATES } from '../core/states.js';
import type {
  CancelOutcome,
  RedoOutcome,
  ReleaseOutcome,
  RemoveOutcome,
  RetryOutcome,
  Stats,
  StoreReader,
  TaskEvent,
  TaskView,
} from '../core/store.js';
import { MAX_PAGE } from '../core/store.js';
import { abortSignal } from './abort-signal.js';
import type { FetchFailedOptions } from './claiming-failed.js';
import { fetchFailed } from './claiming-failed.js';
import type { Explanation } from './explain.js';
import { explain } from './explain.js';
import type { FailedClaim } from './failed-claim.js';
import { awaitResult } from './result.js';
import type { Unit } from './results.js';
import { readUnits } from './results.js';
import type { SweepSummary } from './sweeping.js';
import { sweepAll, timeoutAllLocks } from './sweeping.js';
import type { Payloads, UnitName } from './verbs.js';
import { Verbs } from './verbs.js';

type Found<Outcome extends { readonly kind: string }> = Exclude<Outcome, { readonly kind: 'not-found' }>;

/** The verbs that look, and those for an operator's hand. */
export class Inspection<P extends Payloads> extends Verbs<P> {
  /**
   * Waits for the end of a task and gives what it was completed with. A task not known yet is waited for as well. Bound
   * to the first incarnation seen.
   *
   * @throws TaskFailedError, TimeoutError (after `timeout` ms; without it there is none), TaskNotFoundError (removed or replaced)
   */
  async result(
    task: string,
    options: { readonly timeout?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<P['result']> {
    const given = optionsObject('options', options, ['timeout', 'signal'] as const);
    const timeout = given.timeout === undefined ? MAX_DURATION : duration('options.timeout', given.timeout, 0);
    return awaitResult<P['result']>(this.session, taskName(task), timeout, abortSignal('options.signal', given.signal));
  }

  /** Reads in pages: cursors, units by name, payloads as JSON text. For pages and tools that show more than a task. */
  get reader(): StoreReader {
    return this.session.store;
  }

  /** What the task waits for, at this moment, in a sentence and in data. @throws TaskNotFoundError */
  async explain(task: string): Promise<Explanation> {
    const name = taskName(task);
    const [detail] = await this.session.store.inspect([name]);
    return explain(name, detail);
  }

  /** The units of a task in natural order of their names, read in pages. @throws TaskNotFoundError */
  units(
    task: string,
    options: { readonly state?: UnitState | undefined } = {},
  ): AsyncGenerator<Unit<P['unit']>, void, undefined> {
    const { state } = optionsObject('options', options, ['state'] as const);
    return readUnits<P['unit']>(
      this.session,
      { task: taskName(task) },
      state === undefined ? undefined : oneOf('options.state', state, UNIT_STATES),
    );
  }

  /** The counters of this namespace, exact, at the cost of one read. */
  async stats(): Promise<Stats> {
    return this.session.store.stats();
  }

  /** The tasks in one state (`delayed` is a part of `released`), the next due first; of all states without one. */
  async *tasks(
    options: { readonly state?: TaskState | 'delayed' | undefined } = {},
  ): AsyncGenerator<TaskView, void, undefined> {
    const { state } = optionsObject('options', options, ['state'] as const);
    const all = [...TASK_STATES, 'delayed'] as const;
    for (const listed of state === undefined ? all : [oneOf('options.state', state, all)]) {
      let cursor: string | null | undefined;
      do {
        const page = await this.session.store.tasks({
          state: listed,
          limit: MAX_PAGE,
          ...(cursor != null && { cursor }),
        });
        yield* page.tasks;
        cursor = page.cursor;
      } while (cursor !== null);
    }
  }

  /**
   * The transitions of tasks as they happen, until the signal aborts. `since`: the cursor of an event seen before, or
   * `'0'` for the oldest kept (the last 10 000). `onGap` is called where events may be missing: the one to go on from is not kept
   * any more, or the store was flushed or went back to an older state. Look at the tasks that matter to you then.
   * It is waited for, and what it throws ends the iteration.
   */
  async *events(
    options: {
      readonly since?: string | undefined;
      readonly signal?: AbortSignal | undefined;
      readonly onGap?: (() => unknown) | undefined;
    } = {},
  ): AsyncGenerator<TaskEvent, void, undefined> {
    const given = optionsObject('options', options, ['since', 'signal', 'onGap'] as const);
    const onGap = callback('options.onGap', given.onGap);
    const signals = [this.session.stopping.signal, abortSignal('options.signal', given.signal)];
    const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
    let after = given.since === undefined ? undefined : taskName(given.since, 'options.since');
    // The store's wait would let the process end; somebody reads here.
    const alive = setInterval(() => {}, 2 ** 30);
    try {
      while (!signal.aborted) {
        const query = { limit: MAX_PAGE, wait: 10_000, signal, ...(after !== undefined && { after }) };
        const page = await this.session.store.events(query);
        after = page.cursor;
        if (page.gap) await onGap?.();
        yield* page.events;
      }
    } finally {
      clearInterval(alive);
    }
  }

  /** A failed task returns to where it failed: `open`, `locked` or `released`. @throws TaskNotFoundError */
  async retry(task: string): Promise<Found<RetryOutcome>> {
    return found(task, this.session.batcher.call({ verb: 'retry', ...this.#named(task) }));
  }

  /** To the workers now, with what there is, whatever `incomplete` says; a delayed task without more delay. @throws TaskNotFoundError */
  async release(task: string): Promise<Found<ReleaseOutcome>> {
    return found(task, this.session.batcher.call({ verb: 'release', ...this.#named(task) }));
  }

  /** Ends a task in `failed`; the signals of its holders abort. `retry` returns it. @throws TaskNotFoundError */
  async cancel(task: string, reason = ''): Promise<Found<CancelOutcome>> {
    const text = reason === '' ? '' : taskName(reason, 'reason');
    return found(task, this.session.batcher.call({ verb: 'cancel', reason: text, ...this.#named(task) }));
  }

  /** Forgets an ended task; for five minutes late calls are answered `late`. @throws TaskNotFoundError */
  async remove(task: string): Promise<Found<RemoveOutcome>> {
    return found(task, this.session.batcher.call({ verb: 'remove', ...this.#named(task) }));
  }

  /**
   * One failed task for whoever consumes them without a worker, such as a function that cron calls; null when there is none. Held
   * alone until it is settled, as `workFailed` says: `complete()` acknowledges it, `fail(error)` lets it be given again after a
   * backoff. From the first call on the namespace keeps its failed tasks until they are acknowledged, retried or removed.
   *
   * @throws StoppedError, InvalidArgumentError
   * @example
   * await using failed = await songs.fetchFailed()
   * if (failed) {
   *   await page(`${failed.task}: ${failed.error.message}`)
   *   await failed.complete()
   * }
   */
  async fetchFailed(options?: FetchFailedOptions): Promise<FailedClaim<P['info']> | null> {
    return fetchFailed<P['info']>(this.session, options);
  }

  /**
   * A unit that was done with bad content is to be done again: it has failed, its result is dropped, and it can be locked as
   * long as its task takes units: `not-done` for a unit in another state, `late` once the task is released. In a task that
   * failed before its release it can be locked after a `retry`. `reason` is for people: it is the unit's error until then.
   *
   * @throws TaskNotFoundError, InvalidArgumentError
   * @example
   * await songs.redo('song-1', 7, { reason: 'checksum of the upload is wrong' })
   */
  async redo(
    task: string,
    unit: UnitName,
    options: { readonly reason?: string | undefined } = {},
  ): Promise<Found<RedoOutcome>> {
    const { reason } = optionsObject('options', options, ['reason'] as const);
    const message = reason === undefined || reason === '' ? 'to be done again' : taskName(reason, 'options.reason');
    const error = JSON.stringify({ name: 'Redo', message });
    return found(task, this.session.batcher.call({ verb: 'redo', unit: unitName(unit), error, ...this.#named(task) }));
  }

  #named(task: unknown) {
    return { task: taskName(task), nonce: this.session.nonce() };
  }

  /** Ends what is due: for cron where no worker runs. Workers sweep by themselves. */
  async sweep(options: { readonly limit?: number | undefined } = {}): Promise<SweepSummary> {
    const { limit } = optionsObject('options', options, ['limit'] as const);
    return sweepAll(
      this.session.store,
      limit === undefined ? undefined : wholeNumber('options.limit', limit, 1, 1_000_000),
    );
  }

  /** Ends every lock of open and closed tasks that was not renewed for `ms`; how many. */
  async timeoutLocks(ms: number): Promise<number> {
    return timeoutAllLocks(this.session.store, duration('ms', ms, 0));
  }

  /** Ends the attempts whose lease or time limit has run out; how many. */
  async timeoutProcessing(): Promise<number> {
    const { attempts } = await sweepAll(this.session.store, undefined, 'processing');
    return attempts;
  }
}

async function found<Outcome extends { readonly kind: string }>(task: string, answer: Promise<Outcome>) {
  const outcome = await answer;
  if (outcome.kind === 'not-found') throw new TaskNotFoundError(task);
  return outcome as Found<Outcome>;
}
