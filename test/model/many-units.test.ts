/** Tasks of thousands of units on two stores at once: both name what is missing alike, and as it ended. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Call, Shortfall, TaskOptions } from '../../src/core/store.js';
import { MAX_BATCH, MAX_MISSING_NAMES } from '../../src/core/store.js';
import { recogniseClient } from '../../src/stores/redis/clients/recognise.js';
import { storeOver } from '../../src/stores/redis/store-over.js';
import { History, ManualClock } from '../../src/testing/index.js';
import { randomFrom, seed } from '../harness/budget.js';
import { startRedis } from '../redis-ground/server.js';
import type { ClockedSubject } from './subjects.js';
import { memorySubject, SqliteSubjects } from './subjects.js';
import { twinStore } from './twin-store.js';

const UNITS = 3000;
const SHORT = 1000;

const sqlite = new SqliteSubjects();
let client: Redis;
beforeAll(async () => {
  client = new Redis((await startRedis()).url);
});
afterAll(async () => {
  await sqlite.close();
  client.disconnect();
});

function redisSubject(): ClockedSubject {
  const clock = new ManualClock();
  const store = storeOver(recogniseClient(client), { clock, random: () => 0.5, namespace: `many ${spaces++}` });
  return { store, clock, advance: async (ms) => clock.advance(ms), dispose: async () => {} };
}
let spaces = 0;

/** Walks one task of thousands of units, and knows what is to be named. */
class Crowd {
  readonly #tokens = new Map<string, number>();
  /** Names by their ends; those that one sweep ended stand together. */
  readonly ended: string[][] = [];

  constructor(
    private readonly h: History,
    private readonly random: () => number,
  ) {}

  get live(): string[] {
    return [...this.#tokens.keys()];
  }

  /** Units of the live ones, by lot. */
  draw(count: number): string[] {
    const left = this.live;
    return Array.from({ length: count }, () => left.splice(Math.floor(this.random() * left.length), 1)[0] as string);
  }

  async lock(units: readonly string[], ttl = 3_600_000): Promise<void> {
    const outcomes = await this.#all(units, (unit) => ({ ...this.h.lockCall('t', unit), ttl }));
    outcomes.forEach((outcome, place) => {
      if (outcome.kind === 'locked') this.#tokens.set(units[place] as string, outcome.token);
    });
    for (const group of this.ended) for (const unit of units) remove(group, unit);
  }

  async end(units: readonly string[], how: 'unlock' | 'failUnit' | 'letGo'): Promise<void> {
    await this.#all(units, (unit): Call => {
      const held = { task: 't', unit, token: this.#tokens.get(unit) as number };
      if (how === 'unlock') return { verb: how, result: null, ...held };
      return how === 'letGo' ? { verb: how, ...held } : { verb: how, error: '{}', final: false, ...held };
    });
    for (const unit of units) this.#tokens.delete(unit);
    if (how !== 'unlock') this.ended.push(...units.map((unit) => [unit]));
  }

  /** Locks that run out are ended by one sweep, which may take several calls. */
  async runOut(units: readonly string[]): Promise<void> {
    await this.lock(units, SHORT);
    await this.h.later(SHORT);
    for (const unit of units) this.#tokens.delete(unit);
    this.ended.push(units.toSorted());
  }

  async #all(units: readonly string[], call: (unit: string) => Call) {
    const outcomes = [];
    for (let at = 0; at < units.length; at += MAX_BATCH) {
      outcomes.push(...(await this.h.store.apply(units.slice(at, at + MAX_BATCH).map(call))));
    }
    return outcomes;
  }
}

function remove(from: string[], item: string): void {
  const at = from.indexOf(item);
  if (at !== -1) from.splice(at, 1);
}

interface Plan {
  /** How many units end in each way. */
  readonly many: number;
  readonly expect: 'nothing' | 'a count' | 'a list';
}

/** All that may happen to many units; then the task is released. Gives the names in order, and those in any order. */
async function walk(h: History, { many, expect: expected }: Plan, random: () => number): Promise<[string[], string[]]> {
  const units = Array.from({ length: UNITS }, (_, index) => `u${index}`);
  // Every third unit is listed, and a few that never come.
  const list = [
    ...units.filter((_, index) => index % 3 === 0),
    ...Array.from({ length: 9 }, (_, index) => `never ${index}`),
  ];
  const listed = list.slice(-900).reverse();
  const crowd = new Crowd(h, random);
  await crowd.lock(units);
  const failed = crowd.draw(many);
  await crowd.end(failed, 'failUnit');
  await crowd.end(crowd.draw(many), 'letGo');
  await crowd.runOut(failed.filter((_, index) => index % 4 === 0));
  const again = failed.filter((_, index) => index % 4 === 1);
  await crowd.lock(again);
  await crowd.end(
    again.filter((_, index) => index % 2 === 0),
    'failUnit',
  );
  await crowd.end(
    again.filter((_, index) => index % 2 === 1),
    'unlock',
  );
  await crowd.end(crowd.draw(UNITS / 2), 'unlock');
  const options: Partial<TaskOptions> =
    expected === 'nothing' ? {} : { expect: expected === 'a count' ? UNITS + 7 : listed };
  await h.close('t', options);
  await h.release('t');
  const isMeant = (unit: string): boolean => expected !== 'a list' || listed.includes(unit);
  const missing = expected === 'a list' ? listed.filter((unit) => unit.startsWith('never')) : [];
  return [[...crowd.ended.flat().filter(isMeant), ...missing], crowd.live.filter(isMeant)];
}

function check({ names }: Shortfall, ordered: string[], others: string[]): void {
  const first = ordered.slice(0, MAX_MISSING_NAMES);
  expect(names.slice(0, first.length)).toEqual(first);
  const rest = names.slice(first.length);
  expect(new Set(rest).size).toBe(Math.min(MAX_MISSING_NAMES - first.length, others.length));
  expect(rest.filter((name) => !others.includes(name))).toEqual([]);
}

const PLANS: Plan[] = [8, 150].flatMap((many) =>
  (['nothing', 'a count', 'a list'] as const).map((expected) => ({ many, expect: expected })),
);

for (const [title, subject] of [
  ['SQLite', () => sqlite.next()],
  ['Redis', redisSubject],
] as const) {
  test.each(PLANS)(
    `${title} and memory: of ${UNITS} units $many end in each way, $expect expected`,
    { timeout: 60_000 },
    async (plan) => {
      console.log(`TUSKER_SEED=${seed()}`);
      const second = subject();
      const first = memorySubject(second.clock);
      const store = twinStore(first.store, second.store);
      const h = new History({ store, advance: second.advance, dispose: second.dispose });
      const [ordered, others] = await walk(h, plan, randomFrom(seed()));
      const [one, other] = await Promise.all([first.store.inspect(['t']), second.store.inspect(['t'])]);
      for (const details of [one, other]) check(details[0]?.incomplete as Shortfall, ordered, others);
      check((await h.claimed()).incomplete as Shortfall, ordered, others);
    },
  );
}
