import type { Call, Outcomes } from '../core/store.js';

/** A call, and who wants to know what came of it: told once, by one of the two. */
export interface Asker<C extends Call = Call> {
  readonly call: C;
  /** The one behind it: askers stand in line without an array to be grown and copied. Only the batcher sets it. */
  next: Asker | undefined;
  /** What it throws it is told by `reject`. */
  resolve(outcome: Outcomes[C['verb']]): void;
  reject(error: unknown): void;
}

type Fulfil<Answer> = (answer: Answer | PromiseLike<Answer>) => void;
type Reject = (error: unknown) => void;

/** An asker with a promise of what it makes of the outcome: the only promise between a verb and the batch of its call. */
export abstract class PromisedCall<C extends Call, Answer> implements Asker<C> {
  readonly promise: Promise<Answer>;
  next: Asker | undefined;
  protected fulfil!: Fulfil<Answer>;
  reject!: Reject;

  constructor(readonly call: C) {
    this.promise = new Promise<Answer>((fulfil, reject) => {
      this.fulfil = fulfil;
      this.reject = reject;
    });
  }

  abstract resolve(outcome: Outcomes[C['verb']]): void;
}

/** Promises the outcome as it is. */
export class PlainCall<C extends Call> extends PromisedCall<C, Outcomes[C['verb']]> {
  resolve(outcome: Outcomes[C['verb']]): void {
    this.fulfil(outcome);
  }
}
