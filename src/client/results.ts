import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, IncompleteTaskError, StaleClaimError, show, TaskNotFoundError } from '../core/errors.js';
import { compareNatural } from '../core/natural-order.js';
import type { UnitState } from '../core/states.js';
import type { Shortfall, UnitQuery, UnitView } from '../core/store.js';
import { MAX_PAGE } from '../core/store.js';
import { decodePayload } from './payload.js';
import { publishRead } from './publishing.js';
import type { Session } from './session.js';

/** A unit as readers see it. Times are ms of the store's clock. */
export interface Unit<Result = unknown> {
  readonly unit: string;
  readonly state: UnitState;
  /** What it was unlocked with, after the schema; `undefined` for none. */
  readonly result: Result;
  /** What it failed with: `{ name, message, … }`. */
  readonly error: unknown;
  readonly final: boolean;
  readonly token: number;
  readonly holder: string;
  readonly lockedAt: number;
  readonly renewedAt: number;
  readonly until: number;
  readonly endedAt: number | null;
  /** What the unlock carried, such as a trace context. */
  readonly context: string | null;
}

type Source = Pick<UnitQuery, 'task' | 'token' | 'incarnation'>;

/** How often a listing is read that was not whole. */
const LISTINGS = 3;

interface Listing {
  readonly names: string[];
  readonly incarnation: number | undefined;
}

/**
 * All names of a task's units in natural order (2 before 10). They are small; the results are not and come in pages. A
 * claim's done units do not change: their listing is held against their number, for a server that takes another's place
 * in the midst of it may skip some.
 */
async function sortedNames(session: Session, source: Source, state: UnitState | undefined): Promise<Listing> {
  for (let listing = 1; ; listing++) {
    const { names, incarnation, done } = await listNames(session, source, state);
    if (source.token === undefined || state !== 'done' || names.length === done) {
      return { names: names.sort(compareNatural), incarnation };
    }
    if (listing === LISTINGS) {
      const found = `${names.length} of ${done} done units of task ${show(source.task)}`;
      throw new ConnectionError(`The store listed ${found}, ${LISTINGS} times; try again.`);
    }
  }
}

async function listNames(session: Session, source: Source, state: UnitState | undefined) {
  const names = new Set<string>();
  let incarnation = source.incarnation;
  let done = 0;
  let cursor: string | null | undefined;
  do {
    const page = await session.store.unitNames({
      ...source,
      limit: MAX_PAGE,
      ...(incarnation !== undefined && { incarnation }),
      ...(state && { state }),
      ...(typeof cursor === 'string' && { cursor }),
    });
    if (page.kind !== 'names') throw readError(page.kind, source);
    ({ incarnation, done, cursor } = page);
    for (const name of page.names) names.add(name);
  } while (cursor !== null);
  return { names: [...names], incarnation, done };
}

/** Units in natural order, a page at a time. @throws StaleClaimError once the claim has ended, TaskNotFoundError */
export async function* readUnits<Result>(
  session: Session,
  source: Source,
  state?: UnitState,
): AsyncGenerator<Unit<Result>, void, undefined> {
  const { names, incarnation } = await sortedNames(session, source, state);
  const from = { ...source, ...(incarnation !== undefined && { incarnation }) };
  for (let start = 0; start < names.length; ) {
    const page = await session.store.units(from, names.slice(start, start + MAX_PAGE));
    if (page.kind !== 'units') throw readError(page.kind, source);
    publishRead(session.store.name, source, page.units);
    for (const view of page.units) {
      if (state === undefined || view.state === state) yield await readUnit<Result>(session, view);
    }
    start += page.seen;
    // A long read leaves room for the other work of this process.
    if (start < names.length) await sleep(0);
  }
}

async function readUnit<Result>(session: Session, view: UnitView): Promise<Unit<Result>> {
  const { error, result, ...rest } = view;
  return {
    ...rest,
    result: (await decodePayload(session, 'unit', result)) as Result,
    error: error === null ? undefined : (JSON.parse(error) as unknown),
  };
}

/** The results of all done units in natural order. @throws IncompleteTaskError unless complete or `partial` */
export async function readResults<Result>(
  session: Session,
  source: Source,
  incomplete: Shortfall | null,
  partial: boolean,
): Promise<Result[]> {
  if (incomplete && !partial) {
    const { failed, expired, missing, names } = incomplete;
    throw new IncompleteTaskError(source.task, failed + expired + missing, names);
  }
  const results: Result[] = [];
  for await (const { result } of readUnits<Result>(session, source, 'done')) results.push(result);
  return results;
}

function readError(kind: 'stale' | 'not-found', { task, token }: Source): Error {
  return kind === 'stale' && token !== undefined ? new StaleClaimError(task, token) : new TaskNotFoundError(task);
}
