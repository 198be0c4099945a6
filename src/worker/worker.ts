import { EventEmitter } from 'node:events';
import { Changes } from '../client/changes.js';
import { checkFetch } from '../client/claiming.js';
import type { Lease } from '../client/lease.js';
import { ownLeases } from '../client/own-work.js';
import type { Session } from '../client/session.js';
import type { Ending, StopOptions, Stoppable, StopReport } from '../client/stopping.js';
import { checkStop, DEFAULT_GRACE, Deadline, exceptAtWork, reportOf } from '../client/stopping.js';
import { pause } from '../client/waiting.js';
import type { ContactNote } from '../core/contact.js';
import { InvalidArgumentError, StoppedError } from '../core/errors.js';
import { DEFAULT_TASK_OPTIONS, duration, optionsObject, wholeNumber } from '../core/options.js';
import type { Told } from './attempt.js';
import { Attempt } from './attempt.js';
import type { Work, WorkSource } from './sources.js';
import { deadLetters, releasedTasks } from './sources.js';
import { Sweeper } from './sweeper.js';
import { Warnings, warnOfListener } from './warnings.js';
import type { FailedHandler, FailedWorkOptions, WorkerEvents, WorkHandler, WorkOptions } from './work.js';

/** How long one look for tasks waits, in ms. */
const LOOK = 10_000;
const PAUSE_AFTER_ERROR = 500;

/** What a worker is made for. */
export type Job<Info, UnitResult, Result> =
  | {
      readonly on: 'released';
      readonly handler: WorkHandler<Info, UnitResult, Result>;
      readonly options: WorkOptions;
    }
  | { readonly on: 'failed'; readonly handler: FailedHandler<Info>; readonly options: FailedWorkOptions };

function sourceOf<Info, UnitResult, Result>(
  session: Session,
  job: Job<Info, UnitResult, Result>,
  { timeout, ...rest }: { readonly timeout?: unknown },
): WorkSource {
  const fetch = checkFetch(session, rest);
  if (job.on === 'released') return releasedTasks(session, job.handler, fetch);
  const ms = timeout === undefined ? DEFAULT_TASK_OPTIONS.timeout : duration('options.timeout', timeout);
  return deadLetters(session, job.handler, { ...fetch, maxHold: ms });
}

/**
 * Works on released tasks, or on dead letters, until stopped; keeps the process alive meanwhile. Sweeps as it goes. An EventEmitter of
 * `WorkerEvents`.
 */
export class Worker<Info = unknown, UnitResult = unknown, Result = unknown>
  extends EventEmitter<WorkerEvents>
  implements Stoppable, AsyncDisposable
{
  readonly #session: Session;
  readonly #source: WorkSource;
  readonly #concurrency: number;
  /** @internal */
  readonly grace: number;
  readonly #running = new Set<Attempt>();
  /** Claims of which the store has not said what became of them. */
  readonly #untold = new Set<Lease>();
  /** An attempt has ended, or the worker looks for tasks no more. */
  readonly #changes = new Changes();
  readonly #stopping = new AbortController();
  readonly #sweeper: Sweeper;
  readonly #warnings: Warnings;
  readonly #leaveContact: () => void;
  #isLooking = true;
  #ending: Ending | undefined;
  #stopped: Promise<StopReport> | undefined;

  /** @internal Made by `work` and `workFailed`. */
  constructor(session: Session, job: Job<Info, UnitResult, Result>) {
    super({ captureRejections: true });
    if (typeof job.handler !== 'function') throw new InvalidArgumentError('handler', job.handler, 'a function');
    if (session.stopping.signal.aborted) throw new StoppedError();
    const names = ['concurrency', 'lease', 'worker', 'stopGrace', ...(job.on === 'failed' ? ['timeout'] : [])];
    const { concurrency, stopGrace, ...rest } = optionsObject('options', job.options, names);
    this.#session = session;
    this.#source = sourceOf(session, job, rest);
    this.#concurrency = concurrency === undefined ? 1 : wholeNumber('options.concurrency', concurrency, 1, 10_000);
    this.grace = stopGrace === undefined ? DEFAULT_GRACE : duration('options.stopGrace', stopGrace, 0);
    session.stoppables.add(this);
    this.#warnings = new Warnings(session.store.name, session.contact);
    this.#leaveContact = session.contact.pass((note) => this.#passOn(note));
    this.#sweeper = new Sweeper(session.store, (error) => this.#report(error));
    void this.#work();
  }

  /** How many tasks are being worked on now. A handler whose claim is lost counts no more. */
  get running(): number {
    return this.#running.size;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const free = this.#concurrency - this.#running.size;
      if (free > 0) await this.#claim(Math.min(free, 64), signal);
      else await this.#changes.until(() => signal.aborted || this.#running.size < this.#concurrency);
    }
    this.#isLooking = false;
    this.#changes.tell();
  }

  async #claim(count: number, signal: AbortSignal): Promise<void> {
    try {
      const works = await this.#source.next(count, LOOK, signal);
      const attempts = works.map((work) => this.#attempt(work));
      if (signal.aborted) await Promise.all(attempts.map((attempt) => this.#giveBack(attempt)));
      else for (const attempt of attempts) void this.#start(attempt);
    } catch (error) {
      this.#report(error);
      await pause(PAUSE_AFTER_ERROR, signal).catch(() => {});
    }
  }

  #attempt(work: Work): Attempt {
    const { signal } = this.#stopping;
    const told: Told = {
      get isStopping() {
        return signal.aborted;
      },
      tell: (name, ...event) => this.#tell(name, ...event),
      hears: (name) => this.listenerCount(name) > 0,
      report: (error) => this.#report(error),
      lost: () => this.#left(attempt),
    };
    const attempt: Attempt = new Attempt(work, told);
    return attempt;
  }

  async #start(attempt: Attempt): Promise<void> {
    this.#running.add(attempt);
    this.#untold.add(attempt.claim);
    await attempt.run();
    this.#left(attempt);
  }

  /** Its place is free. */
  #left(attempt: Attempt): void {
    // What the store did not answer is asked for by a stop only.
    if (attempt.isSettled || !this.#stopping.signal.aborted) this.#untold.delete(attempt.claim);
    if (this.#running.delete(attempt)) this.#changes.tell();
  }

  async #giveBack(attempt: Attempt): Promise<void> {
    this.#untold.add(attempt.claim);
    await attempt.giveBack();
    if (attempt.isSettled) this.#untold.delete(attempt.claim);
  }

  /** A listener that throws costs nobody a task: it is reported. */
  #tell<Name extends keyof WorkerEvents>(name: Name, ...event: WorkerEvents[Name]): void {
    try {
      (this as EventEmitter).emit(name, ...event);
    } catch (error) {
      this.#report(error);
    }
  }

  #passOn(note: ContactNote): void {
    if (note.name === 'error') this.#report(note.event);
    else if (this.listenerCount(note.name) > 0) this.#tell(note.name, note.event as never);
  }

  /** Listeners decide what is done about trouble. Without one it is not thrown, for work goes on, but it is not silent either. */
  #report(error: unknown): void {
    if (this.listenerCount('error') === 0) return this.#warnings.warn(error);
    try {
      this.emit('error', error);
    } catch (thrown) {
      warnOfListener(thrown);
    }
  }

  /** @internal An asynchronous listener has rejected. */
  override [EventEmitter.captureRejectionSymbol](error: Error, name: unknown, ..._event: unknown[]): void {
    if (name === 'error') warnOfListener(error);
    else this.#report(error);
  }

  /**
   * Takes no more tasks. Running handlers may finish within the grace (`stopGrace` unless it says otherwise); then their
   * signals abort and their tasks are given back at once, the attempt not spent. Within one of its own handlers it waits
   * for the others only. Safe to repeat. What the store could not be told in time is named in the answer.
   *
   * @throws InvalidArgumentError
   */
  stop(options?: StopOptions): Promise<StopReport> {
    try {
      return this.#stop(checkStop(options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #stop(checked: StopOptions): Promise<StopReport> {
    const own = ownLeases().filter((lease) => [...this.#running].some(({ claim }) => claim === lease));
    for (const lease of own) lease.awaitsStop = true;
    const { others, all, untold } = this.ending(checked);
    if (own.length > 0) return others.then(() => reportOf(exceptAtWork(untold())));
    this.#stopped ??= all.then(() => reportOf(untold()));
    return this.#stopped;
  }

  /** @internal */
  ending({ grace = this.grace, timeout }: StopOptions): Ending {
    this.#ending ??= this.#end(grace, timeout);
    // Somebody may wait within a handler now.
    this.#changes.tell();
    return this.#ending;
  }

  #end(grace: number, timeout: number | undefined): Ending {
    const deadline = new Deadline(grace, timeout);
    this.#stopping.abort(new StoppedError('This worker was stopped.'));
    this.#leaveContact();
    const looked = this.#changes.until(() => !this.#isLooking);
    const swept = this.#sweeper.stop();
    const others = deadline.bound(
      looked,
      this.#finish(deadline.grace, ({ awaitsStop }) => !awaitsStop),
    );
    const all = others.then(() =>
      deadline.bound(
        this.#finish(deadline.grace, () => true),
        swept,
      ),
    );
    void all.then(() => {
      deadline[Symbol.dispose]();
      this.#session.stoppables.delete(this);
    });
    return { others, all, untold: () => this.#untold };
  }

  /** Lets handlers finish; what is left is given back, whether they end or not. */
  async #finish(grace: number, which: (claim: Lease) => boolean): Promise<void> {
    const left = () => [...this.#running].filter((attempt) => !attempt.isGivenBack && which(attempt.claim));
    await this.#changes.until(() => left().length === 0, grace);
    await Promise.all(left().map((attempt) => this.#giveBack(attempt)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
