import { setImmediate as nextTurn } from 'node:timers/promises';
import { StaleClaimError, TaskNotFoundError } from '../core/errors.js';
import { sortNatural } from '../core/natural-order.js';
import type { UnitState } from '../core/states.js';
import type { UnitQuery, UnitView } from '../core/store.js';
import { MAX_PAGE } from '../core/store.js';
import { decodePayload } from './payload.js';
import { publishRead } from './publishing.js';
import type { Session } from './session.js';

/** A unit as readers see it. Times are ms of the store's clock. */
export interface Unit<Result = unknown> {
  /** Its name. */
  readonly unit: string;
  readonly state: UnitState;
  /** What it was unlocked with, after the schema; `undefined` for none. */
  readonly result: Result;
  /** What it failed with: `{ name, message, … }`. */
  readonly error: unknown;
  /** It has failed for good. */
  readonly final: boolean;
  /** The token of its last lock. */
  readonly token: number;
  /** Who had that lock, for people. */
  readonly holder: string;
  /** When that lock began. */
  readonly lockedAt: number;
  /** When it was renewed last. */
  readonly renewedAt: number;
  /** When it runs out, or ran out, unless it is renewed. */
  readonly until: number;
  /** When it ended; `null` while it is held. */
  readonly endedAt: number | null;
  /** What the unlock carried, such as a trace context. */
  readonly context: string | null;
}

type Source = Pick<UnitQuery, 'task' | 'token' | 'incarnation'>;

interface Listing {
  readonly names: string[];
  readonly incarnation: number | undefined;
}

/** All names of a task's units in natural order (2 before 10). They are small; the units are not and come in pages. */
async function sortedNames(session: Session, source: Source, state: UnitState | undefined): Promise<Listing> {
  const names = new Set<string>();
  let incarnation = source.incarnation;
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
    ({ incarnation, cursor } = page);
    for (const name of page.names) names.add(name);
  } while (cursor !== null);
  return { names: sortNatural(names), incarnation };
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
    publishRead(session.store.name, source, () => contextsOf(page.units));
    for (const view of page.units) {
      if (state === undefined || view.state === state) yield readUnit<Result>(session, view);
    }
    start += page.seen;
    // A long read leaves room for the other work of this process.
    if (start < names.length) await nextTurn();
  }
}

function contextsOf(units: readonly UnitView[]): string[] {
  return units.flatMap(({ context }) => context ?? []);
}

/** A promise only where the schema of results gives one. */
function readUnit<Result>(session: Session, view: UnitView): Unit<Result> | Promise<Unit<Result>> {
  const result = decodePayload(session, 'unit', view.result);
  if (result instanceof Promise) return result.then((decoded: Result) => unitOf(view, decoded));
  return unitOf(view, result as Result);
}

function unitOf<Result>(view: UnitView, result: Result): Unit<Result> {
  return { ...view, result, error: view.error === null ? undefined : (JSON.parse(view.error) as unknown) };
}

export function readError(kind: 'stale' | 'not-found', { task, token }: Source): Error {
  return kind === 'stale' && token !== undefined ? new StaleClaimError(task, token) : new TaskNotFoundError(task);
}
