import type { Call, Store, Verb } from '../../src/core/store.js';
import { ConnectionError } from '../../src/index.js';

/** The methods of a store that ask it something, but for `apply`. */
export type Method = Exclude<
  {
    [Key in keyof Store]: NonNullable<Store[Key]> extends (...args: never[]) => Promise<unknown> ? Key : never;
  }[keyof Store],
  'apply' | 'close' | undefined
>;

/** What can be asked of a store: the verbs of `apply`, and its other methods. */
export type Asked = Verb | Method;

/** One call, as the store was asked. */
export interface Recorded {
  readonly asked: Asked;
  /** When, in ms of `performance.now()`. */
  readonly at: number;
  /** The call of a verb; the arguments of a method. */
  readonly what: unknown;
}

/** What is to become of the next calls of one kind. Each of its methods settles it. */
export interface Next {
  /** They never get to the store. */
  rejects(error?: Error): void;
  /** They happen, and nobody hears of it: the fate of a call is unknown. */
  losesAnswer(error?: Error): void;
  /** The answer comes so many ms late. */
  takes(ms: number): void;
  /** They are kept from the store until they are let go. */
  holdsCall(): Held;
  /** They happen at once; their answers are kept until they are let go. */
  holdsAnswer(): Held;
  /** The store is not asked: this is the answer. For a verb a whole batch, outcome by outcome. */
  answers(answer: unknown): void;
}

/** Calls or answers that are kept. */
export interface Held {
  /** Resolves when the first one is there. */
  readonly arrived: Promise<void>;
  /** How many are kept now. */
  readonly count: number;
  /** Lets them go in the order in which they came, or the last one first. Later ones are not kept. */
  letGo(order?: 'first first' | 'last first'): void;
  /** They come to nothing. */
  rejects(error?: Error): void;
  /** They are told this, whatever else they would have been. */
  answers(answer: unknown): void;
}

/** How often, and of which task. */
export interface Which {
  /** Default 1. */
  readonly times?: number;
  /** A call of a verb that names this task. Default any. */
  readonly task?: string;
}

/** What a store rejects with when it cannot be reached. */
export const outage = (): ConnectionError => new ConnectionError('The store cannot be reached (a test says so).');

/** What becomes of one call, given the way to the store. */
export type Fate = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

interface Scene {
  readonly asked: Asked;
  readonly task: string | undefined;
  left: number;
  readonly fate: Fate;
}

const ruly: Fate = (ask) => ask();

/** What an `UnrulyStore` and its namespaces do with the next calls, and what they were asked. */
export class Script {
  readonly records: Recorded[] = [];
  readonly batches: (readonly Call[])[] = [];
  readonly #scenes: Scene[] = [];
  readonly #kept = new Set<Kept>();
  readonly #underWay = new Map<Method, number>();

  next(asked: Asked, { times = 1, task }: Which): Next {
    const becomes = (fate: Fate): void => void this.#scenes.push({ asked, task, left: times, fate });
    const holds = (what: 'call' | 'answer'): Held => {
      const kept = new Kept();
      this.#kept.add(kept);
      becomes(what === 'call' ? (ask) => kept.turn(ask) : (ask) => ask().then((one) => kept.turn(async () => one)));
      return kept;
    };
    return {
      rejects: (error = outage()) => becomes(() => Promise.reject(error)),
      losesAnswer: (error = outage()) => becomes((ask) => ask().then(() => Promise.reject(error))),
      takes: (ms) => becomes((ask) => ask().then((one) => new Promise((resolve) => setTimeout(resolve, ms, one)))),
      answers: (answer) => becomes(() => Promise.resolve(answer as never)),
      holdsCall: () => holds('call'),
      holdsAnswer: () => holds('answer'),
    };
  }

  /** Writes a batch down; what becomes of it. */
  batch(calls: readonly Call[]): Fate {
    this.batches.push(calls);
    for (const call of calls) this.#record(call.verb, call);
    for (const { verb, task } of calls) {
      const fate = this.#fateOf(verb, task);
      if (fate) return fate;
    }
    return ruly;
  }

  /** Writes a call of a method down; what becomes of it. */
  method(method: Method, what: unknown): Fate {
    this.#record(method, what);
    const fate = this.#fateOf(method, undefined) ?? ruly;
    return async (ask) => {
      this.#underWay.set(method, this.underWay(method) + 1);
      try {
        return await fate(ask);
      } finally {
        this.#underWay.set(method, this.underWay(method) - 1);
      }
    };
  }

  underWay(method: Method): number {
    return this.#underWay.get(method) ?? 0;
  }

  calmDown(): void {
    this.#scenes.length = 0;
    for (const kept of this.#kept) kept.letGo();
  }

  #record(asked: Asked, what: unknown): void {
    this.records.push({ asked, what, at: performance.now() });
  }

  #fateOf(asked: Asked, task: string | undefined): Fate | undefined {
    const scene = this.#scenes.find((one) => one.asked === asked && (one.task === undefined || one.task === task));
    if (!scene) return undefined;
    scene.left--;
    if (scene.left === 0) this.#scenes.splice(this.#scenes.indexOf(scene), 1);
    return scene.fate;
  }
}

/** Who waits for leave to go on. */
class Kept implements Held {
  readonly #waiting: ((instead?: Promise<never>) => void)[] = [];
  #isOpen = false;
  #noteArrival = (): void => {};
  readonly arrived = new Promise<void>((resolve) => {
    this.#noteArrival = resolve;
  });

  get count(): number {
    return this.#waiting.length;
  }

  turn<Answer>(goOn: () => Promise<Answer>): Promise<Answer> {
    if (this.#isOpen) return goOn();
    return new Promise((resolve) => {
      this.#waiting.push((instead) => resolve(instead ?? goOn()));
      this.#noteArrival();
    });
  }

  letGo(order: 'first first' | 'last first' = 'first first'): void {
    const all = this.#open();
    for (const go of order === 'first first' ? all : all.reverse()) go();
  }

  rejects(error: Error = outage()): void {
    for (const go of this.#open()) go(Promise.reject(error));
  }

  answers(answer: unknown): void {
    for (const go of this.#open()) go(Promise.resolve(answer as never));
  }

  #open() {
    this.#isOpen = true;
    return this.#waiting.splice(0);
  }
}
