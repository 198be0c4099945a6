import type { ClaimCall, ClaimOutcome } from '../../core/store.js';
import type { Granted } from './claim-call.js';
import { isGranted } from './claim-call.js';
import type { ShardClaims } from './shard-claims.js';

/** What several shards have granted for some calls, each asked for those that have nothing yet. */
export class Gathered {
  readonly #outcomes: ClaimOutcome[];
  readonly #late = new Set<Promise<void>>();
  #isOver = false;
  #failure: unknown;

  constructor(
    private readonly calls: readonly ClaimCall[],
    private readonly giveBack: (granted: readonly Granted[]) => void,
  ) {
    this.#outcomes = calls.map(() => ({ kind: 'none', waiting: 0 }));
  }

  get isFull(): boolean {
    return this.#outcomes.every(isGranted);
  }

  get #hasSome(): boolean {
    return this.#outcomes.some(isGranted);
  }

  /** Resolves when the shard has answered or lets wait: then its answer may come later. */
  async ask(shard: ShardClaims): Promise<void> {
    const places = this.calls.map((_, place) => place).filter((place) => !isGranted(this.#outcomes[place]));
    try {
      const answer = await shard.claimSoon(places.map((place) => this.calls[place] as ClaimCall));
      if (Array.isArray(answer)) this.#take(places, answer);
      else this.#awaitLate(places, answer.late);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #awaitLate(places: readonly number[], answer: Promise<ClaimOutcome[]>): void {
    const late = answer
      .then(
        (answers) => this.#take(places, answers),
        (error: unknown) => {
          this.#failure ??= error;
        },
      )
      .then(() => {
        this.#late.delete(late);
      });
    this.#late.add(late);
  }

  #take(places: readonly number[], answers: readonly ClaimOutcome[]): void {
    const surplus: Granted[] = [];
    answers.forEach((answer, at) => {
      const place = places[at] as number;
      if (!this.#isOver && !isGranted(this.#outcomes[place])) this.#outcomes[place] = answer;
      else if (isGranted(answer)) surplus.push(answer);
    });
    this.giveBack(surplus);
  }

  /**
   * All outcomes. `all`: late answers are awaited while nothing is granted. What comes after the end goes back.
   *
   * @throws what a shard threw when no other has granted anything: whether there are tasks is not known then
   */
  async end(answers: 'all' | 'prompt'): Promise<ClaimOutcome[]> {
    while (answers === 'all' && !this.#hasSome && this.#late.size > 0) await Promise.race(this.#late);
    this.#isOver = true;
    if (this.#failure !== undefined && !this.#hasSome) throw this.#failure;
    return this.#outcomes;
  }
}
