import { StoppedError } from '../../core/errors.js';
import type { ClaimCall, ClaimOutcome } from '../../core/store.js';
import { MAX_BATCH } from '../../core/store.js';
import type { Delivery } from './delivery.js';
import { FUNCTIONS } from './functions.js';
import { shardIndex } from './keys.js';
import { refusalOf } from './refusals.js';
import type { Row, Value } from './rows.js';
import { claimedTask } from './rows.js';
import type { Shard } from './shard.js';
import { WaitingLine } from './waiting-line.js';

/** The longest one look blocks, in ms: a lost marker costs so much, and a delayed task no more. */
const SLICE = 1000;
const PAUSE_AFTER_BREAK = 100;
/** So many tasks a waiter asks for behind a marker. While all come that were asked for it is twice as many each time. */
const FEW = 4;

/** Somebody who waits for a task. */
interface Waiter {
  readonly calls: readonly ClaimCall[];
  /** On `performance.now()`. */
  readonly end: number;
  /** A claim for it is under way. */
  busy: boolean;
  /** It waits no longer. */
  aborted: boolean;
  /** How many of its calls, from the first on, the claim under way asks for. */
  asked: number;
  settle(outcomes: ClaimOutcome[]): void;
  refuse(error: unknown): void;
}

interface ClaimReply {
  readonly outcomes: ClaimOutcome[];
  /** When the first delayed task is ready, in ms from now. */
  readonly nextIn: number;
}

/**
 * Claims, and the waiting for them. On one shard the claim stands on the line right behind the blocking pop of the
 * marker, so that a release wakes one waiter, and it has its task with the same answer. On several each shard's line
 * pops, and whoever waits then claims there.
 */
export class Claims {
  readonly #waiters = new Set<Waiter>();
  readonly #lines: readonly WaitingLine[];
  readonly #serving = new Set<WaitingLine>();
  #width = FEW;
  #closed = false;

  constructor(
    private readonly shards: readonly Shard[],
    delivery: Delivery,
  ) {
    this.#lines = shards.map((shard) => new WaitingLine(shard, delivery, shard.keys.key('marker')));
  }

  async claim(calls: readonly ClaimCall[], wait: number, signal?: AbortSignal): Promise<ClaimOutcome[]> {
    if (this.#closed) throw new StoppedError();
    const end = performance.now() + wait;
    if (wait <= 0 || signal?.aborted) return this.#claimNow(calls);
    if (this.#serving.size > 0) {
      // The lines are blocked already: a task that became ready without a marker is not to be waited for.
      const outcomes = await this.#claimNow(calls);
      if (outcomes.some(({ kind }) => kind !== 'none')) return outcomes;
      if (signal?.aborted) return outcomes;
    }
    return this.#wait(calls, end, signal);
  }

  /** Each shard in turn, from one that the nonce names: a repeat asks in the same order. */
  async #claimNow(calls: readonly ClaimCall[]): Promise<ClaimOutcome[]> {
    const outcomes: ClaimOutcome[] = calls.map(() => ({ kind: 'none', waiting: 0 }));
    let open = calls.map((_, place) => place);
    const { length } = this.shards;
    const first = length > 1 ? shardIndex(calls[0]?.nonce ?? '', length) : 0;
    for (let i = 0; i < length && open.length > 0; i++) {
      const shard = this.shards[(first + i) % length] as Shard;
      const asked = open.map((place) => calls[place] as ClaimCall);
      const { outcomes: answers } = readReply((await shard.run(FUNCTIONS.claim, claimArgs(asked, 'now'))) as Value[]);
      open.forEach((place, at) => {
        outcomes[place] = answers[at] as ClaimOutcome;
      });
      open = open.filter((place) => outcomes[place]?.kind === 'none');
    }
    return outcomes;
  }

  #wait(calls: readonly ClaimCall[], end: number, signal: AbortSignal | undefined): Promise<ClaimOutcome[]> {
    return new Promise((resolve, reject) => {
      const none = (): ClaimOutcome[] => calls.map(() => ({ kind: 'none', waiting: 0 }));
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        calls,
        end,
        busy: false,
        aborted: false,
        asked: 0,
        // Whoever waited goes first.
        settle: (outcomes) => {
          this.#waiters.delete(waiter);
          resolve(outcomes);
          setImmediate(leave);
        },
        refuse: (error) => {
          this.#waiters.delete(waiter);
          reject(error);
          setImmediate(leave);
        },
      };
      // A claim that is under way is awaited: it may have got a task.
      const giveUp = (): void => {
        if (!waiter.busy) waiter.settle(none());
      };
      const abort = (): void => {
        waiter.aborted = true;
        if (waiter.busy) for (const line of this.#serving) void line.unblock();
        giveUp();
      };
      const timer = setTimeout(giveUp, Math.max(0, end - performance.now()));
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
      for (const line of this.#lines) if (!this.#serving.has(line)) void this.#serve(line, signal);
    });
  }

  /** Looks for tasks on one line as long as somebody waits. */
  async #serve(line: WaitingLine, signal?: AbortSignal): Promise<void> {
    this.#serving.add(line);
    // The first look after a while does not block: it tells when the first delayed task is ready.
    let nextIn = line.nextIn;
    let breaks = 0;
    while (this.#waiters.size > 0 && !this.#closed) {
      try {
        nextIn =
          this.#lines.length === 1 ? await this.#popAndClaim(line, nextIn) : await this.#popThenClaim(line, nextIn);
        line.looked(nextIn);
        breaks = 0;
      } catch (error) {
        nextIn = 1;
        const refusal = refusalOf(error);
        if (typeof refusal === 'object' || isFinal(error))
          this.#refuseAll(typeof refusal === 'object' ? refusal.error : error);
        else if (refusal !== 'no-library') await pause(PAUSE_AFTER_BREAK * Math.min(10, ++breaks), signal);
      }
    }
    this.#serving.delete(line);
  }

  /** The claim stands behind the pop: both are answered together. */
  async #popAndClaim(line: WaitingLine, nextIn: number): Promise<number> {
    await line.open();
    const waiters = this.#take();
    const calls = waiters.flatMap(callsAsked);
    const slice = this.#slice(nextIn, waiters);
    const claim = line.shard.command(FUNCTIONS.claim, claimArgs(calls, 'popped'));
    try {
      const [, reply] = await line.exchange(slice, popMarker(line, slice), claim);
      return this.#answer(waiters, readReply(reply as Value[]));
    } catch (error) {
      if (refusalOf(error) === 'no-library') await this.#putLibrary(line, waiters, calls);
      else await this.#recover(line, waiters, calls);
      throw error;
    }
  }

  /** The line broke: what it may have claimed is looked up by its nonces, once nothing more can be claimed. */
  async #recover(line: WaitingLine, waiters: readonly Waiter[], calls: readonly ClaimCall[]): Promise<void> {
    await line.kill();
    try {
      if (!this.#closed) {
        const reply = await line.shard.run(FUNCTIONS.claim, claimArgs(calls, 'look'));
        this.#answer(waiters, readReply(reply as Value[]));
      }
    } catch {
      // Their next claim has the same nonces and finds what this one got.
      this.#answer(waiters, { outcomes: calls.map(() => ({ kind: 'none', waiting: 0 })), nextIn: 1 });
    }
  }

  /** The claim did not run, for want of the library: the call of it that puts the library there claims in its place. */
  async #putLibrary(line: WaitingLine, waiters: readonly Waiter[], calls: readonly ClaimCall[]): Promise<void> {
    try {
      this.#answer(waiters, readReply((await line.shard.run(FUNCTIONS.claim, claimArgs(calls, 'now'))) as Value[]));
    } catch {
      this.#answer(waiters, { outcomes: calls.map(() => ({ kind: 'none', waiting: 0 })), nextIn: 1 });
    }
  }

  async #popThenClaim(line: WaitingLine, nextIn: number): Promise<number> {
    try {
      await line.exchange(Math.min(SLICE, nextIn), popMarker(line, Math.min(SLICE, nextIn)));
    } catch (error) {
      await line.kill();
      throw error;
    }
    const waiters = this.#take();
    const calls = waiters.flatMap(callsAsked);
    try {
      // Without a waiter the claim of nothing puts the marker back.
      return this.#answer(
        waiters,
        readReply((await line.shard.run(FUNCTIONS.claim, claimArgs(calls, 'popped'))) as Value[]),
      );
    } catch (error) {
      for (const waiter of waiters) waiter.busy = false;
      throw error;
    }
  }

  #take(): Waiter[] {
    const taken: Waiter[] = [];
    let count = 0;
    for (const waiter of this.#waiters) {
      // Never fewer than before: a claim whose answer was lost may have got something for each of those.
      const asked = Math.max(waiter.asked, Math.min(waiter.calls.length, this.#width));
      if (waiter.busy || count + asked > MAX_BATCH) continue;
      waiter.busy = true;
      waiter.asked = asked;
      count += asked;
      taken.push(waiter);
    }
    return taken;
  }

  #slice(nextIn: number, waiters: readonly Waiter[]): number {
    const now = performance.now();
    const left = waiters.map(({ end }) => end - now);
    return Math.ceil(Math.max(1, Math.min(SLICE, nextIn, ...left)));
  }

  #answer(waiters: readonly Waiter[], { outcomes, nextIn }: ClaimReply): number {
    const claimed = outcomes.filter(({ kind }) => kind !== 'none').length;
    const all = claimed > 0 && claimed === outcomes.length;
    this.#width = Math.min(MAX_BATCH, all ? this.#width * 2 : Math.max(FEW, claimed * 2));
    let at = 0;
    for (const waiter of waiters) {
      const own = outcomes.slice(at, at + waiter.asked);
      at += waiter.asked;
      waiter.busy = false;
      const isOver = waiter.aborted || performance.now() >= waiter.end;
      if (isOver || own.some(({ kind }) => kind !== 'none')) waiter.settle(filled(own, waiter.calls.length));
    }
    // Later waiters get their turn first.
    for (const waiter of waiters) if (this.#waiters.delete(waiter)) this.#waiters.add(waiter);
    return nextIn;
  }

  #refuseAll(error: unknown): void {
    for (const waiter of [...this.#waiters]) waiter.refuse(error);
  }

  close(): void {
    this.#closed = true;
    for (const line of this.#lines) line.close();
    this.#refuseAll(new StoppedError());
  }
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'UNSUPPORTED_SERVER' || error.code === 'INVALID_ARGUMENT')
  );
}

function callsAsked({ calls, asked }: Waiter): readonly ClaimCall[] {
  return calls.slice(0, asked);
}

/** Calls that were not asked with have got nothing. */
function filled(outcomes: ClaimOutcome[], count: number): ClaimOutcome[] {
  while (outcomes.length < count) outcomes.push({ kind: 'none', waiting: 0 });
  return outcomes;
}

function popMarker(line: WaitingLine, ms: number): string[] {
  return ['BZPOPMIN', line.shard.keys.key('marker'), String(Math.max(1, ms) / 1000)];
}

/** At once, behind a pop of the marker, or only what the calls got before. */
const HOW = { now: '0', look: '1', popped: '2' } as const;

function claimArgs(calls: readonly ClaimCall[], how: keyof typeof HOW): string[] {
  const args = [HOW[how], `${calls.length}`, ...calls.map(({ nonce }) => nonce)];
  for (let first = 0; first < calls.length; ) {
    const { lease, worker } = calls[first] as ClaimCall;
    let next = first;
    while (calls[next]?.lease === lease && calls[next]?.worker === worker) next++;
    args.push(`${next - first}`, `${lease}`, worker);
    first = next;
  }
  return args;
}

function readReply(reply: readonly Value[]): ClaimReply {
  const [now, waiting, nextDelayed, ...rows] = reply;
  const outcomes = rows.map(
    (row): ClaimOutcome =>
      Array.isArray(row)
        ? { kind: 'claimed', ...claimedTask(row as Row, Number(now)) }
        : { kind: 'none', waiting: Number(waiting) },
  );
  const nextIn = nextDelayed === null ? SLICE : Math.max(1, Number(nextDelayed) - Number(now));
  return { outcomes, nextIn };
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done, { once: true });
  });
}
