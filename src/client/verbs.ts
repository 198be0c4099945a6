import { LockLostError } from '../core/errors.js';
import { taskName, unitName } from '../core/names.js';
import { duration, flag, optionsObject, tokenNumber } from '../core/options.js';
import type { CloseOutcome, OpenOutcome } from '../core/store.js';
import { all } from './all.js';
import type { AllOptions, AllWork } from './all-options.js';
import { checkLock } from './checked-lock.js';
import type { Claim, FailOptions } from './claim.js';
import { failClaimCall, staleError } from './claim.js';
import type { FetchOptions } from './claiming.js';
import { checkFetch, claims, fetchReleased } from './claiming.js';
import type { Lock, LockOptions, UnitProgress } from './lock.js';
import { lostError } from './lock.js';
import type { RunContext, TryLockOutcome } from './locking.js';
import { lock, run, tryLock } from './locking.js';
import { callWith, encodeError, encodePayload } from './payload.js';
import type { Session } from './session.js';
import type { CloseOptions, OpenOptions } from './task-options.js';
import { checkClose, checkOpen } from './task-options.js';

/** The type parameters of a namespace: what readers get, and what writers give. */
export interface Payloads {
  info: unknown;
  unit: unknown;
  result: unknown;
  infoIn: unknown;
  unitIn: unknown;
  resultIn: unknown;
}

/** What the work of a unit may give: without a type of the namespace whatever it is. */
export type Given<P extends Payloads, Result> = unknown extends P['unitIn'] ? Result : P['unitIn'];
/** What is stored then, as readers get it: JSON of it. */
export type Stored<P extends Payloads, Result> = unknown extends P['unit'] ? Result : P['unit'];
/** What `all` gives, with `settled` or without. */
export type AllResults<Unit, Settled extends boolean | undefined> = Settled extends true
  ? PromiseSettledResult<Unit>[]
  : Unit[];

/** A unit by name: a text, or a safe integer that stands for its decimal string. */
export type UnitName = string | number;

/** The verbs that move tasks and units on. */
export class Verbs<P extends Payloads> {
  /** @internal */
  protected readonly session: Session;

  /** @internal */
  constructor(session: Session) {
    this.session = session;
  }

  /**
   * Declares a task before its units. Optional: the first lock creates the task as well. Safe to repeat: the first
   * declaration is kept, later ones answer `already-open`, or `late` once the task is closed.
   *
   * @throws InvalidArgumentError, PayloadTooLargeError
   */
  async open(task: string, options: OpenOptions<P['infoIn']> = {}): Promise<OpenOutcome> {
    const name = taskName(task);
    const { info, ...checked } = checkOpen(options);
    const text = encodePayload(this.session, 'info', info);
    const creating = this.#creating();
    return callWith(this.session, name, text, (json) => ({
      verb: 'open',
      task: name,
      info: json,
      ...checked,
      ...creating,
    }));
  }

  #creating() {
    const { idleTimeout, task } = this.session.defaults;
    return { nonce: this.session.nonce(), idleTimeout, ...(task && { defaults: task }) };
  }

  /**
   * Takes a unit; the lock is renewed until it is settled, left by `await using`, or `maxHold` is over.
   *
   * @throws LockHeldError (with `retryAfter`), TaskReleasedError, UnitDoneError (with the result), UnitFailedError, InvalidArgumentError
   * @example
   * await using lock = await songs.lock('song-1', 7)
   * await lock.unlock({ key: await encode(chunk, lock.signal) })
   */
  lock(task: string, unit: UnitName, options?: LockOptions): Promise<Lock<P['unitIn']>> {
    try {
      return lock<P['unitIn']>(this.session, checkLock(this.session, task, unit, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same as an outcome: `locked`, `held`, `done`, `failed` or `late`. One try; throws for bad arguments only. */
  tryLock(
    task: string,
    unit: UnitName,
    options?: Omit<LockOptions, 'wait' | 'signal'>,
  ): Promise<TryLockOutcome<P['unitIn']>> {
    try {
      return tryLock<P['unitIn']>(this.session, checkLock(this.session, task, unit, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Locks the unit (waiting up to `wait` for another holder), calls `work`, unlocks with what it returns, and returns
   * the stored JSON value. A unit done before is not worked on again: its stored value is returned. When `work` throws
   * the unit has failed and the error is thrown on; after a `FatalError` it is not to be tried again.
   *
   * @throws LockHeldError, TaskReleasedError, UnitFailedError, LockLostError (with the result), InvalidArgumentError, and what `work` throws
   */
  async run<Result>(
    task: string,
    unit: UnitName,
    work: (context: RunContext) => Given<P, Result> | Promise<Given<P, Result>>,
    options?: LockOptions,
  ): Promise<Stored<P, Result>> {
    return run<Stored<P, Result>, Given<P, Result>>(this.session, checkLock(this.session, task, unit, options), work);
  }

  /**
   * A `Promise.all` that survives crashes: each item is a unit, and what is done is kept. The same call again, by this or
   * another process, goes on with what is not done; calls at the same time share the items. When all are done the task is
   * closed (without a worker), and its results are kept for `retention`, 7 days unless told otherwise.
   *
   * An item is known by its place and its JSON, or by `key(item)`. One that fails ends the call once those under way have
   * ended; with `settled: true` all are tried. `stop()`, and `signal` at once, let the items under way go to other processes.
   *
   * @returns the stored values in the order of the items; with `settled: true` as `Promise.allSettled` does
   * @throws ItemsFailedError (with all that failed), ItemsDifferError, TaskFailedError (cancelled meanwhile), InvalidArgumentError
   * (two items of one key), StoppedError, ConnectionError
   * @example
   * const pages = await tusker.all('doc-7', chunks, (chunk, { signal }) => llm(chunk, { signal }), { concurrency: 8, attempts: 3 })
   */
  async all<Item, Result, Settled extends boolean | undefined = false>(
    task: string,
    items: readonly Item[],
    work: AllWork<Item, Given<P, Result>>,
    options: AllOptions<Item> & { readonly settled?: Settled } = {},
  ): Promise<AllResults<Stored<P, Result>, Settled>> {
    const results = await all<Item, Stored<P, Result>, Given<P, Result>>(this.session, task, items, work, options);
    return results as AllResults<Stored<P, Result>, Settled>;
  }

  /**
   * The unit is done, by the token of its lock; `Lock.unlock` does the same. Without a token any live or expired lock
   * of that name becomes done: unfenced, as in the first tusker.
   *
   * @throws LockLostError (with the result)
   */
  async unlock(
    task: string,
    unit: UnitName,
    options: { readonly token?: number | undefined; readonly result?: P['unitIn'] | undefined } = {},
  ): Promise<UnitProgress> {
    const { token: given, result } = optionsObject('options', options, ['token', 'result'] as const);
    const token = given === undefined ? null : tokenNumber('options.token', given);
    const names = { task: taskName(task), unit: unitName(unit) };
    const text = encodePayload(this.session, 'unit', result);
    const call = { verb: 'unlock', ...names, token } as const;
    const outcome = await callWith(this.session, names.task, text, (json) => ({ ...call, result: json }));
    if (outcome.kind === 'lost') throw new LockLostError(names.task, names.unit, token, result);
    const { state, outstanding, done, released } = outcome;
    return { state, outstanding, done, released };
  }

  /** A unit failed, by the token of its lock. @throws LockLostError */
  fail(
    task: string,
    unit: UnitName,
    options: { readonly token: number; readonly error?: unknown; readonly final?: boolean | undefined },
  ): Promise<UnitProgress>;
  /** An attempt failed, by the token of its claim. @throws StaleClaimError */
  fail(
    task: string,
    options: { readonly token: number; readonly error?: unknown } & FailOptions,
  ): Promise<'retrying' | 'failed'>;
  async fail(task: string, second: unknown, third?: unknown): Promise<UnitProgress | 'retrying' | 'failed'> {
    if (typeof second === 'object' && second !== null) return this.#failClaim(taskName(task), second);
    const { token: given, error, final } = optionsObject('options', third, ['token', 'error', 'final'] as const);
    const token = tokenNumber('options.token', given);
    const names = { task: taskName(task), unit: unitName(second) };
    const isFinal = final !== undefined && flag('options.final', final);
    const call = { verb: 'failUnit', ...names, token, error: encodeError(error), final: isFinal } as const;
    const outcome = await this.session.batcher.call(call);
    if (outcome.kind === 'lost') throw lostError(outcome, names.task, names.unit, token);
    const { state, outstanding, done, released } = outcome;
    return { state, outstanding, done, released };
  }

  async #failClaim(task: string, options: object): Promise<'retrying' | 'failed'> {
    const {
      token: given,
      error,
      ...rest
    } = optionsObject('options', options, ['token', 'error', 'retry', 'delay'] as const);
    const token = tokenNumber('options.token', given);
    const outcome = await this.session.batcher.call(failClaimCall(task, token, error, rest as FailOptions));
    if (outcome.kind === 'stale') throw staleError(outcome, task, token);
    return outcome.kind;
  }

  /**
   * Others may have the unit at once, by the token of its lock: it has not failed, as if the lock had run out now.
   * `Lock.letGo` does the same.
   *
   * @throws LockLostError
   */
  async letGo(task: string, unit: UnitName, options: { readonly token: number }): Promise<UnitProgress> {
    const token = tokenNumber('options.token', optionsObject('options', options, ['token'] as const).token);
    const names = { task: taskName(task), unit: unitName(unit) };
    const outcome = await this.session.batcher.call({ verb: 'letGo', ...names, token });
    if (outcome.kind === 'lost') throw lostError(outcome, names.task, names.unit, token);
    const { state, outstanding, done, released } = outcome;
    return { state, outstanding, done, released };
  }

  /** More time for a unit's lock. @throws LockLostError */
  extend(
    task: string,
    unit: UnitName,
    options: { readonly token: number; readonly ttl: number },
  ): Promise<{ readonly until: number }>;
  /** More time for a claim, never past the attempt's `timeout`. @throws StaleClaimError */
  extend(
    task: string,
    options: { readonly token: number; readonly lease: number },
  ): Promise<{ readonly until: number }>;
  async extend(task: string, second: unknown, third?: unknown): Promise<{ readonly until: number }> {
    if (typeof second === 'object' && second !== null) return this.#extendClaim(taskName(task), second);
    const { token: given, ttl } = optionsObject('options', third, ['token', 'ttl'] as const);
    const token = tokenNumber('options.token', given);
    const names = { task: taskName(task), unit: unitName(second) };
    const call = { verb: 'extendLock', ...names, token, ttl: duration('options.ttl', ttl) } as const;
    const outcome = await this.session.batcher.call(call);
    if (outcome.kind === 'lost') throw lostError(outcome, names.task, names.unit, token);
    return { until: outcome.until };
  }

  async #extendClaim(task: string, options: object): Promise<{ readonly until: number }> {
    const { token: given, lease } = optionsObject('options', options, ['token', 'lease'] as const);
    const token = tokenNumber('options.token', given);
    const call = { verb: 'extendClaim', task, token, lease: duration('options.lease', lease) } as const;
    const outcome = await this.session.batcher.call(call);
    if (outcome.kind === 'stale') throw staleError(outcome, task, token);
    return { until: outcome.until };
  }

  /**
   * No more units will start. The task is released when nothing is outstanding, which may be at once. Safe to repeat:
   * the first close wins, later ones answer `already-closed`; `late` means that it ended without ever being closed.
   *
   * @throws InvalidArgumentError (a close without a task was meant to be `stop`), PayloadTooLargeError
   */
  async close(task: string, options: CloseOptions<P['infoIn']> = {}): Promise<CloseOutcome> {
    const name = taskName(task, task === undefined ? 'task (close() closes a task; stop() ends this tusker)' : 'task');
    const { info, ...checked } = checkClose(options);
    const call = { verb: 'close', task: name, ...checked, ...this.#creating() } as const;
    if (info === undefined) return this.session.batcher.call({ ...call, info });
    const text = encodePayload(this.session, 'info', info);
    return callWith(this.session, name, text, (json) => ({ ...call, info: json }));
  }

  /** Claims one released task, waiting up to `timeout` (0) ms; null when there is none. */
  async fetchReleased(options?: FetchOptions): Promise<Claim<P['info'], P['unit'], P['resultIn']> | null> {
    return fetchReleased<P['info'], P['unit'], P['resultIn']>(this.session, checkFetch(this.session, options));
  }

  /**
   * Claims one task after the other until the signal aborts. A claim that was not settled when the next one is asked
   * for, or when the loop is left, is given back.
   *
   * @example
   * for await (const claim of songs.claims({ signal })) await claim.complete(await merge(await claim.results()))
   */
  claims(
    options?: Omit<FetchOptions, 'timeout'>,
  ): AsyncGenerator<Claim<P['info'], P['unit'], P['resultIn']>, void, undefined> {
    return claims<P['info'], P['unit'], P['resultIn']>(this.session, checkFetch(this.session, options));
  }

  /** The merge is done, by the token of its claim. Accepted once; safe to repeat. @throws StaleClaimError */
  async complete(
    task: string,
    options: { readonly token: number; readonly result?: P['resultIn'] | undefined },
  ): Promise<void> {
    const { token: given, result } = optionsObject('options', options, ['token', 'result'] as const);
    const token = tokenNumber('options.token', given);
    const name = taskName(task);
    const text = encodePayload(this.session, 'result', result);
    const call = { verb: 'complete', task: name, token } as const;
    const outcome = await callWith(this.session, name, text, (json) => ({ ...call, result: json }));
    if (outcome.kind === 'stale') throw staleError(outcome, name, token);
  }

  /** Back to the queue, by the token of its claim; the attempt is not spent. @throws StaleClaimError */
  async giveBack(task: string, options: { readonly token: number }): Promise<void> {
    const token = tokenNumber('options.token', optionsObject('options', options, ['token'] as const).token);
    const outcome = await this.session.batcher.call({ verb: 'giveBack', task: taskName(task), token });
    if (outcome.kind === 'stale') throw staleError(outcome, task, token);
  }
}
