/** Work for a store while something happens to its servers, and a record of what was handed out. */
import { expect } from 'vitest';
import type { Store } from '../../src/core/store.js';
import type { Tusker } from '../../src/index.js';
import { createTusker, isTuskerError } from '../../src/index.js';
import { until } from '../redis-ground/until.js';

const UNITS = 4;
const WHOLE = Array.from({ length: UNITS }, (_, unit) => unit).join(' ');

export class Load {
  readonly #tusker: Tusker;
  /** The tokens under which each task was handed out, in order. */
  readonly #tokens = new Map<string, number[]>();
  /** Answered with their whole result. */
  readonly ended: string[] = [];
  /** Rounds beyond the first that a task needed: what was acknowledged had been lost. */
  redone = 0;
  /** Begun when what was to happen had happened. */
  readonly begunAfter: string[] = [];
  #hasHappened = false;
  #isOver = false;

  constructor(
    store: Store,
    /** Begins the name of each task. */
    private readonly prefix: string,
  ) {
    this.#tusker = createTusker({ store }) as Tusker;
    this.#tusker.work(
      async ({ task, token, results }) => {
        this.#tokens.set(task, [...(this.#tokens.get(task) ?? []), token]);
        return ((await results()) as number[]).join(' ');
      },
      { concurrency: 4 },
    );
  }

  /** Works off so many tasks, some at a time. */
  async run(count: number): Promise<void> {
    await this.#lanes(() => this.ended.length < count - 3);
  }

  /** Works before, during and after something happens: ten tasks end before it begins, and ten after it is over. */
  async runDuring(during: () => Promise<unknown>): Promise<void> {
    const lanes = this.#lanes(() => !this.#isOver);
    const tenMore = async (): Promise<true> => {
      const { length } = this.ended;
      return until('tasks end', async () => (this.ended.length >= length + 10 ? true : undefined));
    };
    try {
      await Promise.race([lanes, tenMore()]);
      await during();
      this.#hasHappened = true;
      await Promise.race([lanes, tenMore()]);
    } finally {
      this.#isOver = true;
      await lanes;
    }
  }

  async #lanes(goesOn: () => boolean): Promise<void> {
    const lane = async (name: string): Promise<void> => {
      for (let i = this.ended.length; goesOn(); i++) await this.#task(`${this.prefix} ${name}${i}`);
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(lane));
  }

  /** One task to its result, as a client does that begins again when it hears nothing. */
  async #task(task: string): Promise<void> {
    if (this.#hasHappened) this.begunAfter.push(task);
    for (let round = 0; ; round++) {
      try {
        await Promise.all(
          Array.from({ length: UNITS }, (_, unit) => this.#tusker.run(task, unit, () => unit, { wait: 5000 })),
        );
        await this.#tusker.close(task, { expect: UNITS });
        expect(await this.#tusker.result(task, { timeout: 8000 })).toBe(WHOLE);
        this.ended.push(task);
        return;
      } catch (error) {
        // A lost write shows as one of these; the same calls again complete what lacks.
        if (round > 8 || !['TIMEOUT', 'LOCK_LOST', 'LOCK_HELD', 'CONNECTION'].some((code) => isCode(error, code)))
          throw error;
        this.redone++;
      }
    }
  }

  /** Names of tasks that were handed out more than once. */
  get twice(): string[] {
    return [...this.#tokens].filter(([, tokens]) => tokens.length > 1).map(([task]) => task);
  }

  /** Fencing tokens only grow, whatever was lost. */
  expectGrowingTokens(): void {
    for (const tokens of this.#tokens.values()) {
      expect([...tokens].sort((a, b) => a - b)).toEqual(tokens);
      expect(new Set(tokens).size).toBe(tokens.length);
    }
  }

  /** All that was begun has ended, and the counters add up. */
  async expectNothingLeft(): Promise<void> {
    const stats = await this.#tusker.stats();
    expect(stats).toMatchObject({ open: 0, locked: 0, released: 0, delayed: 0, processing: 0, failed: 0 });
  }

  async stop(): Promise<void> {
    await this.#tusker.stop({ grace: 0 });
  }
}

function isCode(error: unknown, code: string): boolean {
  return isTuskerError(error) && error.code === code;
}
