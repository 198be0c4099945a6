import type { TaskDetail } from '../index.js';
import { MAX_BODY, MAX_TARGETS } from './inputs.js';
import type { Watched } from './namespaces.js';
import { refusalOf } from './refusal.js';
import { shelfOf } from './rows.js';
import { searchTasks } from './search.js';
import type { Action, ChangeAnswer, ChangeOutcome, ChangeRequest, PreviewAnswer, Shelf, Target } from './wire.js';
import { ACTION_SHELVES } from './wire.js';

/** How long a preview looks for tasks, in ms. */
const PREVIEW_BUDGET = 1500;
/** Tasks changed at a time: a batch of the store holds as many. */
const TOGETHER = 256;
/** What a target may weigh in the body of a change, beside its name. */
const TARGET_BYTES = 80;

/** What each verb answers when it did what it is there for. */
const DONE: ReadonlySet<string> = new Set(['retried', 'released', 'cancelled', 'removed']);

/** The tasks that an action over a filter would touch, as many as a change takes. */
export async function preview(
  { reader }: Watched,
  { action, shelf, search }: { readonly action: Action; readonly shelf: Shelf | undefined; readonly search: string },
): Promise<PreviewAnswer> {
  const shelves = ACTION_SHELVES[action].filter((one) => shelf === undefined || one === shelf);
  if (shelves.length === 0) return { targets: [], more: false };
  const found = await searchTasks(reader, { shelves, search }, { limit: MAX_TARGETS, budget: PREVIEW_BUDGET });
  const targets: Target[] = [];
  let bytes = 1000;
  for (const { task, incarnation, shelf: on } of found.rows) {
    bytes += Buffer.byteLength(JSON.stringify(task)) + TARGET_BYTES;
    if (bytes > MAX_BODY) return { targets, more: true };
    targets.push({ task, incarnation, shelf: on });
  }
  return { targets, more: found.cursor !== null };
}

/** Touches these tasks and no others, and says of each what came of it. */
export async function change(watched: Watched, request: ChangeRequest): Promise<ChangeAnswer> {
  const outcomes: ChangeOutcome[] = [];
  for (let from = 0; from < request.targets.length; from += TOGETHER) {
    const targets = request.targets.slice(from, from + TOGETHER);
    const details = await watched.reader.inspect(targets.map(({ task }) => task));
    const changes = targets.map((target, index) => changeOne(watched, request, target, details[index] ?? null));
    outcomes.push(...(await Promise.all(changes)));
  }
  return { outcomes };
}

async function changeOne(
  { verbs }: Watched,
  { action, reason }: ChangeRequest,
  { task, incarnation, shelf }: Target,
  detail: TaskDetail | null,
): Promise<ChangeOutcome> {
  if (!detail) return { task, outcome: 'not-found', isDone: false };
  const isMeant = detail.incarnation === incarnation && (shelf === undefined || shelfOf(detail) === shelf);
  if (!isMeant) return { task, outcome: 'changed', isDone: false };
  try {
    const { kind } = action === 'cancel' ? await verbs.cancel(task, reason) : await verbs[action](task);
    return { task, outcome: kind, isDone: DONE.has(kind) };
  } catch (error) {
    const { code, message } = refusalOf(error);
    if (code === 'TASK_NOT_FOUND') return { task, outcome: 'not-found', isDone: false };
    return { task, outcome: 'error', isDone: false, message };
  }
}
