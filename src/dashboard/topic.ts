import type { EventStream } from './event-stream.js';

/** At the latest so long after a look comes the next one, in ms: locks make no events. */
const EVERY = 1000;
/** After an event at the earliest so long after a look. */
const AT_LEAST = 200;
/** A look that takes long is followed by a pause so many times as long: the pages leave the store to others. */
const REST = 4;

export interface Message {
  readonly event: string;
  readonly data: string;
  /** Two messages with the same text here are the same news. */
  readonly same: string;
}

/** One thing that pages look at: looked up once for all of them, and sent when it has changed. */
export class Topic {
  readonly #readers = new Set<EventStream>();
  /** Those who have joined since the last look: they get its successor, whether it is news or not. */
  readonly #fresh = new Set<EventStream>();
  #last: Message | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #wasWoken = false;
  #lookedAt = 0;
  #took = 0;
  #stopListening: (() => void) | undefined;

  constructor(
    private readonly look: () => Promise<Message>,
    private readonly listen: (wake: () => void) => () => void,
  ) {}

  join(reader: EventStream): void {
    this.#readers.add(reader);
    this.#fresh.add(reader);
    if (this.#readers.size === 1) this.#stopListening = this.listen(() => this.#schedule(AT_LEAST));
    this.#schedule(0);
  }

  /** Gives how many are left. */
  leave(reader: EventStream): number {
    this.#readers.delete(reader);
    this.#fresh.delete(reader);
    if (this.#readers.size === 0) {
      clearTimeout(this.#timer);
      this.#stopListening?.();
    }
    return this.#readers.size;
  }

  /** The next look, so long after the last one. */
  #schedule(after: number): void {
    if (this.#isLooking) {
      this.#wasWoken = true;
      return;
    }
    clearTimeout(this.#timer);
    const pause = after === 0 ? 0 : Math.max(after, this.#took * REST);
    const wait = Math.max(0, this.#lookedAt + pause - performance.now());
    this.#timer = setTimeout(() => void this.#lookAgain(), wait);
  }

  async #lookAgain(): Promise<void> {
    this.#isLooking = true;
    this.#wasWoken = false;
    const readers = [...this.#fresh];
    this.#fresh.clear();
    const from = performance.now();
    const message = await this.look();
    this.#lookedAt = performance.now();
    this.#took = this.#lookedAt - from;
    this.#isLooking = false;
    const isNews = message.same !== this.#last?.same;
    this.#last = message;
    for (const reader of isNews ? [...this.#readers] : readers) reader.send(message.event, message.data);
    if (this.#readers.size > 0) this.#schedule(this.#wasWoken ? AT_LEAST : EVERY);
  }
}
