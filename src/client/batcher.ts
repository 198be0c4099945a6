import { BusyError, StoppedError } from '../core/errors.js';
import type { Call, ErrorOutcome, Outcome, Outcomes, Store } from '../core/store.js';
import { MAX_BATCH, MAX_BATCH_BYTES } from '../core/store.js';

interface Waiting {
  readonly call: Call;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/**
 * Sends all calls of one tick together, in order, in batches that the store takes. Under load the batches grow by
 * themselves; a single call is sent in the same tick.
 */
export class Batcher {
  #collected: Waiting[] = [];
  /** Tasks with a call that is not ready yet: later calls of the task stand behind it. */
  readonly #held = new Map<string, Promise<unknown>>();
  #underWay = 0;
  #stopped = false;
  #drained: (() => void) | undefined;

  constructor(
    private readonly store: Store,
    private readonly maxQueue: number,
  ) {}

  /** @throws BusyError, StoppedError, and whatever the store rejects with */
  call<C extends Call>(call: C): Promise<Outcomes[C['verb']]> {
    if (this.#held.has(call.task)) return this.callLater(call.task, Promise.resolve(call));
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
    return new Promise<Outcome>((resolve, reject) => {
      if (this.#stopped) return reject(new StoppedError());
      const waiting = this.#collected.length + this.#underWay;
      if (waiting >= this.maxQueue) return reject(new BusyError(waiting));
      // A tick's calls are complete when its microtasks are: nextTick comes right after them.
      if (this.#collected.length === 0) process.nextTick(() => this.#flush());
      this.#collected.push({ call, resolve, reject });
    }) as Promise<Outcomes[C['verb']]>;
  }

  #flush(): void {
    const collected = this.#collected;
    this.#collected = [];
    let batch: Waiting[] = [];
    let bytes = 0;
    for (const waiting of collected) {
      const size = payloadSize(waiting.call);
      if (batch.length === MAX_BATCH || (batch.length > 0 && bytes + size > MAX_BATCH_BYTES)) {
        this.#sendBatch(batch);
        batch = [];
        bytes = 0;
      }
      batch.push(waiting);
      bytes += size;
    }
    if (batch.length > 0) this.#sendBatch(batch);
  }

  #sendBatch(batch: readonly Waiting[]): void {
    this.#underWay += batch.length;
    this.store.apply(batch.map(({ call }) => call)).then(
      (outcomes) => {
        this.#settled(batch.length);
        for (let i = 0; i < batch.length; i++) deliver(batch[i] as Waiting, outcomes[i] as Outcome);
      },
      (error: unknown) => {
        this.#settled(batch.length);
        for (const { reject } of batch) reject(error);
      },
    );
  }

  #settled(count: number): void {
    this.#underWay -= count;
    if (this.#underWay === 0 && this.#collected.length === 0) this.#drained?.();
  }

  /** Takes no more calls; resolves when those under way are answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#underWay + this.#collected.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }
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
