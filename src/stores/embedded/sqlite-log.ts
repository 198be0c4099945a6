import { statSync } from 'node:fs';
import type { Database, Statement } from './sqlite-driver.js';
import type { OpenFiles } from './sqlite-file.js';
import { logOf } from './sqlite-file.js';

/** For how long nobody may have written before the log is cut, in ms. */
const IDLE = 500;
/** A log up to this size stays as it is, in bytes. */
const SMALL = 4 * 1024 * 1024;

/** Cuts the write-ahead log when nobody writes: SQLite leaves it as large as it once was, which under load may be much. */
export class IdleLog {
  readonly #checkpoint: Statement;
  readonly #log: string;
  readonly #files: OpenFiles;
  #timer: NodeJS.Timeout | undefined;
  #hasWritten = false;

  constructor(database: Database, path: string, files: OpenFiles) {
    this.#checkpoint = database.prepare('pragma wal_checkpoint(truncate)');
    this.#log = logOf(path);
    this.#files = files;
    this.written();
  }

  /** Somebody has written, this process or another one. */
  written(): void {
    this.#hasWritten = true;
    this.#timer ??= setTimeout(() => this.#look(), IDLE).unref();
  }

  #look(): void {
    const goesOn = this.#hasWritten || !this.#cut();
    this.#hasWritten = false;
    this.#timer = goesOn ? setTimeout(() => this.#look(), IDLE).unref() : undefined;
  }

  /** Whether there is nothing left to do; others may be reading from it. */
  #cut(): boolean {
    try {
      if ((statSync(this.#log, { throwIfNoEntry: false })?.size ?? 0) <= SMALL) return true;
      if (this.#files.areLost) return true;
      return this.#checkpoint.get()?.[0] === 0;
    } catch {
      return false;
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
