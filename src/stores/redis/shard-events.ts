import type { TaskEvent } from '../../core/store.js';
import type { Delivery } from './delivery.js';
import { FUNCTIONS } from './functions.js';
import type { Value } from './rows.js';
import { taskEvent } from './rows.js';
import type { Shard } from './shard.js';
import { WaitingLine } from './waiting-line.js';

/** Events that one call reads. */
const EVENTS_PER_CALL = 250;
/** The longest one look blocks, in ms. */
const SLICE = 5000;
const PAUSE_AFTER_BREAK = 200;

/** What one shard tells. */
export interface ShardPage {
  /** The newest number given. */
  readonly newest: number;
  /** The event to read on from is not kept. */
  readonly isGone: boolean;
  readonly events: readonly { readonly sequence: number; readonly event: Omit<TaskEvent, 'cursor'> }[];
}

/** The events of one shard. One that does not answer is not well, until it does: the others need not wait for it. */
export class ShardEvents {
  newest = 0;
  isWell = true;
  readonly #line: WaitingLine;
  readonly #key: string;
  #isWatching = false;
  #isClosed = false;
  /** A look that was not waited for is under way. */
  #isLate = false;
  /** What it answered. */
  #late: { readonly after: number | undefined; readonly page: ShardPage } | undefined;

  constructor(
    private readonly shard: Shard,
    delivery: Delivery,
    /** Somebody waits for news. */
    private readonly isAwaited: () => boolean,
    /** There is something to read, or the shard began or ceased to be well. */
    private readonly onNews: () => void,
  ) {
    this.#key = shard.keys.key('events');
    this.#line = new WaitingLine(shard, delivery, this.#key, 'may-end');
  }

  /** What comes after an event; without one only which is the newest. */
  async read(after: number | undefined, limit: number): Promise<ShardPage> {
    const late = this.#late;
    this.#late = undefined;
    if (late && late.after === after) return late.page;
    const args = [after === undefined ? '' : String(after), String(Math.min(limit, EVENTS_PER_CALL))];
    const [newest, isGone, ...entries] = (await this.shard.run(FUNCTIONS.events, args)) as Value[];
    this.newest = Number(newest);
    return { newest: this.newest, isGone: isGone === 1, events: listed(entries) };
  }

  /** The look takes too long to be waited for. Its answer is for the next one from there. */
  neglect(look: Promise<ShardPage>, after: number | undefined): void {
    this.isWell = false;
    this.#isLate = true;
    look
      .then((page) => {
        this.#late = { after, page };
      })
      .catch(() => {})
      .then(() => {
        this.#isLate = false;
        if (this.#late) this.#turn(true);
      });
  }

  /** Blocks on the shard's stream as long as somebody waits. */
  async watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    while (this.isAwaited() && !this.#isClosed) {
      try {
        if (!this.isWell) await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_BREAK).unref());
        const last = await this.#next(this.isWell ? SLICE : undefined);
        if (!this.#isLate) this.#turn(true);
        if (last === undefined) continue;
        this.newest = last;
        this.onNews();
      } catch {
        this.#line.drop();
        this.#turn(false);
      }
    }
    this.#isWatching = false;
  }

  /** The newest event after those that are known. Blocks for `ms`, if given. */
  async #next(ms: number | undefined): Promise<number | undefined> {
    const block = ms === undefined ? [] : ['BLOCK', `${ms}`];
    const from = `${this.newest}-0`;
    const command = ['XREAD', 'COUNT', '1000', ...block, 'STREAMS', this.#key, from];
    const [reply] = await this.#line.exchange(ms ?? 0, command);
    return newestOf(reply);
  }

  #turn(isWell: boolean): void {
    if (isWell === this.isWell) return;
    this.isWell = isWell;
    this.onNews();
  }

  close(): void {
    this.#isClosed = true;
    this.#line.close();
  }
}

function listed(entries: readonly Value[]): ShardPage['events'] {
  const events: { sequence: number; event: Omit<TaskEvent, 'cursor'> }[] = [];
  for (let i = 0; i + 1 < entries.length; i += 2) {
    events.push({ sequence: Number(entries[i]), event: taskEvent(String(entries[i + 1])) });
  }
  return events;
}

/** The newest sequence in the reply of XREAD, which is a list, or with RESP3 a map, of streams. */
function newestOf(reply: unknown): number | undefined {
  const text = JSON.stringify(reply instanceof Map ? [...reply] : (reply ?? null));
  const ids = [...text.matchAll(/"(\d+)-0"/g)];
  const last = ids.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}
