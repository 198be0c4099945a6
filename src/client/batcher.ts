import { BusyError, StoppedError } from '../core/errors.js';
import type { Call, Outcome, Outcomes, Store } from '../core/store.js';
import { MAX_BATCH, MAX_BATCH_BYTES } from '../core/store.js';
import { inTurn, refused } from '../core/turns.js';
import type { Asker } from './asker.js';
import { PlainCall } from './asker.js';
import { Changes } from './changes.js';
import type { Line, NotSent } from './line.js';
import { newLine, takeBehind, takeShare } from './line.js';
import { isPublished, published } from './publishing.js';
import type { UnansweredCall } from './stopping.js';

/** A batch in the making: whole lines of tasks of one shard. */
interface Batch {
  readonly first: Asker;
  last: Asker;
  count: number;
  bytes: number;
  readonly lines: Line[];
}

/** A call whose payload a schema still has. */
interface Making {
  readonly task: string;
  giveUp(error: Error): void;
}

interface Limit {
  readonly calls: number;
  readonly tasks: number;
}

/** Fewer calls are not worth a batch of their own. */
const WORTH_A_BATCH = 16;

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
  readonly #making = new Set<Making>();
  #pending = 0;
  /** Sent and not answered. */
  readonly #underWay = new Set<Batch>();
  /** `ending`: calls that are being made are still sent. */
  #state: 'open' | 'ending' | 'over' = 'open';

  constructor(
    private readonly store: Store,
    private readonly maxQueue: number,
    /** Told when calls were answered. */
    private readonly changes = new Changes(),
    /** Is not let go while a call is under way, though nobody else has it any more. */
    readonly owner?: object,
  ) {}

  /** Rejects with BusyError, StoppedError, and whatever the store rejects with. */
  call<C extends Call>(call: C): Promise<Outcomes[C['verb']]> {
    if (this.#state === 'open' && this.#isHeld(call.task)) return this.callLater(call.task, Promise.resolve(call));
    return this.#send(call);
  }

  /** A call that need not keep its place: it passes calls on its task that are still being made. */
  callAtOnce<C extends Call>(call: C): Promise<Outcomes[C['verb']]> {
    return this.#send(call);
  }

  /** The same for an asker, without a promise: unless somebody has to be told of the call, or its task is held. */
  ask<C extends Call>(asker: Asker<C>): void {
    const { call } = asker;
    if (this.#state !== 'open') return inTurn(() => asker.reject(new StoppedError()));
    if (!this.#isHeld(call.task) && !isPublished(call.verb)) return this.#enqueue(asker as Asker);
    this.call(call)
      .then((outcome) => asker.resolve(outcome))
      .catch((error: unknown) => asker.reject(error));
  }

  #isHeld(task: string): boolean {
    return this.#held.size > 0 && this.#held.has(task);
  }

  /** A call that is still being made. Its place among the calls of its task is that of now. */
  callLater<C extends Call>(task: string, making: Promise<C>): Promise<Outcomes[C['verb']]> {
    if (this.#state !== 'open') {
      making.catch(() => {});
      return refused(new StoppedError());
    }
    const before = this.#held.get(task);
    let outcome: Promise<Outcomes[C['verb']]> | undefined;
    const placed = (async () => {
      const [call] = await Promise.all([making, before]);
      // It was made in time, though all ends meanwhile.
      outcome = published(this.store.name, call, this.#promised);
      // Whoever asked gets the refusal; the calls behind only want to know that this one has its place.
      outcome.catch(() => {});
    })();
    // One that could not be made lets nobody pass those before it.
    const held = Promise.allSettled([placed, before]).then(() => {
      if (this.#held.get(task) === held) this.#held.delete(task);
    });
    this.#held.set(task, held);
    return new Promise((resolve, reject) => {
      const made: Making = { task, giveUp: reject };
      this.#making.add(made);
      const isPlaced = (): void => {
        this.#making.delete(made);
        this.changes.tell();
      };
      placed.then(() => resolve(outcome as Promise<Outcomes[C['verb']]>), reject).finally(isPlaced);
    });
  }

  #send<C extends Call>(call: C): Promise<Outcomes[C['verb']]> {
    return published(this.store.name, call, this.#state === 'open' ? this.#promised : this.#refused);
  }

  readonly #refused = (): Promise<never> => refused(new StoppedError());

  readonly #promised = <C extends Call>(call: C): Promise<Outcomes[C['verb']]> => {
    const asker = new PlainCall(call);
    this.#enqueue(asker as Asker);
    return asker.promise;
  };

  #enqueue(asker: Asker): void {
    if (this.#state === 'over') return inTurn(() => asker.reject(new StoppedError()));
    if (this.#pending >= this.maxQueue) return this.#refuseBusy(asker);
    this.#pending++;
    const line = this.#line(asker.call.task);
    const { last } = line;
    line.last = asker;
    line.count++;
    if (last) last.next = asker;
    else {
      line.first = asker;
      if (!line.busy) this.#makeReady(line);
    }
  }

  #refuseBusy(asker: Asker): void {
    const error = new BusyError(this.#pending);
    inTurn(() => asker.reject(error));
  }

  #line(task: string): Line {
    let line = this.#lines.get(task);
    if (line === undefined) {
      line = newLine(task, this.store.shardOf(task));
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
    const limit = this.#limit(lines);
    for (const line of lines) this.#pack(line, batches, limit);
    for (const batch of batches.values()) this.#sendBatch(batch);
  }

  /** How large batches become. With none under way the calls are dealt out, so that there are several from then on. */
  #limit(lines: readonly Line[]): Limit {
    const { batching } = this.store;
    if (!batching) return { calls: MAX_BATCH, tasks: MAX_BATCH };
    const { tasks, atOnce } = batching;
    if (this.#underWay.size > 0) return { calls: MAX_BATCH, tasks };
    const share = lines.reduce((total, { count }) => total + count, 0) / atOnce;
    return { calls: Math.min(MAX_BATCH, Math.max(WORTH_A_BATCH, Math.ceil(share))), tasks };
  }

  /** Adds the calls of a task to the batch of its shard; a batch that is full goes out. */
  #pack(line: Line, batches: Map<number, Batch>, limit: Limit): void {
    const { first, last, count, bytes } = takeShare(line);
    const batch = batches.get(line.shard);
    line.busy = true;
    line.sent = count;
    const isFull = batch && (batch.lines.length >= limit.tasks || batch.count + count > limit.calls);
    if (batch && !isFull && batch.bytes + bytes <= MAX_BATCH_BYTES) {
      batch.last.next = first;
      batch.last = last;
      batch.count += count;
      batch.bytes += bytes;
      batch.lines.push(line);
      return;
    }
    if (batch) this.#sendBatch(batch);
    batches.set(line.shard, { first, last, count, bytes, lines: [line] });
  }

  #sendBatch(batch: Batch): void {
    this.#underWay.add(batch);
    this.store.apply(callsOf(batch)).then(
      (outcomes) => {
        // Who asked was told that nobody waits any more.
        if (this.#state === 'over') return;
        this.#settled(batch);
        let place = 0;
        for (let asker: Asker | undefined = batch.first; asker; asker = asker.next) {
          deliver(asker, outcomes[place++] as Outcome);
        }
        // Only now: what was granted is held.
        this.changes.tell();
      },
      (error: unknown) => {
        if (this.#state === 'over') return;
        const notSent = this.#takeBehind(batch, error);
        this.#settled(batch);
        reject(batch.first, error);
        for (const { first, error: why } of notSent) reject(first, why);
        this.changes.tell();
      },
    );
  }

  /** The calls that are not sent any more because the store could not be reached as long as they waited. */
  #takeBehind({ lines }: Batch, error: unknown): NotSent[] {
    const notSent = lines.flatMap((line) => takeBehind(line, error) ?? []);
    for (const { count } of notSent) this.#pending -= count;
    return notSent;
  }

  #settled(batch: Batch): void {
    this.#underWay.delete(batch);
    this.#pending -= batch.count;
    for (const line of batch.lines) {
      line.busy = false;
      line.answered += line.sent;
      line.sent = 0;
      if (line.first) this.#makeReady(line);
      else this.#lines.delete(line.task);
    }
  }

  /** Resolves when the calls that are under way now are answered, also those that a schema still has; others may come meanwhile. */
  async drained(): Promise<void> {
    const making = [...this.#making];
    await this.changes.until(() => !making.some((one) => this.#making.has(one)));
    const asked = [...this.#lines.values()].map((line) => ({ line, upTo: line.answered + line.sent + line.count }));
    await this.changes.until(() => asked.every(({ line, upTo }) => line.answered >= upTo));
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return this.#pending === 0 && this.#making.size === 0;
  }

  /** Takes no more calls; resolves when those under way are answered. */
  stop(): Promise<void> {
    if (this.#state === 'open') this.#state = 'ending';
    return this.drained();
  }

  /** Nobody waits any more: the calls that are not answered, whose askers are told so. */
  giveUp(): UnansweredCall[] {
    this.#state = 'over';
    const error = new StoppedError(
      'This tusker was stopped before the store answered: whether the call took effect is unknown.',
    );
    const left = this.unanswered();
    for (const { giveUp } of this.#making) giveUp(error);
    for (const asker of this.#askers()) asker.reject(error);
    return left;
  }

  /** The calls that wait for their answer now, those first whose payload a schema still has. */
  unanswered(): UnansweredCall[] {
    const namespace = this.store.name;
    const making = [...this.#making].map(({ task }) => ({ namespace, verb: null, task, unit: null }));
    const asked = this.#askers().map(({ call }) => {
      return { namespace, verb: call.verb, task: call.task, unit: 'unit' in call ? call.unit : null };
    });
    return [...making, ...asked];
  }

  #askers(): Asker[] {
    const firsts = [
      ...[...this.#underWay].map(({ first }) => first),
      ...[...this.#lines.values()].map(({ first }) => first),
    ];
    const all: Asker[] = [];
    for (const first of firsts) for (let asker = first; asker; asker = asker.next) all.push(asker);
    return all;
  }
}

function callsOf({ first, count }: Batch): Call[] {
  const calls = new Array<Call>(count);
  let asker: Asker | undefined = first;
  for (let i = 0; asker; i++, asker = asker.next) calls[i] = asker.call;
  return calls;
}

function reject(first: Asker, error: unknown): void {
  for (let asker: Asker | undefined = first; asker; asker = asker.next) asker.reject(error);
}

function deliver(asker: Asker, outcome: Outcome): void {
  if (outcome.kind === 'error') return asker.reject(outcome.error);
  try {
    asker.resolve(outcome);
  } catch (error) {
    asker.reject(error);
  }
}
