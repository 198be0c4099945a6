import type { FailedPage } from '../../core/store.js';
import { FUNCTIONS } from './functions.js';
import type { Value } from './rows.js';
import type { Shard } from './shard.js';

/** How much longer than the first shard another one is waited for, in ms. */
const PATIENCE = 250;

/** The dead letters that consumers may take, of all shards at once: one that is silent or dead does not hold up the others. */
export class FailedListing {
  /** Shards that have not answered yet. They are not asked once more meanwhile. */
  readonly #underWay = new Map<Shard, Promise<Value[]>>();

  constructor(private readonly shards: readonly Shard[]) {}

  /** @throws what a shard says that fails, when no other has any dead letter */
  async page(limit: number): Promise<FailedPage> {
    const { answers, failure } = await promptly(this.shards.map((shard) => this.#ask(shard, limit)));
    const tasks: string[] = [];
    let nextIn: number | null = null;
    for (const [now, next, ...names] of answers) {
      for (const name of names) tasks.push(String(name));
      if (next !== null) nextIn = Math.min(nextIn ?? Number.POSITIVE_INFINITY, Number(next) - Number(now));
    }
    if (failure && tasks.length === 0) throw failure.reason;
    return { tasks, nextIn };
  }

  #ask(shard: Shard, limit: number): Promise<Value[]> {
    const known = this.#underWay.get(shard);
    if (known) return known;
    const asking = shard.run(FUNCTIONS.failedTasks, [String(limit)]) as Promise<Value[]>;
    this.#underWay.set(shard, asking);
    const over = (): void => void this.#underWay.delete(shard);
    asking.then(over, over);
    return asking;
  }
}

interface Prompt {
  readonly answers: readonly Value[][];
  readonly failure: { readonly reason: unknown } | undefined;
}

/** What all have answered, or what came until `PATIENCE` after the first answer. */
function promptly(asks: readonly Promise<Value[]>[]): Promise<Prompt> {
  return new Promise((resolve) => {
    const answers: Value[][] = [];
    let failure: { readonly reason: unknown } | undefined;
    let left = asks.length;
    let patience: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(patience);
      resolve({ answers: [...answers], failure });
    };
    for (const ask of asks) {
      ask
        .then(
          (answer) => {
            answers.push(answer);
            // Behind a loop that was held up: what has come meanwhile is read first.
            patience ??= setTimeout(() => setImmediate(end), PATIENCE);
          },
          (reason: unknown) => {
            failure ??= { reason };
          },
        )
        .then(() => {
          left--;
          if (left === 0) end();
        });
    }
  });
}
