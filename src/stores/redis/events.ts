import { InvalidArgumentError, StoppedError } from '../../core/errors.js';
import type { EventQuery, EventsPage, TaskEvent } from '../../core/store.js';
import { MAX_PAGE } from '../../core/store.js';
import type { Delivery } from './delivery.js';
import { FUNCTIONS } from './functions.js';
import type { Value } from './rows.js';
import { taskEvent } from './rows.js';
import type { Shard } from './shard.js';
import { WaitingLine } from './waiting-line.js';

/** The longest one look blocks, in ms. */
const SLICE = 5000;
const PAUSE_AFTER_BREAK = 200;

/** What happened, shard by shard; a cursor names a place in each. */
export class Events {
  readonly #lines: readonly WaitingLine[];
  readonly #watching = new Set<WaitingLine>();
  readonly #waiting = new Set<() => void>();
  readonly #newest: number[];
  #closed = false;

  constructor(
    private readonly shards: readonly Shard[],
    delivery: Delivery,
  ) {
    this.#lines = shards.map((shard) => new WaitingLine(shard, delivery, shard.keys.key('events')));
    this.#newest = shards.map(() => 0);
  }

  async read({ after, limit, wait = 0, signal }: EventQuery): Promise<EventsPage> {
    const end = performance.now() + wait;
    for (let from = after; ; ) {
      if (this.#closed) throw new StoppedError();
      const page = await this.#readNow(from, Math.min(limit, MAX_PAGE));
      from = page.cursor;
      const left = end - performance.now();
      if (page.events.length > 0 || page.gap || left <= 0 || signal?.aborted) return page;
      await this.#change(readCursor(from, this.shards.length), left, signal);
      if (signal?.aborted) return page;
    }
  }

  async #readNow(after: string | undefined, limit: number): Promise<EventsPage> {
    const from = after === undefined ? undefined : readCursor(after, this.shards.length);
    const share = Math.ceil(limit / this.shards.length);
    const replies = (await Promise.all(
      this.shards.map((shard, i) => shard.run(FUNCTIONS.events, [from ? String(from[i]) : '', String(share)])),
    )) as Value[][];
    replies.forEach(([newest], i) => {
      this.#newest[i] = Math.max(this.#newest[i] ?? 0, Number(newest));
    });
    if (!from) return { events: [], cursor: replies.map(([newest]) => newest).join('.'), gap: false };
    return pageOf(from, replies);
  }

  /** Resolves when a shard has an event after these, after `ms`, or when aborted. */
  #change(from: readonly number[], ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
      timer.unref();
      this.#waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
      if (this.#newest.some((newest, i) => newest > (from[i] ?? 0))) return done();
      this.#lines.forEach((line, i) => {
        if (!this.#watching.has(line)) void this.#watch(line, i);
      });
    });
  }

  /** Blocks on one shard's stream as long as somebody waits. */
  async #watch(line: WaitingLine, index: number): Promise<void> {
    this.#watching.add(line);
    const key = line.shard.keys.key('events');
    while (this.#waiting.size > 0 && !this.#closed) {
      const from = `${this.#newest[index] ?? 0}-0`;
      try {
        const [reply] = await line.exchange(SLICE, [
          'XREAD',
          'COUNT',
          '1000',
          'BLOCK',
          `${SLICE}`,
          'STREAMS',
          key,
          from,
        ]);
        const last = newestOf(reply);
        if (last === undefined) continue;
        this.#newest[index] = last;
        for (const wake of [...this.#waiting]) wake();
      } catch {
        line.drop();
        for (const wake of [...this.#waiting]) wake();
        await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_BREAK).unref());
      }
    }
    this.#watching.delete(line);
  }

  close(): void {
    this.#closed = true;
    for (const line of this.#lines) line.close();
    for (const wake of [...this.#waiting]) wake();
  }
}

/** The events of all shards by their time, each with the cursor that names its place in every shard. */
function pageOf(from: readonly number[], replies: readonly (readonly Value[])[]): EventsPage {
  const at = [...from];
  let gap = false;
  const listed: { shard: number; sequence: number; event: Omit<TaskEvent, 'cursor'> }[] = [];
  replies.forEach(([newest, first, ...entries], shard) => {
    const since = from[shard] ?? 0;
    const oldest = first === 0 ? Number(newest) + 1 : Number(first);
    gap ||= since > 0 && oldest > since + 1;
    for (let i = 0; i + 1 < entries.length; i += 2) {
      listed.push({ shard, sequence: Number(entries[i]), event: taskEvent(String(entries[i + 1])) });
    }
  });
  if (replies.length > 1) listed.sort((a, b) => a.event.at - b.event.at);
  const events = listed.map(({ shard, sequence, event }): TaskEvent => {
    at[shard] = Math.max(at[shard] ?? 0, sequence);
    return { cursor: at.join('.'), ...event };
  });
  return { events, cursor: at.join('.'), gap };
}

/** A place in each shard; `0` is the beginning of all. */
function readCursor(text: string, shards: number): number[] {
  if (text === '0') return new Array<number>(shards).fill(0);
  const parts = text.split('.');
  if (parts.length !== shards || parts.some((part) => !/^\d{1,15}$/.test(part))) {
    throw new InvalidArgumentError('options.since', text, "the cursor of an event, or '0'");
  }
  return parts.map(Number);
}

/** The newest sequence in the reply of XREAD, which is a list, or with RESP3 a map, of streams. */
function newestOf(reply: unknown): number | undefined {
  const text = JSON.stringify(reply instanceof Map ? [...reply] : (reply ?? null));
  const ids = [...text.matchAll(/"(\d+)-0"/g)];
  const last = ids.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}
