import { errorRecord } from '../core/error-record.js';
import type { FailedItem } from '../core/errors.js';
import { isTuskerError, TaskReleasedError } from '../core/errors.js';
import { isError } from '../core/is-error.js';
import type { UnitView } from '../core/store.js';
import { MAX_PAGE } from '../core/store.js';
import type { ItemList } from './all-items.js';
import type { AllTerms } from './all-options.js';
import { decodePayload } from './payload.js';
import type { Session } from './session.js';

/** What the items of one call came to so far. */
export class Tally<Unit> {
  readonly #list: ItemList<unknown>;
  readonly #onProgress: AllTerms['onProgress'];
  readonly #ends: (PromiseSettledResult<Unit> | undefined)[];
  #done = 0;
  #failed = 0;
  #isOver = false;

  constructor(list: ItemList<unknown>, onProgress: AllTerms['onProgress']) {
    this.#list = list;
    this.#onProgress = onProgress;
    this.#ends = new Array<undefined>(list.units.length);
  }

  /** The item came to its end. Rejects with what the caller's listener throws. */
  async note(index: number, end: PromiseSettledResult<Unit>): Promise<void> {
    if (this.#isOver || this.#ends[index]) return;
    this.#ends[index] = end;
    if (end.status === 'fulfilled') this.#done++;
    else this.#failed++;
    const { units } = this.#list;
    const counts = { done: this.#done, failed: this.#failed, total: units.length };
    const state = end.status === 'fulfilled' ? 'done' : 'failed';
    await this.#onProgress?.({ index, unit: units[index] as string, state, ...counts });
  }

  /** It is to be done again. Whether it was done. */
  forget(index: number): boolean {
    if (this.#isOver || this.#ends[index]?.status !== 'fulfilled') return false;
    this.#ends[index] = undefined;
    this.#done--;
    return true;
  }

  /** The call is over: its caller hears of nothing any more. */
  finish(): void {
    this.#isOver = true;
  }

  get done(): number {
    return this.#done;
  }

  get total(): number {
    return this.#list.units.length;
  }

  /** The places of those that have not come to their end. */
  get left(): number[] {
    return this.#list.units.flatMap((_, index) => (this.#ends[index] ? [] : [index]));
  }

  /** In the order of the items. */
  get ends(): PromiseSettledResult<Unit>[] {
    return this.#ends.filter((end) => end !== undefined);
  }

  get failures(): FailedItem[] {
    const { units } = this.#list;
    return units.flatMap((unit, index) => {
      const end = this.#ends[index];
      return end?.status === 'rejected' ? [{ index, unit, error: end.reason as unknown }] : [];
    });
  }

  get hasFailures(): boolean {
    return this.#failed > 0;
  }
}

/** What becomes of the units that are there: of a task that has ended each has come to its end, too. */
export type Reading = 'done' | 'done and failed for good' | 'all';

/** What the items of one call are, and where they stand. */
export interface Known<Unit> {
  readonly session: Session;
  readonly task: string;
  readonly list: ItemList<unknown>;
  readonly tally: Tally<Unit>;
}

/** Notes what is known of the items before any work: the results and errors of earlier runs and of other processes. */
export async function noteKnown<Unit>(known: Known<Unit>, reading: Reading): Promise<void> {
  const { session, tally } = known;
  for await (const [index, view] of views(known)) {
    const end = await endOf<Unit>(session, view, reading);
    if (end) await tally.note(index, end);
  }
  if (reading !== 'all') return;
  // Somebody released it by hand before they were done.
  for (const index of tally.left)
    await tally.note(index, { status: 'rejected', reason: new TaskReleasedError(known.task, 'completed') });
}

/** What was done, and is not any more because somebody redid it, is to be done again. Whether there is such an item. */
export async function forgetRedone(known: Known<unknown>): Promise<boolean> {
  let found = false;
  for await (const [index, { state }] of views(known)) {
    if (state !== 'done' && known.tally.forget(index)) found = true;
  }
  return found;
}

/** The units of the items that are there, with the places of these. */
async function* views({ session, task, list: { units } }: Known<unknown>): AsyncGenerator<[number, UnitView]> {
  const indexes = new Map(units.map((unit, index) => [unit, index]));
  for (let start = 0; start < units.length; ) {
    const page = await session.store.units({ task }, units.slice(start, start + MAX_PAGE));
    if (page.kind !== 'units') return;
    for (const view of page.units) yield [indexes.get(view.unit) as number, view];
    start += page.seen;
  }
}

/** How the unit has ended, as far as that counts. */
export async function endOf<Unit>(
  session: Session,
  view: UnitView,
  reading: Reading,
): Promise<PromiseSettledResult<Unit> | undefined> {
  if (view.state === 'done') {
    return { status: 'fulfilled', value: (await decodePayload(session, 'unit', view.result)) as Unit };
  }
  if (reading === 'done' || view.state !== 'failed' || view.error === null) return undefined;
  if (reading === 'done and failed for good' && !view.final) return undefined;
  return { status: 'rejected', reason: thrownBefore(JSON.parse(view.error)) };
}

/** What is no Error becomes what the next call gives: an Error of its text. */
export function asError(thrown: unknown): unknown {
  return isError(thrown) ? thrown : thrownBefore(errorRecord(thrown));
}

/** An error as it was stored, as an Error. */
function thrownBefore(record: unknown): Error {
  const { name, message, stack, code } = record as Partial<Record<string, string>>;
  const error = new Error(message);
  for (const [key, value] of Object.entries({ name, stack, code })) {
    if (value !== undefined) Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  return error;
}

/** The store cannot be used, or the tusker was stopped: no fault of an item's. */
export function isOfTheStore(error: unknown): boolean {
  if (!isTuskerError(error)) return false;
  const codes: readonly string[] = [
    'BUSY',
    'CONNECTION',
    'SERVER_REFUSED',
    'STOPPED',
    'STORE_CORRUPT',
    'STORE_LOST',
    'UNSUPPORTED_SERVER',
  ];
  return codes.includes(error.code);
}
