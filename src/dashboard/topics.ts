import { EventStream } from './event-stream.js';
import { Refusal, refusalOf } from './refusal.js';
import { withoutNow } from './responses.js';
import { Topic } from './topic.js';

const HEARTBEAT = 10_000;
/** A reader that takes nothing for so long is dropped, in ms. */
const STALL = 20_000;

/** The pages that are kept up to date: what they look at (topics), shared, and a bounded number of streams. */
export class Topics {
  readonly #topics = new Map<string, Topic>();
  readonly #streams = new Set<EventStream>();
  #beat: NodeJS.Timeout | undefined;

  constructor(private readonly maxStreams: number) {}

  /**
   * A stream of the answers that `look` gives, whenever they differ. Streams with the same key share the looking.
   *
   * @throws Refusal when there are too many streams
   */
  subscribe(key: string, look: () => Promise<{ readonly now: number }>, listen: (wake: () => void) => () => void) {
    if (this.#streams.size >= this.maxStreams) {
      throw new Refusal(503, 'TOO_MANY_STREAMS', `${this.maxStreams} pages are kept up to date already.`, {
        'retry-after': '30',
      });
    }
    let topic = this.#topics.get(key);
    if (!topic) {
      topic = new Topic(() => answered(look), listen);
      this.#topics.set(key, topic);
    }
    const shared = topic;
    const stream = new EventStream(() => {
      this.#streams.delete(stream);
      if (shared.leave(stream) === 0) this.#topics.delete(key);
      if (this.#streams.size === 0) clearInterval(this.#beat);
    });
    if (this.#streams.size === 0) this.#beat = setInterval(() => this.#beatAll(), HEARTBEAT).unref();
    this.#streams.add(stream);
    shared.join(stream);
    return stream.body;
  }

  get size(): number {
    return this.#streams.size;
  }

  #beatAll(): void {
    const now = performance.now();
    for (const stream of [...this.#streams]) {
      stream.beat();
      if (now - (stream.stalledSince ?? now) > STALL)
        stream.close(new Error('The reader of this stream does not read.'));
    }
  }

  stop(): void {
    for (const stream of [...this.#streams]) stream.close();
  }
}

/** A look as a message: the answer, or why there is none. */
async function answered(look: () => Promise<{ readonly now: number }>) {
  try {
    const answer = await look();
    return { event: 'answer', data: JSON.stringify(answer), same: withoutNow(answer) };
  } catch (error) {
    const { code, message } = refusalOf(error);
    const data = JSON.stringify({ error: { code, message } });
    return { event: 'refusal', data, same: data };
  }
}
