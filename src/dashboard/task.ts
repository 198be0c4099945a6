import type { TaskDetail } from '../index.js';
import { TaskNotFoundError } from '../index.js';
import { excerpt, MAX_ERROR_TEXT } from './excerpt.js';
import type { Watched } from './namespaces.js';
import { Refusal } from './refusal.js';
import { eventRow, rowOf } from './rows.js';
import type { EventRow, TaskAnswer, UnitAnswer } from './wire.js';

/** The last so many events of a task are told. */
const MAX_EVENTS = 200;

/** All about one task but its units. */
export async function task(watched: Watched, name: string): Promise<TaskAnswer> {
  const { waitsFor, detail } = await watched.verbs.explain(name);
  return {
    now: watched.clock.learn(detail.now),
    row: rowOf(detail),
    waitsFor,
    options: detail.options,
    deadlineAt: detail.deadlineAt,
    claim: claimOf(detail),
    incomplete: detail.incomplete,
    info: excerpt(detail.info),
    result: excerpt(detail.result),
    errors: detail.errors.map(({ attempt, at, worker, error }) => {
      return { attempt, at, worker, error: excerpt(error, MAX_ERROR_TEXT) };
    }),
    events: await eventsOf(watched, detail),
  };
}

/** The token is left out: it is a secret between the store and the worker. */
function claimOf({ claim }: TaskDetail): TaskAnswer['claim'] {
  if (!claim) return null;
  const { worker, since, leaseUntil, timeoutAt } = claim;
  return { worker, since, leaseUntil, timeoutAt };
}

async function eventsOf({ activity }: Watched, { task: name, incarnation }: TaskDetail): Promise<EventRow[]> {
  const { events } = await activity.seen();
  const own = events.filter((event) => event.task === name && event.incarnation === incarnation);
  return own.slice(-MAX_EVENTS).map(eventRow);
}

/** One unit with its result and its error. */
export async function unit({ reader }: Watched, name: string, unitName: string): Promise<UnitAnswer> {
  const page = await reader.units({ task: name }, [unitName]);
  if (page.kind !== 'units') throw new TaskNotFoundError(name);
  const [view] = page.units;
  if (!view) throw new Refusal(404, 'UNIT_NOT_FOUND', 'The task has no unit of that name now.');
  const { state, holder, lockedAt, renewedAt, until, endedAt, final: isFinal } = view;
  const texts = { error: excerpt(view.error), result: excerpt(view.result) };
  return { unit: view.unit, state, holder, lockedAt, renewedAt, until, endedAt, isFinal, ...texts };
}

/** A payload as it was stored, byte for byte. */
export async function payload({ reader }: Watched, name: string, part: 'info' | 'result'): Promise<string> {
  const [detail] = await reader.inspect([name]);
  if (!detail) throw new TaskNotFoundError(name);
  const text = detail[part];
  if (text === null) throw new Refusal(404, 'NO_PAYLOAD', `The task has no ${part}.`);
  return text;
}
