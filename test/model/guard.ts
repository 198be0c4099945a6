import { deepEqual, equal, ok } from 'node:assert/strict';
import type { EventsPage, Stats, Store, TaskDetail, TaskEvent } from '../../src/core/store.js';
import { compareShortfall } from './compare.js';
import type { ModelTask } from './model-task.js';
import type { Reference } from './reference.js';

export const TASKS = ['t0', 't1', 't2'];
const STATES = ['open', 'locked', 'released', 'delayed', 'processing', 'completed', 'failed'] as const;
const UNIT_STATES = ['locked', 'done', 'failed', 'expired'] as const;
const DAY = 86_400_000;

/** What is looked at after each step. */
export interface Look {
  readonly details: readonly (TaskDetail | null)[];
  readonly stats: Stats;
  readonly news: EventsPage;
}

/** A look as text, without the clock. */
export function text({ details, stats }: Look): string {
  return JSON.stringify(details.map((detail) => detail && { ...detail, now: 0 })) + JSON.stringify(stats);
}

/** Holds what a namespace shows against the reference. */
export class Guard {
  readonly #incarnations = new Map<ModelTask, number>();
  readonly #told = new Map<number, { released: number; completed: number }>();
  #highestIncarnation = 0;
  #cursor = '0';
  #seen: Look | undefined;

  constructor(
    private readonly store: Store,
    private readonly model: Reference,
  ) {}

  /** The last look. */
  get seen(): Look {
    ok(this.#seen, 'somebody has looked');
    return this.#seen;
  }

  async look(): Promise<Look> {
    const { store } = this;
    const events = store.events({ limit: 1000, after: this.#cursor });
    const [details, stats, news] = await Promise.all([store.inspect(TASKS), store.stats(), events]);
    this.#cursor = news.cursor;
    this.#seen = { details, stats, news };
    return this.#seen;
  }

  check({ details, stats, news }: Look): void {
    deepEqual(stats, this.model.stats(), 'the counters');
    for (const [index, name] of TASKS.entries()) this.#checkTask(name, details[index] ?? null);
    this.#highestIncarnation = Math.max(0, ...this.#incarnations.values());
    this.#checkEvents(news.events);
  }

  #checkTask(name: string, detail: TaskDetail | null): void {
    const task = this.model.find(name);
    if (!task || task.state === 'removed') return equal(detail, null, `${name} is gone`);
    ok(detail, `${name} is kept`);
    const { state, units, info, attempt, failure, closedBy, claim, unmet, acknowledgedAt } = detail;
    const actual = { state, units, info, attempt, failure, closedBy, claim: claim?.token, unmet, acknowledgedAt };
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
        acknowledgedAt: task.letter.acknowledgedAt,
        delayed: task.state === 'delayed',
        result: task.result,
      },
      name,
    );
    if (state !== 'completed') compareShortfall(`what ${name} lacks`, detail.incomplete, task.shortfall);
    if (task.endedAt === null && task.state !== 'released') {
      const due = detail.due ?? Number.POSITIVE_INFINITY;
      ok(due <= this.model.nextMoment(task), `${name} (${state}) is looked at in time`);
    }
    this.#checkIncarnation(task, detail.incarnation);
  }

  #checkIncarnation(task: ModelTask, incarnation: number): void {
    const known = this.#incarnations.get(task);
    if (known === undefined) {
      ok(incarnation > this.#highestIncarnation, 'an incarnation is a new one');
      ok(![...this.#incarnations.values()].includes(incarnation), 'no two tasks share an incarnation');
      this.#incarnations.set(task, incarnation);
    } else equal(incarnation, known, 'the incarnation stays');
  }

  /** P1 and P4 by what the store itself tells: each coming into the queue and each completion is one event. */
  #checkEvents(events: readonly TaskEvent[]): void {
    for (const { incarnation, kind } of events) {
      const told = this.#told.get(incarnation) ?? { released: 0, completed: 0 };
      if (kind === 'released') told.released++;
      if (kind === 'completed') told.completed++;
      this.#told.set(incarnation, told);
    }
    for (const [task, incarnation] of this.#incarnations) {
      const told = this.#told.get(incarnation) ?? { released: 0, completed: 0 };
      deepEqual(told, { released: task.releases, completed: task.completions }, `events of ${task.name}`);
      ok(told.completed <= 1, 'completed once');
    }
  }

  /** Every task stands in one listing; every unit is there with its state and, byte for byte, its result. */
  async checkListings(): Promise<void> {
    for (const state of STATES) {
      const listed: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await this.store.tasks({ state, limit: 2, ...(cursor !== null && { cursor }) });
        listed.push(...page.tasks.map(({ task }) => task));
        cursor = page.cursor;
      } while (cursor !== null);
      const expected = [...this.model.tasks.values()].filter((task) => task.state === state);
      deepEqual(listed.sort(), expected.map(({ name }) => name).sort(), `tasks listed as ${state}`);
    }
    for (const name of TASKS) {
      const task = this.model.find(name);
      if (!task || task.state === 'removed' || (task.state === 'completed' && task.option('worker'))) continue;
      deepEqual(await this.#units(name), Object.fromEntries(unitsOf(task)), `units of ${name}`);
      await this.#checkResults(task);
    }
  }

  async #units(task: string): Promise<Record<string, unknown>> {
    const names: string[] = [];
    for (const state of UNIT_STATES) {
      let cursor: string | null = null;
      do {
        const page = await this.store.unitNames({ task, state, limit: 2, ...(cursor !== null && { cursor }) });
        if (page.kind !== 'names') return {};
        names.push(...page.names);
        cursor = page.cursor;
      } while (cursor !== null);
    }
    equal(new Set(names).size, names.length, `each unit of ${task} is listed once`);
    const page = await this.store.units({ task }, names);
    if (page.kind !== 'units') return {};
    return Object.fromEntries(
      page.units.map(({ unit, state, token, final, result, error }) => [unit, { state, token, final, result, error }]),
    );
  }

  /** Whoever has claimed the task reads the results of its done units. */
  async #checkResults({ name, claim, units }: ModelTask): Promise<void> {
    if (!claim) return;
    const page = await this.store.results({ task: name, token: claim.token, limit: 1000 });
    if (page.kind !== 'results') throw new Error(page.kind);
    const results = Object.fromEntries(page.names.map((unit, place) => [unit, page.results[place]]));
    const done = [...units].filter(([, { state }]) => state === 'done');
    deepEqual(results, Object.fromEntries(done.map(([unit, { result }]) => [unit, result])), `results of ${name}`);
  }

  /** P3: with a worker and a sweeper running everything ends, whatever came before. A round is a day. */
  async checkEnds(advance: (ms: number) => Promise<void>): Promise<void> {
    const { store } = this;
    for (let round = 0; round < 12; round++) {
      await advance(DAY);
      for (let calls = 0; (await store.sweep(100)).more; calls++) ok(calls < 200, 'the last sweeps end');
      for (let claims = 0; ; claims++) {
        const [outcome] = await store.claim([{ nonce: `end ${round}.${claims}`, lease: 30_000, worker: 'w' }]);
        if (outcome?.kind !== 'claimed') break;
        ok(claims < TASKS.length, 'a task completed is not in the queue any more');
        const { task, token } = outcome;
        const [completed] = await store.apply([{ verb: 'complete', task, token, result: null }]);
        deepEqual(completed, { kind: 'completed' });
      }
    }
    const stats = await store.stats();
    const rest = { open: 0, locked: 0, released: 0, delayed: 0, processing: 0 };
    deepEqual(stats, { ...stats, ...rest }, 'every task ends');
    ok(stats.completed >= this.model.completed && stats.failed >= this.model.failed, 'cumulative counters grow');
  }
}

function* unitsOf(task: ModelTask): Generator<[string, unknown]> {
  for (const [name, { state, token, final, result, error }] of task.units)
    yield [name, { state, token, final, result, error }];
}
