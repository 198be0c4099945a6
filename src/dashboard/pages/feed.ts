import { signal } from '@preact/signals';
import type { RefusalAnswer } from '../wire.js';
import type { Parameters } from './api.js';
import { apiUrl, askAgain, RefusedError } from './api.js';
import { learnNow } from './clock.js';
import { isLoginNeeded, session } from './session.js';

const POLL = 2000;
/** While polling: so long after a stream was refused it is tried again. */
const STREAM_AGAIN = 30_000;

/** How the page is kept up to date; `still`: not at all. */
export const connection = signal<'connecting' | 'live' | 'polling' | 'paused' | 'offline' | 'still'>('connecting');

export interface Receiver<Answer> {
  answer(answer: Answer): void;
  refusal(error: RefusedError): void;
}

/** Keeps one answer up to date: by events, else by asking every two seconds, and not at all while nobody sees the page. */
export class Feed<Answer extends { readonly now: number }> {
  #source: EventSource | undefined;
  #polling: AbortController | undefined;
  #streamAgain = 0;
  #etag = '';

  constructor(
    private readonly of: 'overview' | 'tasks' | 'task',
    private readonly parameters: Parameters,
    private readonly receiver: Receiver<Answer>,
  ) {}

  start(): void {
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#onVisibility();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility);
    this.#disconnect();
    connection.value = 'still';
  }

  /** Asks at once: after a change of one's own. */
  refresh(): void {
    void this.#askOnce(new AbortController().signal);
  }

  readonly #onVisibility = (): void => {
    this.#disconnect();
    if (document.hidden) connection.value = 'paused';
    else this.#connect();
  };

  #disconnect(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#polling?.abort();
    this.#polling = undefined;
    clearTimeout(this.#streamAgain);
  }

  #connect(): void {
    connection.value = 'connecting';
    const source = new EventSource(apiUrl('stream', { of: this.of, ...this.parameters }));
    this.#source = source;
    source.addEventListener('open', () => {
      this.#polling?.abort();
      this.#polling = undefined;
      connection.value = 'live';
    });
    source.addEventListener('answer', ({ data }) => this.#take(JSON.parse(data) as Answer));
    source.addEventListener('refusal', ({ data }) => {
      const { error } = JSON.parse(data) as RefusalAnswer;
      this.receiver.refusal(new RefusedError(200, error.code, error.message));
    });
    source.addEventListener('error', () => {
      this.#poll();
      if (source.readyState !== EventSource.CLOSED) return;
      // Refused for good: the browser will not try again by itself.
      this.#streamAgain = window.setTimeout(() => {
        if (this.#source === source) this.#connect();
      }, STREAM_AGAIN);
    });
  }

  #take(answer: Answer): void {
    learnNow(answer.now);
    this.receiver.answer(answer);
  }

  #poll(): void {
    if (this.#polling) return;
    const polling = new AbortController();
    this.#polling = polling;
    const again = async (): Promise<void> => {
      await this.#askOnce(polling.signal);
      if (!polling.signal.aborted) setTimeout(() => void again(), POLL);
    };
    void again();
  }

  async #askOnce(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    try {
      const { answer, etag } = await askAgain<Answer>(this.of, this.parameters, this.#etag, signal);
      this.#etag = etag;
      if (this.#polling?.signal === signal) connection.value = 'polling';
      if (answer) this.#take(answer);
    } catch (error) {
      if (signal.aborted) return;
      // The next answer is to come whole, so that it takes the place of the refusal.
      this.#etag = '';
      if (isLoginNeeded(error)) session.value = 'login';
      const refused = error instanceof RefusedError ? error : new RefusedError(0, 'UNEXPECTED', String(error));
      if (refused.status === 0) connection.value = 'offline';
      this.receiver.refusal(refused);
    }
  }
}
