import { setMaxListeners } from 'node:events';
import { ItemsFailedError, isTuskerError, TaskReleasedError } from '../core/errors.js';
import type { TaskState } from '../core/states.js';
import type { TaskDetail } from '../core/store.js';
import type { ItemList } from './all-items.js';
import { closeOf, difference, itemList, restartedTask } from './all-items.js';
import type { Plan } from './all-lanes.js';
import { Lanes } from './all-lanes.js';
import type { AllTerms, AllWork } from './all-options.js';
import { checkAll, checkWork, DEFAULT_RETENTION } from './all-options.js';
import type { Known } from './all-tally.js';
import { forgetRedone, noteKnown, Tally } from './all-tally.js';
import { Ends } from './ends.js';
import { failureOf } from './result.js';
import type { Session } from './session.js';
import { failedItemsText } from './trouble.js';

/** One call of `all`: what there is of it is found, what is left is done, and the task is closed. */
export async function all<Item, Unit, Input>(
  session: Session,
  task: string,
  items: readonly Item[],
  work: AllWork<Item, Input>,
  options: unknown,
): Promise<readonly (Unit | PromiseSettledResult<Unit>)[]> {
  const terms = checkAll(options);
  checkWork(work);
  const list = itemList<Item>(task, items, terms.key);
  const ends = new Ends(session, terms.signal);
  // Each item that waits listens.
  setMaxListeners(0, ends.signal);
  const tally = new Tally<Unit>(list, terms.onProgress);
  try {
    await ends.check();
    const found = await ends.unlessAborted(find(session, list, terms));
    await workThrough<Item, Unit, Input>({ session, task: found.task, list, terms, work, tally, ends }, found.detail);
    if (terms.settled) return tally.ends;
    if (tally.hasFailures) throw failed(found.task, tally);
    return tally.ends.map((end) => (end as PromiseFulfilledResult<Unit>).value);
  } finally {
    tally.finish();
    ends[Symbol.dispose]();
  }
}

/** What is known is not worked on, and what has ended meanwhile is known as well. */
async function workThrough<Item, Unit, Input>(
  plan: Plan<Item, Unit, Input>,
  detail: TaskDetail | undefined,
): Promise<void> {
  try {
    if (detail) await plan.ends.unlessAborted(noteKnown(plan, readingOf(detail, plan.terms)));
    if (detail?.state !== 'completed') await workAndClose(plan);
  } catch (error) {
    if (!isTuskerError(error, 'TASK_RELEASED')) throw error;
    await noteEnded(plan, error);
  }
}

/** Until it is closed: an item that was redone meanwhile is worked on again. */
async function workAndClose<Item, Unit, Input>(plan: Plan<Item, Unit, Input>): Promise<void> {
  const { ends, terms, tally } = plan;
  do {
    await new Lanes(plan).run();
    if (!terms.settled && tally.hasFailures) return;
  } while (await ends.unlessAborted(closeUnlessRedone(plan)));
}

/** Whether there is work left, which somebody's `redo` made. */
async function closeUnlessRedone(plan: Known<unknown> & { readonly terms: AllTerms }): Promise<boolean> {
  if (!(await hasAsMany(plan)) && (await forgetRedone(plan))) return true;
  // One that is redone after that look keeps the task from its end.
  return (await close(plan)) === 'locked' && forgetRedone(plan);
}

/** Whether the task has just the ends that are known. */
async function hasAsMany({ session, task, tally }: Known<unknown>): Promise<boolean> {
  const [detail] = await session.store.inspect([task]);
  if (!detail) return true;
  const { done, failed, expired } = detail.units;
  return done === tally.done && failed + expired === tally.failures.length;
}

function readingOf({ state }: TaskDetail, { settled }: AllTerms) {
  if (state === 'completed') return 'all';
  return settled ? 'done and failed for good' : 'done';
}

/** The task of these items, whose failure is made good. @throws ItemsDifferError */
async function find(
  session: Session,
  list: ItemList<unknown>,
  { whenItemsDiffer }: AllTerms,
): Promise<{ readonly task: string; readonly detail: TaskDetail | undefined }> {
  const restart = whenItemsDiffer === 'restart' ? restartedTask(list) : undefined;
  const [first, again] = await session.store.inspect([list.task, ...(restart === undefined ? [] : [restart])]);
  const differs = first ? difference(first, list) : undefined;
  if (differs && restart === undefined) throw differs;
  const isRestarted = restart !== undefined && (differs !== undefined || again != null);
  const task = isRestarted ? restart : list.task;
  const detail = (isRestarted ? again : first) ?? undefined;
  if (detail?.state === 'failed') {
    await session.batcher.call({ verb: 'retry', task, nonce: session.nonce() });
  }
  return { task, detail };
}

async function close({
  session,
  task,
  list,
  terms,
}: Known<unknown> & { readonly terms: AllTerms }): Promise<TaskState> {
  const { info, expect } = closeOf(list);
  const { idleTimeout, task: defaults } = session.defaults;
  const retention = terms.retention ?? defaults?.retention ?? DEFAULT_RETENTION;
  // What has failed is an end, too: nothing more is waited for.
  const failures = terms.settled ? ({ incomplete: 'release', unitGrace: 0 } as const) : {};
  const outcome = await session.batcher.call({
    verb: 'close',
    task,
    info,
    options: { worker: false, retention, expect, ...failures },
    replace: false,
    nonce: session.nonce(),
    idleTimeout,
    ...(defaults && { defaults }),
  });
  if (outcome.kind === 'late') throw new TaskReleasedError(task, outcome.state);
  return outcome.state;
}

/** The task ended while it was worked on: by another process that was first, or by somebody's hand. */
async function noteEnded(plan: Known<unknown>, late: Error): Promise<void> {
  const { session, task, list } = plan;
  const [detail] = await session.store.inspect([task]);
  if (!detail) throw late;
  if (detail.state === 'failed') throw failureOf(detail);
  const differs = difference(detail, list);
  if (differs) throw differs;
  if (detail.state !== 'completed') throw late;
  await noteKnown(plan, 'all');
}

function failed(task: string, tally: Tally<unknown>): ItemsFailedError {
  const { failures, done, total } = tally;
  return new ItemsFailedError(task, failures, done, total, failedItemsText(failures));
}
