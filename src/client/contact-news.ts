import type { ContactEvents, ContactNote } from '../core/contact.js';
import { InvalidArgumentError } from '../core/errors.js';
import { oneOf } from '../core/options.js';
import type { Store } from '../core/store.js';

type Name = keyof ContactEvents;
type Listener = (event: never) => unknown;

const NAMES = ['error', 'reconnecting', 'connected'] as const satisfies readonly Name[];

/** Who listens to what a store tells of the way to its server. The store is listened to as soon as somebody is here. */
export class ContactNews {
  readonly #listeners: Readonly<Record<Name, Set<Listener>>> = {
    error: new Set(),
    reconnecting: new Set(),
    connected: new Set(),
  };
  /** The workers. */
  readonly #passers = new Set<(note: ContactNote) => void>();
  readonly #store: Store;
  #leave: (() => void) | undefined;
  #isWarned = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws InvalidArgumentError */
  on(name: unknown, listener: unknown): void {
    this.#listeners[oneOf('event', name, NAMES)].add(checkListener(listener));
    this.#listen();
  }

  /** @throws InvalidArgumentError */
  off(name: unknown, listener: unknown): void {
    this.#listeners[oneOf('event', name, NAMES)].delete(checkListener(listener));
  }

  /** For a worker, which passes all of it on. Gives what ends that. */
  pass(listener: (note: ContactNote) => void): () => void {
    this.#passers.add(listener);
    this.#listen();
    return () => this.#passers.delete(listener);
  }

  /** Somebody hears of errors. */
  get hasErrorListener(): boolean {
    return this.#listeners.error.size > 0;
  }

  /** The store tells of outages and of their ends. */
  get isTold(): boolean {
    return this.#leave !== undefined;
  }

  /** Whether nobody was warned of this outage yet. From now on somebody is. */
  takeWarning(): boolean {
    const isFirst = !this.#isWarned;
    this.#isWarned = true;
    return isFirst;
  }

  end(): void {
    this.#leave?.();
  }

  #listen(): void {
    this.#leave ??= this.#store.onContact?.((note) => this.#tell(note));
  }

  #tell(note: ContactNote): void {
    if (note.name === 'connected') this.#isWarned = false;
    for (const pass of [...this.#passers]) pass(note);
    for (const listener of [...this.#listeners[note.name]]) void hear(listener, note.event);
  }
}

function checkListener(listener: unknown): Listener {
  if (typeof listener !== 'function') throw new InvalidArgumentError('listener', listener, 'a function');
  return listener as Listener;
}

/** One that throws or rejects disturbs nobody. */
async function hear(listener: Listener, event: ContactNote['event']): Promise<void> {
  try {
    await listener(event as never);
  } catch (error) {
    process.emitWarning('A listener of tusker has thrown; nothing else is disturbed.', {
      code: 'TUSKER_LISTENER',
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}
