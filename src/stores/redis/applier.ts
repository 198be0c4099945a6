import { ConnectionError } from '../../core/errors.js';
import { nonceSource } from '../../core/nonce.js';
import type { Call, Outcome } from '../../core/store.js';
import type { Answer, AnyOutcome } from './answers.js';
import { AnswerReader } from './answers.js';
import { NoMemory } from './call-errors.js';
import type { AnyCall, TaskCalls } from './calls.js';
import { byTask, encodeTask } from './calls.js';
import { FUNCTIONS } from './functions.js';
import { shardIndex } from './keys.js';
import { pagesOf, repeatableParts } from './parts.js';
import type { Shard } from './shard.js';

/** The two ways to apply calls: as ever, or with leave to go on when memory is full. */
type Applying = typeof FUNCTIONS.apply | typeof FUNCTIONS.applyDraining;

/** What needs more memory: refused when there is none. The rest ends something and goes on. */
const GROWING = new Set<AnyCall['verb']>(['open', 'lock', 'close']);

/** Brings batches of calls to the shards and their answers back. */
export class Applier {
  readonly #nonce = nonceSource();
  /** Tasks whose locks and unlocks need all keys: a call has told so, or made it so. The newest ones. */
  readonly #needAll = new Set<string>();
  /** What trips failed with: their calls were not answered, each by itself. */
  readonly #failures = new WeakSet<Error>();

  constructor(
    private readonly shards: readonly Shard[],
    private readonly random: () => number,
    /** How many tasks are remembered to need all keys. */
    private readonly remembered: number,
  ) {}

  async apply(calls: readonly AnyCall[]): Promise<Outcome[]> {
    return (await this.applyAny(calls, FUNCTIONS.apply)) as Outcome[];
  }

  /** Each shard's calls in one call of the library; in several, one after the other, where calls on one unit must not mix. */
  async applyAny(calls: readonly AnyCall[], how: Applying): Promise<AnyOutcome[]> {
    const outcomes = new Array<AnyOutcome>(calls.length);
    const [only] = this.shards;
    if (only && this.shards.length === 1) {
      await this.#applyOn(only, byTask(calls), how, outcomes);
      return outcomes;
    }
    const places = this.#placesByShard(calls);
    const sent: Sent[] = [];
    for (let index = 0; index < places.length; index++) {
      const own = places[index];
      if (!own) continue;
      sent.push({ places: own, done: this.#applyOn(this.shards[index] as Shard, byTask(calls, own), how, outcomes) });
    }
    await eachForItself(sent, outcomes);
    return outcomes;
  }

  #placesByShard(calls: readonly AnyCall[]): (number[] | undefined)[] {
    const { length } = this.shards;
    const places: (number[] | undefined)[] = new Array(length);
    for (let place = 0; place < calls.length; place++) {
      const index = shardIndex((calls[place] as Call).task, length);
      const own = places[index];
      if (own) own.push(place);
      else places[index] = [place];
    }
    return places;
  }

  #applyOn(shard: Shard, groups: TaskCalls[], how: Applying, outcomes: AnyOutcome[]): Promise<void> {
    const parts = groups.map(repeatableParts);
    const isOneCall = parts.every(({ length }) => length === 1) && pagesOf(groups).length === 1;
    return isOneCall ? this.#send(shard, groups, how, outcomes) : this.#sendParts(shard, parts, how, outcomes);
  }

  /** The next part of a task is sent when the one before is answered. */
  async #sendParts(shard: Shard, parts: TaskCalls[][], how: Applying, outcomes: AnyOutcome[]): Promise<void> {
    for (let left = parts; left.length > 0; ) {
      const pages = pagesOf(left.map(([part]) => part as TaskCalls));
      const sent = pages.map((page) => ({
        places: page.flatMap(({ places }) => places),
        done: this.#send(shard, page, how, outcomes),
      }));
      for (const failure of await eachForItself(sent, outcomes)) this.#failures.add(failure);
      left = left.map((of) => partsAfter(of, outcomes, this.#failures)).filter(({ length }) => length > 0);
    }
  }

  /** `again`: with all keys, and with the nonce of the first time, by which a repeat of that finds its locks. */
  async #send(
    shard: Shard,
    groups: readonly TaskCalls[],
    how: Applying,
    outcomes: AnyOutcome[],
    again?: { readonly nonce: string },
  ): Promise<void> {
    for (const { task, calls, isPlain } of groups) if (!isPlain && calls.some(makesNeedAll)) this.#needsAll(task);
    const isFew = !again && groups.every(({ task, isPlain }) => isPlain && !this.#needAll.has(task));
    const { nonce } = again ?? { nonce: this.#nonce() };
    const tasks = groups.map(({ task }) => task);
    const args = [...tasks];
    let plan = isFew ? ' 0' : ' 1';
    for (const group of groups) plan += `\n${encodeTask(group, this.random, args)}`;
    if (plan.includes(' lock ')) args.push(nonce);
    let reply: Answer[];
    try {
      reply = (await shard.run(how, args, { tasks, isFew, plan })) as Answer[];
    } catch (error) {
      if (!(error instanceof NoMemory) || how !== FUNCTIONS.apply) throw error;
      return this.#drain(shard, groups, error, outcomes);
    }
    const reader = new AnswerReader(reply, outcomes);
    const left = groups.filter((group) => {
      const read = reader.read(group);
      if (read === 'needs-all-keys') this.#needsAll(group.task);
      return read !== 'answered';
    });
    if (left.length === 0) return;
    await this.#send(shard, left, how, outcomes, { nonce }).catch((error: Error) => {
      // The others are answered already.
      this.#failures.add(error);
      for (const { places } of left) for (const place of places) outcomes[place] = { kind: 'error', error };
    });
  }

  #needsAll(task: string): void {
    this.#needAll.add(task);
    if (this.#needAll.size <= this.remembered) return;
    const [oldest] = this.#needAll;
    this.#needAll.delete(oldest as string);
  }

  /** Memory was full and nothing ran: calls that need more of it are refused, the others are sent again, allowed to go on. */
  async #drain(shard: Shard, groups: readonly TaskCalls[], error: NoMemory, outcomes: AnyOutcome[]): Promise<void> {
    const draining: TaskCalls[] = [];
    for (const { task, calls, places, isPlain } of groups) {
      const kept: TaskCalls = { task, calls: [], places: [], isPlain };
      for (let i = 0; i < calls.length; i++) {
        const call = calls[i] as AnyCall;
        const place = places[i] as number;
        if (GROWING.has(call.verb)) outcomes[place] = { kind: 'error', error: error.unknown ?? error };
        else {
          kept.calls.push(call);
          kept.places.push(place);
        }
      }
      if (kept.calls.length > 0) draining.push(kept);
    }
    if (draining.length > 0) await this.#send(shard, draining, FUNCTIONS.applyDraining, outcomes);
  }
}

/** None when the first failed: nothing is to overtake it. Then the others have failed as it has. */
function partsAfter(
  [first, ...rest]: readonly TaskCalls[],
  outcomes: AnyOutcome[],
  failures: WeakSet<Error>,
): TaskCalls[] {
  const outcome = outcomes[first?.places[0] as number];
  if (outcome?.kind !== 'error') return rest;
  if (!(outcome.error instanceof ConnectionError || failures.has(outcome.error))) return rest;
  for (const { places } of rest) for (const place of places) outcomes[place] = outcome;
  return [];
}

/** After such a call the locks and unlocks of its task need all keys. */
function makesNeedAll(call: AnyCall): boolean {
  if (call.verb === 'failUnit' || call.verb === 'letGo' || call.verb === 'redo') return true;
  if (call.verb !== 'open' && call.verb !== 'close') return false;
  const { expect, worker, unitAttempts, unitBackoff } = { ...call.defaults, ...call.options };
  return (expect ?? unitAttempts ?? unitBackoff ?? null) !== null || worker === false;
}

/** Some of the calls, by their places, on their way to the server. */
interface Sent {
  readonly places: readonly number[];
  readonly done: Promise<void>;
}

/**
 * Waits for all: a caller that sends again must not overtake. What failed is the outcome of its own calls, and costs those that were
 * answered nothing.
 *
 * @returns why some failed
 * @throws what the first threw, when nothing was answered
 */
async function eachForItself(sent: readonly Sent[], outcomes: AnyOutcome[]): Promise<Error[]> {
  const settled = await Promise.allSettled(sent.map(({ done }) => done));
  const failures: Error[] = [];
  settled.forEach((result, at) => {
    if (result.status === 'fulfilled') return;
    failures.push(result.reason);
    for (const place of sent[at]?.places ?? []) outcomes[place] ??= { kind: 'error', error: result.reason };
  });
  if (failures[0] && failures.length === sent.length && !outcomes.some(isAnswered)) throw failures[0];
  return failures;
}

function isAnswered(outcome: AnyOutcome | undefined): boolean {
  return outcome !== undefined && outcome.kind !== 'error';
}
