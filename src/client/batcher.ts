import { BusyError, StoppedError } from '../core/errors.js';
import type { Call, ErrorOutcome, Outcome, Outcomes, Store } from '../core/store.js';
import { MAX_BATCH, MAX_BATCH_BYTES } from '../core/store.js';
import { published } from './publishing.js';

interface Waiting {
  readonly call: Call;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/** The calls on one task that wait for their turn. */
interface Line {
  readonly task: string;
  readonly shard: number;
  waiting: Waiting[];
  /** A batch with calls of the task is under way. */
  busy: boolean;
}

/** A batch in the making: whole lines of tasks of one shard. */
interface Batch {
  readonly calls: Waiting[];
  readonly lines: Line[];
  bytes: number;
}

/**
 * Sends all calls of one tick together, in batches of whole tasks, for what a batch costs follows the tasks it touches.
 * A single call is sent in the same tick. The next calls on a task wait until those before them are answered: that
 * keeps their order whatever happens on the way, and under load makes batches grow by themselves.
 */
export class Batcher {
  readonly #lines = new Map<string, Line>();
  /** Lines with calls to send. */
  #ready: Line[] = [];
  #isFlushing = false;
  /** Tasks with a call that is not ready yet: later calls of the task stand behind it. */
  readonly #held = new Map<string, Promise<unknown>>();
  #pending = 0;
  #stopped = false;
  #drained: (() => void) | undefined;

  constructor(
    private readonly store: Store,
    private readonly maxQueue: number,
  ) {}

  /** @throws BusyError, StoppedError, and whatever the store rejects with */
  call<C extends Call>(call: C): Promise<Outcomes[C['verb']]> {
    if (this.#held.size > 0 && this.#held.has(call.task)) return this.callLater(call.task, Promise.resolve(call));
    return this.#send(call);
  }

  /** A call that is still being made. Its place among the calls of its task is that of now. */
  callLater<C extends Call>(task: string, making: Promise<C>): Promise<Outcomes[C['verb']]> {
    const before = this.#held.get(task);
    let outcome: Promise<Outcomes[C['verb']]> | undefined;
    const placed = (async () => {
      const [call] = await Promise.all([making, before]);
      outcome = this.#send(call);
      // Whoever asked gets the refusal; the calls behind only want to know that this one has its place.
      outcome.catch(() => {});
    })();
    const held = placed
      .catch(() => {})
      .then(() => {
        if (this.#held.get(task) === held) this.#held.delete(task);
      });
    this.#held.set(task, held);
    return placed.then(() => outcome as Promise<Outcomes[C['verb']]>);
  }

  #send<C extends Call>(call: C): Promise<Outcomes[C['verb']]> {
    return published(this.store.name, call, this.#enqueue);
  }

  readonly #enqueue = <C extends Call>(call: C): Promise<Outcomes[C['verb']]> =>
    new Promise<Outcome>((resolve, reject) => {
      if (this.#stopped) return reject(new StoppedError());
      if (this.#pending >= this.maxQueue) return reject(new BusyError(this.#pending));
      this.#pending++;
      const line = this.#line(call.task);
      line.waiting.push({ call, resolve, reject });
      if (line.waiting.length === 1 && !line.busy) this.#makeReady(line);
    }) as Promise<Outcomes[C['verb']]>;

  #line(task: string): Line {
    let line = this.#lines.get(task);
    if (line === undefined) {
      line = { task, shard: this.store.shardOf(task), waiting: [], busy: false };
      this.#lines.set(task, line);
    }
    return line;
  }

  #makeReady(line: Line): void {
    this.#ready.push(line);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    // A tick's calls are complete when its microtasks are: nextTick comes right after them.
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    const lines = this.#ready;
    this.#ready = [];
    const batches = new Map<number, Batch>();
    for (const line of lines) this.#pack(line, batches);
    for (const batch of batches.values()) this.#sendBatch(batch);
  }

  /** Adds the calls of a task to the batch of its shard; a batch that is full goes out. */
  #pack(line: Line, batches: Map<number, Batch>): void {
    const { taken, bytes } = takeFrom(line);
    let batch = batches.get(line.shard);
    const isFull = batch && (batch.calls.length + taken.length > MAX_BATCH || batch.bytes + bytes > MAX_BATCH_BYTES);
    if (batch && isFull) this.#sendBatch(batch);
    if (!batch || isFull) {
      batch = { calls: [], lines: [], bytes: 0 };
      batches.set(line.shard, batch);
    }
    for (const waiting of taken) batch.calls.push(waiting);
    batch.lines.push(line);
    batch.bytes += bytes;
    line.busy = true;
  }

  #sendBatch(batch: Batch): void {
    const { calls } = batch;
    this.store.apply(calls.map(({ call }) => call)).then(
      (outcomes) => {
        this.#settled(batch);
        for (let i = 0; i < calls.length; i++) deliver(calls[i] as Waiting, outcomes[i] as Outcome);
      },
      (error: unknown) => {
        this.#settled(batch);
        for (const { reject } of calls) reject(error);
      },
    );
  }

  #settled({ calls, lines }: Batch): void {
    this.#pending -= calls.length;
    for (const line of lines) {
      line.busy = false;
      if (line.waiting.length > 0) this.#makeReady(line);
      else this.#lines.delete(line.task);
    }
    if (this.#pending === 0) this.#drained?.();
  }

  /** Takes no more calls; resolves when those under way are answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#pending === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }
}

/** As many calls of the task, in their order, as a batch takes: at least one. */
function takeFrom(line: Line): { taken: Waiting[]; bytes: number } {
  let bytes = 0;
  let count = 0;
  for (const { call } of line.waiting) {
    const size = payloadSize(call);
    if (count === MAX_BATCH || (count > 0 && bytes + size > MAX_BATCH_BYTES)) break;
    bytes += size;
    count++;
  }
  const taken = count === line.waiting.length ? line.waiting : line.waiting.slice(0, count);
  line.waiting = line.waiting.slice(count);
  return { taken, bytes };
}

function deliver({ resolve, reject }: Waiting, outcome: Outcome | ErrorOutcome): void {
  if (outcome.kind === 'error') reject(outcome.error);
  else resolve(outcome);
}

function payloadSize(call: Call): number {
  switch (call.verb) {
    case 'unlock':
    case 'complete':
      return call.result?.length ?? 0;
    case 'failUnit':
    case 'failClaim':
      return call.error.length;
    case 'open':
    case 'close':
      return call.info?.length ?? 0;
    default:
      return 0;
  }
}
