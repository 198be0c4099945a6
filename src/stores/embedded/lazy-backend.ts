import { StoppedError } from '../../core/errors.js';
import type { Ledger, LedgerBackend } from './ledger.js';

/** A backend that is opened at its first use; an opening that failed is tried again at the next. */
export class LazyBackend implements LedgerBackend {
  #opening: Promise<LedgerBackend> | undefined;
  #opened: LedgerBackend | undefined;
  #closed = false;

  constructor(private readonly open: () => Promise<LedgerBackend>) {}

  async #backend(): Promise<LedgerBackend> {
    if (this.#closed) throw new StoppedError();
    if (this.#opened) return this.#opened;
    this.#opening ??= this.open();
    try {
      this.#opened = await this.#opening;
      return this.#opened;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async write<T>(namespace: string, work: (ledger: Ledger) => T): Promise<T> {
    return (this.#opened ?? (await this.#backend())).write(namespace, work);
  }
  async read<T>(namespace: string, work: (ledger: Ledger) => T): Promise<T> {
    return (this.#opened ?? (await this.#backend())).read(namespace, work);
  }

  onForeignWrite(wake: () => void): () => void {
    let stop = this.#opened?.onForeignWrite(wake);
    let stopped = false;
    if (!stop) {
      void this.#backend().then(
        (backend) => {
          if (!stopped) stop = backend.onForeignWrite(wake);
        },
        () => {},
      );
    }
    return () => {
      stopped = true;
      stop?.();
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const backend = await this.#opening?.catch(() => undefined);
    await backend?.close();
  }
}
