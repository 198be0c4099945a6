import { CancelledError, StoppedError, TaskFailedError, TaskNotFoundError, TimeoutError } from '../core/errors.js';
import type { TaskDetail, TaskEventKind } from '../core/store.js';
import { LONGEST_TIMER } from '../core/timers.js';
import { nextTurn } from '../core/turns.js';
import { decodePayload } from './payload.js';
import type { Session } from './session.js';
import { messageOf, shortfallText, troubledUnits } from './trouble.js';

/** Without news a look this often, in ms: a lost wake-up costs that much and no more. */
const LOOK_AGAIN = 5_000;

/**
 * Waits for the end of a task. Bound to the first incarnation seen: a new task of the same name is another one.
 *
 * @throws TaskFailedError, TimeoutError, TaskNotFoundError (it was removed, or replaced), StoppedError
 */
export async function awaitResult<Result>(
  session: Session,
  task: string,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const end = performance.now() + timeout;
  let incarnation: number | undefined;
  const late = (): TimeoutError => new TimeoutError(`The result of task ${JSON.stringify(task)}`, timeout);
  if (session.stopping.signal.aborted) await nextTurn();
  throwIfOver(session, signal);
  const news = new News(session, task, signal);
  try {
    for (;;) {
      throwIfOver(session, signal);
      const [detail] = await news.unlessEnded(
        session.store.inspect([task]),
        timeout > 0 ? { ms: end - performance.now(), late } : undefined,
      );
      if (incarnation !== undefined && detail?.incarnation !== incarnation) throw new TaskNotFoundError(task);
      incarnation = detail?.incarnation;
      if (detail?.endedAt != null) return (await ended(session, detail)) as Result;
      const left = end - performance.now();
      if (left <= 0) throw late();
      await news.wait(Math.min(left, LOOK_AGAIN));
    }
  } finally {
    news.stop();
  }
}

function throwIfOver({ stopping }: Session, signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
  if (stopping.signal.aborted) throw new StoppedError();
}

function ended(session: Session, detail: TaskDetail): unknown {
  if (detail.state === 'completed') return decodePayload(session, 'result', detail.result);
  throw failureOf(detail);
}

/** Why a failed task has failed. */
export function failureOf(detail: TaskDetail): TaskFailedError {
  const { task, failure, reason, errors, troubled } = detail;
  if (failure === 'cancelled') {
    return new TaskFailedError(task, 'cancelled', [], new CancelledError(task, reason ?? '').message);
  }
  const thrown = errors.map(({ error }) => JSON.parse(error) as unknown);
  const last = thrown.length === 0 ? '' : messageOf(thrown[thrown.length - 1]);
  const text = failure === 'incomplete' ? shortfallText(detail) : (reason ?? last);
  return new TaskFailedError(task, failure ?? 'attempts', thrown, text, troubledUnits(troubled));
}

const NOTHING: ReadonlySet<TaskEventKind> = new Set();

/** How long a look may take, and what it throws then. One look is for whoever has no time at all. */
interface Limit {
  readonly ms: number;
  readonly late: () => TimeoutError;
}

/** Remembers between two waits that there was news, or that the wait was ended, so that none is missed. */
class News {
  #fresh = false;
  #wake = (): void => {};
  #giveUp = (_: unknown): void => {};
  readonly #ends: readonly AbortSignal[];
  readonly #unwatch: () => void;

  constructor(
    private readonly session: Session,
    task: string,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#ends = signal ? [session.stopping.signal, signal] : [session.stopping.signal];
    for (const end of this.#ends) end.addEventListener('abort', this.#note);
    this.#unwatch = session.follower.watch(task, { since: performance.now(), except: NOTHING }, this.#note);
  }

  readonly #note = (): void => {
    this.#fresh = true;
    this.#wake();
    if (!this.#ends.some(({ aborted }) => aborted)) return;
    try {
      throwIfOver(this.session, this.signal);
    } catch (reason) {
      this.#giveUp(reason);
    }
  };

  /** What a look gives. A look that is under way when the wait ends is given up: its server may be slow to answer. */
  unlessEnded<Answer>(look: Promise<Answer>, limit: Limit | undefined): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.#giveUp = reject;
      const timer = limit && setTimeout(() => reject(limit.late()), Math.min(Math.max(limit.ms, 0), LONGEST_TIMER));
      look.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  async wait(ms: number): Promise<void> {
    if (!this.#fresh) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#fresh = false;
  }

  stop(): void {
    this.#unwatch();
    for (const end of this.#ends) end.removeEventListener('abort', this.#note);
  }
}
