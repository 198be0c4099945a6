import { setMaxListeners } from 'node:events';
import { DemoError } from './errors.js';
import type { CheckedOptions } from './options.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What can stop a demo before its end. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Ends it from inside, for good: what still runs gets `reason`. */
  stop(reason: unknown): void;
  /** Leaves the signals of the process to others again. */
  release(): void;
}

/**
 * The caller's signal where there is one; the signals of the process otherwise, the first of which is handled. And the
 * output, when nobody reads it any more.
 */
export function watchInterruption({ signal: given, output }: CheckedOptions): Interruption {
  const controller = new AbortController();
  // Every chunk on its way listens to it.
  setMaxListeners(0, controller.signal);
  const stop = (reason: unknown) => controller.abort(reason);
  const interrupt = (why: string, cause?: unknown) => stop(new DemoError('INTERRUPTED', why, { cause }));
  const onAbort = () => interrupt('The demo was stopped.', given?.reason);
  const onSignal = (name: NodeJS.Signals) => interrupt(`The demo was stopped by ${name}.`);
  const onBroken = (cause: Error) => interrupt(`The demo was stopped: its output is closed (${cause.message}).`, cause);
  if (given?.aborted) onAbort();
  given?.addEventListener('abort', onAbort, { once: true });
  output.on?.('error', onBroken);
  for (const name of given ? [] : SIGNALS) process.once(name, onSignal);
  return {
    signal: controller.signal,
    stop,
    release() {
      output.off?.('error', onBroken);
      given?.removeEventListener('abort', onAbort);
      for (const name of SIGNALS) process.removeListener(name, onSignal);
    },
  };
}
