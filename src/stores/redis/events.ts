import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError, StoppedError } from '../../core/errors.js';
import type { EventQuery, EventsPage, TaskEvent } from '../../core/store.js';
import { MAX_PAGE } from '../../core/store.js';
import { LONGEST_TIMER } from '../../core/timers.js';
import type { Delivery } from './delivery.js';
import type { Shard } from './shard.js';
import type { ShardPage } from './shard-events.js';
import { ShardEvents } from './shard-events.js';

/** Who waits for news does not wait longer for a shard that is silent while another one has answered, in ms. */
const PATIENCE = 500;
/** Looks in one wait that may be in vain, one behind the other: from then on each is followed by a rest, in ms. */
const IN_VAIN = 3;
const REST = 100;
/** In a cursor: a place that is not known yet, from now on. */
const UNKNOWN = '?';

/** A place in each shard; undefined where it is not known. */
type Places = readonly (number | undefined)[];

/**
 * What happened, shard by shard; a cursor names a place in each. Who waits for news reads each shard on its own: one that
 * is silent or dead is left where it was, and read on from there once it answers. Who does not wait hears of all, or an error.
 */
export class Events {
  readonly #shards: readonly ShardEvents[];
  readonly #waiting = new Set<() => void>();
  #isClosed = false;

  constructor(shards: readonly Shard[], delivery: Delivery) {
    const isAwaited = (): boolean => this.#waiting.size > 0;
    this.#shards = shards.map((shard) => new ShardEvents(shard, delivery, isAwaited, this.#wake));
  }

  readonly #wake = (): void => {
    for (const wake of [...this.#waiting]) wake();
  };

  async read({ after, limit, wait = 0, partial = wait > 0, signal }: EventQuery): Promise<EventsPage> {
    const end = performance.now() + wait;
    let places = this.#placesOf(after);
    for (let looks = 1; ; looks++) {
      if (this.#isClosed) throw new StoppedError();
      const page = pageOf(places, await this.#look(places, Math.min(limit, MAX_PAGE), partial), after === undefined);
      places = this.#placesOf(page.cursor);
      const left = end - performance.now();
      if (page.events.length > 0 || page.gap || left <= 0 || signal?.aborted) return page;
      if (looks > IN_VAIN) await rest(Math.min(left, REST), signal);
      await this.#change(places, end - performance.now(), signal);
      if (signal?.aborted) return page;
    }
  }

  #placesOf(cursor: string | undefined): Places {
    return cursor === undefined ? this.#shards.map(() => undefined) : readCursor(cursor, this.#shards.length);
  }

  /** A page of each shard, or an error; with `partial` those that answer soon, and an error when none answers. */
  async #look(places: Places, limit: number, partial: boolean): Promise<(ShardPage | undefined)[]> {
    const share = Math.ceil(limit / this.#shards.length);
    const asksAll = !partial || !this.#shards.some(({ isWell }) => isWell);
    const looks = this.#shards.map((shard, i) => (asksAll || shard.isWell ? shard.read(places[i], share) : undefined));
    if (!partial || looks.length === 1) return Promise.all(looks);
    const pages = await promptly(looks);
    this.#shards.forEach((shard, i) => {
      const look = looks[i];
      if (look && !pages[i]) shard.neglect(look, places[i]);
    });
    return pages;
  }

  /** Resolves when a shard may have an event after these, after `ms`, or when aborted. */
  #change(places: Places, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, Math.min(ms, LONGEST_TIMER)));
      timer.unref();
      this.#waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
      if (this.#shards.some(({ isWell, newest }, i) => isWell && newest > (places[i] ?? -1))) return done();
      for (const shard of this.#shards) void shard.watch();
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const shard of this.#shards) shard.close();
    this.#wake();
  }
}

/** The pages of all, or of those that came until `PATIENCE` after the first. @throws what the first throws if all do */
function promptly(looks: readonly (Promise<ShardPage> | undefined)[]): Promise<(ShardPage | undefined)[]> {
  return new Promise((resolve, reject) => {
    const pages: (ShardPage | undefined)[] = looks.map(() => undefined);
    let left = looks.filter((look) => look !== undefined).length;
    let patience: NodeJS.Timeout | undefined;
    const settled = (): void => {
      if (--left > 0) return;
      clearTimeout(patience);
      resolve(pages);
    };
    looks.forEach((look, i) => {
      look?.then(
        (page) => {
          pages[i] = page;
          patience ??= setTimeout(() => resolve([...pages]), PATIENCE);
          settled();
        },
        (error: unknown) => {
          if (left === 1 && patience === undefined) reject(error);
          settled();
        },
      );
    });
  });
}

/** The events of all shards by their time, each with the cursor that names its place in every shard. */
function pageOf(places: Places, pages: readonly (ShardPage | undefined)[], fromNowOn: boolean): EventsPage {
  const at = [...places];
  let gap = false;
  const listed: { shard: number; sequence: number; event: Omit<TaskEvent, 'cursor'> }[] = [];
  pages.forEach((page, shard) => {
    if (!page) return;
    // A shard that is heard of late may have told something meanwhile.
    gap ||= page.isGone || (at[shard] === undefined && !fromNowOn);
    if (at[shard] === undefined || (page.isGone && page.events.length === 0)) at[shard] = page.newest;
    for (const { sequence, event } of page.events) listed.push({ shard, sequence, event });
  });
  if (pages.length > 1) listed.sort((a, b) => a.event.at - b.event.at);
  const events = listed.map(({ shard, sequence, event }): TaskEvent => {
    at[shard] = Math.max(at[shard] ?? 0, sequence);
    return { cursor: cursorOf(at), ...event };
  });
  return { events, cursor: cursorOf(at), gap };
}

function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return sleep(ms, undefined, { ref: false, ...(signal && { signal }) }).catch(() => {});
}

function cursorOf(places: Places): string {
  return places.map((place) => place ?? UNKNOWN).join('.');
}

/** A place in each shard; `0` is the beginning of all. */
function readCursor(text: string, shards: number): Places {
  if (text === '0') return new Array<number>(shards).fill(0);
  const parts = text.split('.');
  if (parts.length !== shards || parts.some((part) => part !== UNKNOWN && !/^\d{1,15}$/.test(part))) {
    throw new InvalidArgumentError('options.since', text, "the cursor of an event, or '0'");
  }
  return parts.map((part) => (part === UNKNOWN ? undefined : Number(part)));
}
