import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TroubledUnit } from '../core/errors.js';
import { ConnectionError, IncompleteTaskError, show } from '../core/errors.js';
import { sortNatural } from '../core/natural-order.js';
import type { ResultsQuery, Shortfall } from '../core/store.js';
import { MAX_PAGE } from '../core/store.js';
import { decodePayload } from './payload.js';
import { publishRead } from './publishing.js';
import { readError } from './results.js';
import type { Session } from './session.js';
import { troubledUnits, troubleText } from './trouble.js';

type ClaimSource = Pick<ResultsQuery, 'task' | 'token'>;

/** Of so many units that are not done it is told why. */
const TOLD = 10;
/** How often all is read again that was not whole. */
const READINGS = 3;

/**
 * The results of all done units of a claim in natural order of the units' names. These units do not change any more, so what was
 * read is compared with their number: when another server takes over in the middle of a listing, it may skip some.
 *
 * @throws IncompleteTaskError unless complete or `partial`; StaleClaimError, ConnectionError
 */
export async function readResults<Result>(
  session: Session,
  source: ClaimSource,
  incomplete: Shortfall | null,
  partial: boolean,
): Promise<Result[]> {
  if (incomplete && !partial) {
    const { total, names } = incomplete;
    const units = await troubledOf(session, source, names);
    throw new IncompleteTaskError(source.task, total, names, troubleText(units), units);
  }
  const results = new ClaimResults(session, source);
  for (let reading = 1; ; reading++) {
    const done = await results.read();
    if (results.count === done) return results.sorted() as Result[];
    if (reading === READINGS) {
      const found = `${results.count} of ${done} done units of task ${show(source.task)}`;
      throw new ConnectionError(`The store listed ${found}, ${READINGS} times; try again.`);
    }
  }
}

/** Why the first of the units that are not done are not. The names are told even where the reasons cannot be read. */
async function troubledOf(session: Session, source: ClaimSource, names: readonly string[]): Promise<TroubledUnit[]> {
  const page = await session.store.units(source, names.slice(0, TOLD)).catch(() => undefined);
  if (page?.kind !== 'units') return [];
  return troubledUnits(page.units.filter(({ state }) => state === 'failed' || state === 'expired'));
}

/** What was read of a claim's results, page by page in the store's order. */
class ClaimResults {
  readonly #byUnit = new Map<string, unknown>();

  constructor(
    private readonly session: Session,
    private readonly source: ClaimSource,
  ) {}

  get count(): number {
    return this.#byUnit.size;
  }

  sorted(): unknown[] {
    return sortNatural(this.#byUnit.keys()).map((unit) => this.#byUnit.get(unit));
  }

  /** Reads every page; how many units are done. A long reading leaves room for the other work of this process. */
  async read(): Promise<number> {
    const { store } = this.session;
    const { task, token } = this.source;
    let cursor: string | null = null;
    for (;;) {
      const page = await store.results({ task, token, limit: MAX_PAGE, ...(cursor !== null && { cursor }) });
      if (page.kind === 'stale') throw readError(page.kind, this.source);
      const { done, names, results } = page;
      await this.#add(names, results, page.contexts);
      if (results.length < names.length) await this.#readUnits(names.slice(results.length));
      if (page.cursor === null) return done;
      cursor = page.cursor;
      await nextTurn();
    }
  }

  /** Those that found no room in their page. */
  async #readUnits(names: readonly string[]): Promise<void> {
    const { store } = this.session;
    for (let start = 0; start < names.length; ) {
      const page = await store.units(this.source, names.slice(start));
      if (page.kind !== 'units') throw readError(page.kind, this.source);
      await this.#add(
        page.units.map(({ unit }) => unit),
        page.units.map(({ result }) => result),
        page.units.map(({ context }) => context),
      );
      start += page.seen;
      await nextTurn();
    }
  }

  /** A unit may come again: it is read once. */
  async #add(
    names: readonly string[],
    texts: readonly (string | null)[],
    contexts: readonly (string | null)[],
  ): Promise<void> {
    const before = this.#byUnit.size;
    const carried: string[] = [];
    for (let i = 0; i < texts.length; i++) {
      const unit = names[i] as string;
      if (this.#byUnit.has(unit)) continue;
      const context = contexts[i];
      if (context) carried.push(context);
      const result = decodePayload(this.session, 'unit', texts[i] as string | null);
      this.#byUnit.set(unit, result instanceof Promise ? await result : result);
    }
    if (this.#byUnit.size > before) publishRead(this.session.store.name, this.source, () => carried);
  }
}
