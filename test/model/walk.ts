import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Call, ClaimCall, ClaimOutcome, Outcome, Store } from '../../src/core/store.js';
import { callOf, Tokens } from './calls.js';
import type { Command, Op } from './commands.js';
import { lease, olderThan, sweepLimit } from './commands.js';
import { compare, compareShortfall } from './compare.js';
import { Guard, TASKS, text } from './guard.js';
import { Reference } from './reference.js';

/** Answers after which everything must stand as before. */
const CHANGES_NOTHING = new Set(['lost', 'stale', 'held', 'late', 'full', 'already-open', 'already-closed']);
for (const kind of ['already-ended', 'not-failed', 'not-ended', 'not-done', 'not-found', 'none'])
  CHANGES_NOTHING.add(kind);
/** No call is repeated beyond this. */
const REPEATABLE = 120_000;

type Sent = { readonly at: number } & ({ readonly call: Call } | { readonly claim: ClaimCall });

/** Walks one namespace and the reference side by side, and looks for a difference after each step. */
export class Walk {
  readonly #model: Reference;
  readonly guard: Guard;
  readonly #tokens = new Tokens();
  readonly #sent: Sent[] = [];
  #highestToken = 0;
  #lookedAt: number | undefined;
  /** Names the calls of a step: the same in every namespace. */
  #nonces = 0;
  #step = 0;

  constructor(
    private readonly store: Store,
    now: number,
  ) {
    this.#model = new Reference(now);
    this.guard = new Guard(store, this.#model);
  }

  set clock(now: number) {
    this.#model.clock = now;
  }

  /** Writes something at this moment of the clock. */
  async write(now: number): Promise<void> {
    this.clock = now;
    await this.#lookAnew();
    await this.#writeNothingNew();
  }

  /** The clock was set back by so much at once after something was written. */
  async noticeThatTheClockIsBehind(ms: number): Promise<void> {
    this.#model.lead += ms;
    await this.#writeNothingNew();
  }

  async #writeNothingNew(): Promise<void> {
    const call = { verb: 'unlock', task: 'unheard of', unit: 'u', token: 1, result: null } as const;
    const [outcome] = await this.store.apply([call]);
    equal(outcome?.kind, 'lost');
  }

  /** How long it is to the next moment of a task. */
  left(task: string): number {
    const known = this.#model.find(task);
    return known ? this.#model.nextMoment(known) - this.#model.now : 0;
  }

  /** Looks at what time alone has changed. */
  async #lookAnew(): Promise<void> {
    if (this.#lookedAt === this.#model.now) return;
    this.#lookedAt = this.#model.now;
    this.guard.check(await this.guard.look());
  }

  async step(command: Command, index: number): Promise<void> {
    this.#step = index;
    this.#nonces = 0;
    await this.#lookAnew();
    const { op } = command;
    if (op === 'advance') return;
    const mayChange = await this.#act({ ...command, op });
    if (mayChange) return this.guard.check(await this.guard.look());
    await this.#expectUnchanged('an answer that says so writes nothing');
  }

  /** Whether anything may have changed. */
  async #act(command: Command & { readonly op: Exclude<Op, 'advance'> }): Promise<boolean> {
    const { op, shape, sent } = command;
    switch (op) {
      case 'sweep':
        return this.#sweep(sweepLimit(shape));
      case 'timeoutLocks':
        return this.#timeoutLocks(olderThan(shape), sweepLimit(shape));
      case 'repeat': {
        const recent = this.#sent.filter(({ at }) => Math.abs(this.#model.now - at) < REPEATABLE);
        const former = recent[recent.length - 1 - (shape % Math.max(1, recent.length))];
        if (!former) return true;
        return 'call' in former ? this.#apply([former.call]) : this.#claim([former.claim]);
      }
      case 'claim': {
        const call = (): ClaimCall => ({ nonce: this.#nonce(), lease: lease(shape), worker: 'w' });
        const first = call();
        if (sent === 'twice') return this.#claim([first, shape % 2 === 0 ? first : call()]);
        return this.#sendOnce(sent, () => this.#claim([first]));
      }
      default: {
        const nonce = this.#nonce();
        const call = callOf(command, op, nonce, this.#model, this.#tokens);
        if (sent === 'twice') return this.#apply([call, call]);
        // A store may try locks and unlocks with few keys first: what it then sends again it does behind the other task's.
        if (sent === 'beside' && op !== 'lock' && op !== 'unlock') {
          const next = { ...command, task: (command.task + 1) % TASKS.length };
          return this.#apply([call, callOf(next, op, nonce, this.#model, this.#tokens)]);
        }
        return this.#sendOnce(sent, () => this.#apply([call]));
      }
    }
  }

  #nonce(): string {
    return `${this.#step}.${this.#nonces++}`;
  }

  /** P6: sent again the same call leaves everything as it is, and answers the same. */
  async #sendOnce(sent: Command['sent'], send: () => Promise<boolean>): Promise<boolean> {
    const mayChange = await send();
    if (sent !== 'again') return mayChange;
    this.guard.check(await this.guard.look());
    const [kind] = this.#answered;
    await send();
    equal(this.#answered[0], kind, 'a repeat answers the same');
    return false;
  }

  async #expectUnchanged(why: string): Promise<void> {
    const before = this.guard.seen;
    const look = await this.guard.look();
    equal(text(look), text(before), why);
    this.guard.check(look);
  }

  async #sweep(limit: number): Promise<boolean> {
    const steps = this.#model.isPastDeadline ? Math.max(limit, 1000) : limit;
    for (let calls = 0; (await this.store.sweep(steps)).more; calls++) ok(calls < 200, 'a sweep comes to its end');
    this.#model.sweep();
    return true;
  }

  async #timeoutLocks(ms: number, limit: number): Promise<boolean> {
    let ended = 0;
    let cursor: string | null = null;
    let pages = 0;
    do {
      ok(pages++ < 200, 'a walk over locks comes to its end');
      const page = await this.store.timeoutLocks(ms, cursor, limit);
      ended += page.ended;
      cursor = page.cursor;
    } while (cursor !== null);
    equal(ended, this.#model.timeoutLocks(ms), 'locks ended');
    return this.#sweep(100);
  }

  /** The kinds of the last answers. */
  #answered: string[] = [];

  async #apply(calls: readonly Call[]): Promise<boolean> {
    const outcomes: readonly Outcome[] = await this.store.apply(calls);
    for (const [index, call] of calls.entries()) {
      const actual = outcomes[index] as Outcome;
      const expected = this.#model.apply(call, actual);
      compare(`${call.verb} ${JSON.stringify(call)}`, actual, expected);
      if (expected.granted) this.#granted('token' in actual ? actual.token : 0);
      this.#tokens.note(call, actual);
      this.#sent.push({ at: this.#model.now, call });
    }
    this.#answered = outcomes.map(({ kind }) => kind);
    // A lock may end one that is overdue, and be refused because that counts.
    const counts = calls.some(({ verb, task }) => verb === 'lock' && this.#model.find(task)?.limitsUnits);
    return counts || !this.#answered.every((kind) => CHANGES_NOTHING.has(kind));
  }

  async #claim(calls: readonly ClaimCall[]): Promise<boolean> {
    const outcomes = await this.store.claim(calls);
    for (const [index, call] of calls.entries()) this.#checkClaim(call, outcomes[index] as ClaimOutcome);
    this.#answered = outcomes.map(({ kind }) => kind);
    return true;
  }

  #checkClaim(call: ClaimCall, outcome: ClaimOutcome): void {
    const isRepeat = this.#sent.some((former) => 'claim' in former && former.claim.nonce === call.nonce);
    this.#sent.push({ at: this.#model.now, claim: call });
    const former = this.#model.claimedWith(call.nonce);
    if (former) {
      compare('claim repeated', outcome, this.#model.claimed(former));
    } else if (former === null) {
      equal(outcome.kind, 'none', 'a claim that has ended, asked for again with its nonce');
    } else if (outcome.kind === 'claimed') {
      const task = this.#model.ready().find(({ name }) => name === outcome.task);
      ok(task, `${outcome.task} was claimed and is not in the queue`);
      compare('claim', outcome, this.#model.claim(task, call, outcome.token));
      compareShortfall('the worker is told what is missing', outcome.incomplete, task.shortfall);
      this.#granted(outcome.token);
      this.#tokens.claimed(outcome.task, outcome.token);
    } else {
      equal(outcome.kind, 'none');
      // A claim that ended so long ago that its nonce may be forgotten, and may be not, gets none either.
      if (isRepeat) return;
      const ready = this.#model.ready().map(({ name }) => name);
      deepEqual(ready, [], 'the queue is empty');
    }
  }

  #granted(token: number): void {
    ok(token > this.#highestToken, `token ${token} grows beyond ${this.#highestToken}`);
    ok(token >= this.#model.now * 1000, 'a token is not behind the clock');
    this.#highestToken = token;
  }
}
