import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Call, ClaimCall, ClaimOutcome, Outcome, Stats, TaskDetail, TaskEvent } from '../../src/core/store.js';
import type { History } from '../../src/testing/index.js';
import { callOf, Tokens } from './calls.js';
import type { Command } from './commands.js';
import { lease, olderThan, step, sweepLimit } from './commands.js';
import type { ModelTask } from './model-task.js';
import type { Expected } from './reference.js';
import { Reference } from './reference.js';

export const TASKS = ['t0', 't1', 't2'];
/** Answers after which everything must stand as before. */
const CHANGES_NOTHING = new Set(['lost', 'stale', 'held', 'late', 'full', 'already-open', 'already-closed']);
for (const kind of ['already-ended', 'not-failed', 'not-ended', 'not-found', 'none']) CHANGES_NOTHING.add(kind);
const DAY = 86_400_000;
/** No call is repeated beyond this. */
const REPEATABLE = 120_000;

type Sent = { readonly at: number } & ({ readonly call: Call } | { readonly claim: ClaimCall });

/** Walks a store and the reference side by side through one history, and looks for a difference after each step. */
export class Walk {
  readonly #model: Reference;
  readonly #tokens = new Tokens();
  readonly #sent: Sent[] = [];
  readonly #incarnations = new Map<ModelTask, number>();
  readonly #seen = new Map<number, { released: number; completed: number }>();
  #highestToken = 0;
  #highestIncarnation = 0;
  #cursor: string | undefined;
  /** What the last look showed. */
  #seenLast: readonly [readonly (TaskDetail | null)[], Stats] | undefined;

  constructor(
    private readonly history: History,
    now: number,
  ) {
    this.#model = new Reference(now);
  }

  async run(commands: readonly Command[]): Promise<void> {
    await this.#check();
    for (const [index, command] of commands.entries()) {
      try {
        await this.#step(command);
        await this.#check();
        if (index % 16 === 15) await this.#checkListings();
      } catch (error) {
        const { op, task, unit } = command;
        if (error instanceof Error) error.message = `step ${index} (${op} t${task}/u${unit}): ${error.message}`;
        throw error;
      }
    }
    await this.#checkListings();
    await this.#checkEnds();
  }

  async #step(command: Command): Promise<void> {
    const { op, shape, sent } = command;
    switch (op) {
      case 'advance': {
        await this.history.advance(step(shape));
        this.#model.now += step(shape);
        return;
      }
      case 'sweep':
        return this.#sweep(sweepLimit(shape));
      case 'timeoutLocks': {
        let ended = 0;
        let cursor: string | null = null;
        let pages = 0;
        do {
          ok(pages++ < 200, 'a walk over locks comes to its end');
          const page = await this.history.store.timeoutLocks(olderThan(shape), cursor, sweepLimit(shape));
          ended += page.ended;
          cursor = page.cursor;
        } while (cursor !== null);
        equal(ended, this.#model.timeoutLocks(olderThan(shape)), 'locks ended');
        return this.#sweep(100);
      }
      case 'repeat': {
        const recent = this.#sent.filter(({ at }) => Math.abs(this.#model.now - at) < REPEATABLE);
        const former = recent[recent.length - 1 - (shape % Math.max(1, recent.length))];
        if (!former) return;
        if ('call' in former) await this.#apply([former.call]);
        else await this.#claim([former.claim]);
        return;
      }
      case 'claim': {
        const call = (): ClaimCall => ({ nonce: this.history.nonce(), lease: lease(shape), worker: 'w' });
        const first = call();
        if (sent === 'twice') return this.#claim([first, shape % 2 === 0 ? first : call()]);
        await this.#claim([first]);
        if (sent === 'again') await this.#again(() => this.#claim([first]));
        return;
      }
      default: {
        const call = callOf(command, op, this.history, this.#model, this.#tokens);
        if (sent === 'twice') return void (await this.#apply([call, call]));
        const [once] = await this.#apply([call]);
        if (sent === 'again') {
          const twice = await this.#again(() => this.#apply([call]));
          equal(twice[0]?.kind, once?.kind, 'a repeat answers the same');
        }
      }
    }
  }

  /** P6: the same call once more leaves everything as it is. */
  async #again<T>(repeat: () => Promise<T>): Promise<T> {
    const before = await this.#look();
    const answer = await repeat();
    equal(text(await this.#look()), text(before), 'a repeat changes nothing');
    return answer;
  }

  async #sweep(limit: number): Promise<void> {
    for (let calls = 0; (await this.history.store.sweep(limit)).more; calls++)
      ok(calls < 200, 'a sweep comes to its end');
    this.#model.sweep();
  }

  async #apply(calls: readonly Call[]): Promise<readonly Outcome[]> {
    const before = this.#seenLast;
    const outcomes: readonly Outcome[] = await this.history.store.apply(calls);
    for (const [index, call] of calls.entries()) {
      const actual = outcomes[index] as Outcome;
      const expected = this.#model.apply(call, actual);
      compare(`${call.verb} ${JSON.stringify(call)}`, actual, expected);
      if (expected.granted) this.#granted(actual.kind === 'locked' ? actual.token : 0);
      this.#tokens.note(call, actual);
      this.#sent.push({ at: this.#model.now, call });
    }
    if (outcomes.every(({ kind }) => CHANGES_NOTHING.has(kind))) {
      equal(text(await this.#look()), text(before), `${outcomes[0]?.kind} writes nothing`);
    }
    return outcomes;
  }

  async #claim(calls: readonly ClaimCall[]): Promise<void> {
    const outcomes = await this.history.store.claim(calls);
    for (const [index, call] of calls.entries()) {
      const outcome = outcomes[index] as ClaimOutcome;
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
        equal(outcome.incomplete === null, task.isWhole, 'the worker is told what is missing');
        this.#granted(outcome.token);
        this.#tokens.claimed(outcome.task, outcome.token);
      } else if (isRepeat) {
        // It has ended so long ago that its nonce may be forgotten, and may be not.
        equal(outcome.kind, 'none');
      } else {
        equal(outcome.kind, 'none');
        deepEqual(
          this.#model.ready().map(({ name }) => name),
          [],
          'the queue is empty',
        );
      }
    }
  }

  #granted(token: number): void {
    ok(token > this.#highestToken, `token ${token} grows beyond ${this.#highestToken}`);
    ok(token >= this.#model.now * 1000, 'a token is not behind the clock');
    this.#highestToken = token;
  }

  async #check(): Promise<void> {
    const [details, stats] = await this.#look();
    deepEqual(stats, this.#model.stats(), 'the counters');
    for (const [index, name] of TASKS.entries()) this.#checkTask(name, details[index] ?? null);
    await this.#checkEvents();
  }

  #checkTask(name: string, detail: TaskDetail | null): void {
    const task = this.#model.find(name);
    if (!task || task.state === 'removed') return equal(detail, null, `${name} is gone`);
    ok(detail, `${name} is kept`);
    const { state, units, info, attempt, failure, closedBy, claim, unmet } = detail;
    const actual = { state, units, info, attempt, failure, closedBy, claim: claim?.token, unmet, done: units.done };
    deepEqual(
      { ...actual, delayed: state === 'released' && detail.due !== null, result: detail.result },
      {
        state: task.shownState,
        units: {
          locked: task.count('locked'),
          done: task.count('done'),
          failed: task.count('failed'),
          expired: task.count('expired'),
        },
        info: task.info,
        attempt: task.attempt,
        failure: task.failure,
        closedBy: task.closedBy,
        claim: task.claim?.token,
        unmet: task.unmet,
        done: task.count('done'),
        delayed: task.state === 'delayed',
        result: task.result,
      },
      name,
    );
    if (task.endedAt === null && task.state !== 'released') {
      const due = detail.due ?? Number.POSITIVE_INFINITY;
      ok(due <= this.#model.nextMoment(task), `${name} (${state}) is looked at in time`);
    }
    this.#checkIncarnation(task, detail.incarnation);
  }

  #checkIncarnation(task: ModelTask, incarnation: number): void {
    const known = this.#incarnations.get(task);
    if (known === undefined) {
      ok(incarnation > this.#highestIncarnation, 'an incarnation is a new one');
      this.#highestIncarnation = incarnation;
      this.#incarnations.set(task, incarnation);
    } else equal(incarnation, known, 'the incarnation stays');
  }

  /** P1 and P4 by what the store itself tells: each coming into the queue and each completion is one event. */
  async #checkEvents(): Promise<void> {
    const page = await this.history.store.events({ limit: 1000, after: this.#cursor ?? '0' });
    this.#cursor = page.cursor;
    for (const event of page.events) this.#countEvent(event);
    for (const [task, incarnation] of this.#incarnations) {
      const seen = this.#seen.get(incarnation) ?? { released: 0, completed: 0 };
      deepEqual(seen, { released: task.releases, completed: task.completions }, `events of ${task.name}`);
      ok(seen.completed <= 1, 'completed once');
    }
  }
  #countEvent({ incarnation, kind }: TaskEvent): void {
    const seen = this.#seen.get(incarnation) ?? { released: 0, completed: 0 };
    if (kind === 'released') seen.released++;
    if (kind === 'completed') seen.completed++;
    this.#seen.set(incarnation, seen);
  }

  /** Every task stands in one listing; every unit is there with its state and, byte for byte, its result. */
  async #checkListings(): Promise<void> {
    for (const state of ['open', 'locked', 'released', 'delayed', 'processing', 'completed', 'failed'] as const) {
      const listed: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await this.history.store.tasks({ state, limit: 2, ...(cursor !== null && { cursor }) });
        listed.push(...page.tasks.map(({ task }) => task));
        cursor = page.cursor;
      } while (cursor !== null);
      const expected = [...this.#model.tasks.values()].filter((task) => task.state === state);
      deepEqual(listed.sort(), expected.map(({ name }) => name).sort(), `tasks listed as ${state}`);
    }
    for (const name of TASKS) {
      const task = this.#model.find(name);
      if (!task || task.state === 'removed' || (task.state === 'completed' && task.option('worker'))) continue;
      deepEqual(await this.#units(name), Object.fromEntries(unitsOf(task)), `units of ${name}`);
      await this.#checkResults(task);
    }
  }
  async #units(task: string): Promise<Record<string, unknown>> {
    const { store } = this.history;
    const names: string[] = [];
    for (const state of ['locked', 'done', 'failed', 'expired'] as const) {
      let cursor: string | null = null;
      do {
        const page = await store.unitNames({ task, state, limit: 2, ...(cursor !== null && { cursor }) });
        if (page.kind !== 'names') return {};
        names.push(...page.names);
        cursor = page.cursor;
      } while (cursor !== null);
    }
    equal(new Set(names).size, names.length, `each unit of ${task} is listed once`);
    const page = await store.units({ task }, names);
    if (page.kind !== 'units') return {};
    return Object.fromEntries(
      page.units.map(({ unit, state, token, final, result }) => [unit, { state, token, final, result }]),
    );
  }

  /** Whoever has claimed the task reads the results of its done units. */
  async #checkResults({ name, claim, units }: ModelTask): Promise<void> {
    if (!claim) return;
    const page = await this.history.store.results({ task: name, token: claim.token, limit: 1000 });
    if (page.kind !== 'results') throw new Error(page.kind);
    const results = Object.fromEntries(page.names.map((unit, place) => [unit, page.results[place]]));
    const done = [...units].filter(([, { state }]) => state === 'done');
    deepEqual(results, Object.fromEntries(done.map(([unit, { result }]) => [unit, result])), `results of ${name}`);
  }

  async #look(): Promise<readonly [readonly (TaskDetail | null)[], Stats]> {
    const { store } = this.history;
    const [details, stats] = await Promise.all([store.inspect(TASKS), store.stats()]);
    this.#seenLast = [details, stats];
    return this.#seenLast;
  }

  /** P3: with a worker and a sweeper running everything ends, whatever came before. */
  async #checkEnds(): Promise<void> {
    for (let round = 0; round < 12; round++) {
      await this.history.advance(DAY);
      for (let calls = 0; (await this.history.store.sweep(100)).more; calls++) ok(calls < 200, 'the last sweeps end');
      for (let claims = 0; ; claims++) {
        const outcome = await this.history.claim();
        if (outcome.kind !== 'claimed') break;
        ok(claims < TASKS.length, 'a task completed is not in the queue any more');
        deepEqual(await this.history.complete(outcome.task, outcome.token), { kind: 'completed' });
      }
    }
    const stats = await this.history.stats();
    const rest = { open: 0, locked: 0, released: 0, delayed: 0, processing: 0 };
    deepEqual(stats, { ...stats, ...rest }, 'every task ends');
    ok(stats.completed >= this.#model.completed && stats.failed >= this.#model.failed, 'cumulative counters grow');
  }
}

/** A look as text, without the clock. */
function text(look: readonly [readonly (TaskDetail | null)[], Stats] | undefined): string {
  return JSON.stringify(look?.[0].map((detail) => detail && { ...detail, now: 0 })) + JSON.stringify(look?.[1]);
}

function* unitsOf(task: ModelTask): Generator<[string, unknown]> {
  for (const [name, { state, token, final, result }] of task.units) yield [name, { state, token, final, result }];
}

/** Holds the parts of an answer that are fixed against what was answered. */
function compare(what: string, actual: { readonly kind: string }, expected: Expected): void {
  const { granted: _, isOutstanding, ...fixed } = expected;
  const answered = actual as Record<string, unknown> & { readonly kind: string };
  const shown = Object.fromEntries(Object.keys(fixed).map((key) => [key, answered[key]]));
  deepEqual(shown, fixed, what);
  if (isOutstanding !== undefined) equal(Number(answered.outstanding) > 0, isOutstanding, `${what}: outstanding`);
}
