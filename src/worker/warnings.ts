import type { ContactNews } from '../client/contact-news.js';
import { isTuskerError } from '../core/errors.js';

/** What the process is warned of by a worker that nobody listens to. */
export class Warnings {
  /** The trouble that the last warning was about. */
  #warnedOf: string | undefined;

  constructor(
    private readonly namespace: string,
    private readonly contact: ContactNews,
  ) {}

  /** Once for each kind of trouble, and again when it is another one. */
  warn(error: unknown): void {
    if (this.#isKnown(error)) return;
    const text = error instanceof Error ? `${'code' in error ? `${error.code}: ` : ''}${error.message}` : String(error);
    // How long something took differs from time to time.
    const kind = text.replace(/\d+/g, '');
    if (kind === this.#warnedOf) return;
    this.#warnedOf = kind;
    process.emitWarning(`A worker of ${JSON.stringify(this.namespace)} is in trouble, and goes on trying: ${text}`, {
      type: 'TuskerWarning',
      code: 'TUSKER_WORKER',
      detail: "worker.on('error', listener) hears of each trouble, and ends these warnings.",
    });
  }

  /** Of an outage of the store all workers together warn once, and nobody who listens to it elsewhere is warned. */
  #isKnown(error: unknown): boolean {
    if (!this.contact.isTold || !isTuskerError(error, 'CONNECTION')) return false;
    if (this.contact.hasErrorListener || !this.contact.takeWarning()) return true;
    this.#warnedOf = undefined;
    return false;
  }
}

/** A listener for errors has thrown: nobody is left to tell. */
export function warnOfListener(error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning('A listener for errors of a worker has thrown; work goes on.', {
    code: 'TUSKER_LISTENER',
    detail,
  });
}
