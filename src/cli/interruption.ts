import type { EventEmitter } from 'node:events';
import { InterruptedError } from './errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
/** One key can bring the same signal twice: from the terminal, and from a runner such as npm that passes it on. In ms. */
const TWICE_WITHIN = 100;

/** The signals that ask a run to end, handled as long as this is not disposed of. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners = new Set<(signal: NodeJS.Signals, count: number) => void>();
  #count = 0;
  #last: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;

  constructor(private readonly signals: EventEmitter) {
    for (const name of SIGNALS) signals.on(name, this.#interrupt);
  }

  readonly #interrupt = (signal: NodeJS.Signals): void => {
    const at = performance.now();
    const isSame = this.#last?.signal === signal && at - this.#last.at < TWICE_WITHIN;
    this.#last = { signal, at };
    if (isSame) return;
    this.#count++;
    this.#controller.abort(new InterruptedError(signal));
    for (const listener of this.#listeners) listener(signal, this.#count);
  };

  /** Aborts at the first one; the reason is an `InterruptedError`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Calls back at each one from now on, with how many there were. */
  onEach(listener: (signal: NodeJS.Signals, count: number) => void): void {
    this.#listeners.add(listener);
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) this.signals.off(name, this.#interrupt);
  }
}
