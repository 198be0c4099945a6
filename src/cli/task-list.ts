import type { StoreReader, TaskState, TaskView } from '../index.js';
import { InvalidArgumentError } from '../index.js';

/** The states as the command line tells them apart: `delayed` is released, but not before a moment to come. */
export const LISTED_STATES = [
  'open',
  'locked',
  'released',
  'delayed',
  'processing',
  'completed',
  'failed',
] as const satisfies readonly (TaskState | 'delayed')[];
export type ListedState = (typeof LISTED_STATES)[number];

export interface ListedTask {
  readonly view: TaskView;
  readonly state: ListedState;
  /** The list goes on behind this task from here. */
  readonly cursor: string;
}

/** The most that a store gives in a page. */
const PAGE = 1000;

/**
 * The tasks in these states, state by state, the next due first, in pages. Those that change their state meanwhile can
 * come twice or not at all.
 *
 * @throws InvalidArgumentError for a cursor that is none of this list
 */
export async function* listTasks(
  reader: StoreReader,
  {
    states,
    after,
    pageSize,
  }: { readonly states: readonly ListedState[]; readonly after?: string; readonly pageSize: number },
): AsyncGenerator<ListedTask, void, undefined> {
  const from = after === undefined ? undefined : positionOf(after, states);
  for (const state of from ? states.slice(states.indexOf(from.state)) : states) {
    let page = from?.state === state ? from : { state, cursor: '', skip: 0 };
    for (;;) {
      const limit = Math.min(PAGE, pageSize + page.skip);
      const read = await reader.tasks({ state, limit, ...(page.cursor !== '' && { cursor: page.cursor }) });
      for (const [index, view] of read.tasks.entries()) {
        if (index < page.skip) continue;
        yield { view, state, cursor: textOf({ ...page, skip: index + 1 }) };
      }
      if (read.cursor === null) break;
      page = { state, cursor: read.cursor, skip: 0 };
    }
  }
}

/** A state, the cursor of a page of the store, and how many tasks of that page have been. */
interface Position {
  readonly state: ListedState;
  readonly cursor: string;
  readonly skip: number;
}

function textOf({ state, cursor, skip }: Position): string {
  return `${state}~${skip}~${cursor}`;
}

function positionOf(text: string, states: readonly ListedState[]): Position {
  const [, word, skip, cursor] = /^([a-z]+)~(\d{1,4})~(.*)$/s.exec(text) ?? [];
  const state = states.find((candidate) => candidate === word);
  const isFit = state !== undefined && cursor !== undefined && Number(skip) <= PAGE;
  if (isFit) return { state, cursor, skip: Number(skip) };
  throw new InvalidArgumentError('--after', text, 'the cursor of a task in a list of the same states');
}

/** Since when a task is in its state. */
export function inStateSince({ createdAt, closedAt, releasedAt, endedAt }: TaskView, state: ListedState): number {
  switch (state) {
    case 'open':
      return createdAt;
    case 'locked':
      return closedAt ?? createdAt;
    case 'completed':
    case 'failed':
      return endedAt ?? createdAt;
    default:
      return releasedAt ?? createdAt;
  }
}

/** The state of a view, with `delayed` told apart: a task that waits for a worker has nothing due. */
export function listedState({ state, due }: TaskView): ListedState {
  return state === 'released' && due !== null ? 'delayed' : state;
}
