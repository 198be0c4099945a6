import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, StoppedError, StoreCorruptError, TuskerError } from '../../core/errors.js';
import { messageOf } from '../../core/json.js';
import type { Ledger, LedgerBackend } from './ledger.js';
import type { Database, Statement } from './sqlite-driver.js';
import { openDatabase } from './sqlite-driver.js';
import { SqliteLedger } from './sqlite-ledger.js';
import { ensureSchema } from './sqlite-schema.js';

export interface SqliteOptions {
  /**
   * `FULL` (default) survives a loss of power, `NORMAL` only the death of the process: after a loss of power the last
   * transactions may be missing, the file stays sound.
   */
  readonly synchronous?: 'FULL' | 'NORMAL';
  /** How long to try for the file before a `ConnectionError`, in ms. Default 10 s. */
  readonly busyTimeout?: number;
}

/** How often waiting processes look whether another one has written, in ms. */
const FOREIGN_WRITE_POLL = 20;

/**
 * A SQLite file shared by the processes of one machine. SQLite itself never waits: a busy file is tried again
 * asynchronously with jitter, which is fair between writers where `busy_timeout` lets one of them starve the others.
 */
export class SqliteBackend implements LedgerBackend {
  readonly #database: Database;
  readonly #ledgers = new Map<string, SqliteLedger>();
  readonly #begin: Statement;
  readonly #beginRead: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #dataVersion: Statement;
  readonly #busyTimeout: number;
  readonly #watchers = new Set<() => void>();
  #poll: NodeJS.Timeout | undefined;
  #seenVersion = 0;
  #ownVersion = -1;
  #closed = false;

  private constructor(database: Database, busyTimeout: number) {
    this.#database = database;
    this.#busyTimeout = busyTimeout;
    this.#begin = database.prepare('begin immediate');
    this.#beginRead = database.prepare('begin');
    this.#commit = database.prepare('commit');
    this.#rollback = database.prepare('rollback');
    this.#dataVersion = database.prepare('pragma data_version');
  }

  /** Opens or creates the file. @throws ConnectionError, StoreCorruptError, UnsupportedServerError */
  static async open(
    path: string,
    { synchronous = 'FULL', busyTimeout = 10_000 }: SqliteOptions,
  ): Promise<SqliteBackend> {
    const database = await retryBusy(path, busyTimeout, () => {
      const opened = openDatabase(path);
      try {
        prepareFile(opened, path, synchronous);
        return opened;
      } catch (error) {
        opened.close();
        throw error;
      }
    });
    return new SqliteBackend(database, busyTimeout);
  }

  async write<T>(namespace: string, work: (ledger: Ledger) => T): Promise<T> {
    return retryBusy(namespace, this.#busyTimeout, () => this.#transaction(this.#begin, namespace, work));
  }

  async read<T>(namespace: string, work: (ledger: Ledger) => T): Promise<T> {
    return retryBusy(namespace, this.#busyTimeout, () => this.#transaction(this.#beginRead, namespace, work));
  }

  #transaction<T>(begin: Statement, namespace: string, work: (ledger: Ledger) => T): T {
    if (this.#closed) throw new StoppedError();
    begin.run();
    try {
      this.#forgetForeign();
      const result = work(this.#ledger(namespace));
      this.#commit.run();
      return result;
    } catch (error) {
      this.#ledger(namespace).forget();
      this.#undo();
      throw error;
    }
  }

  /** What the ledgers remember holds as long as nobody else writes. */
  #forgetForeign(): void {
    const version = this.#version();
    if (version === this.#ownVersion) return;
    this.#ownVersion = version;
    for (const ledger of this.#ledgers.values()) ledger.forget();
  }

  #undo(): void {
    try {
      this.#rollback.run();
    } catch {
      // Some errors (a full disk) have undone the transaction already.
    }
  }

  #ledger(namespace: string): SqliteLedger {
    let ledger = this.#ledgers.get(namespace);
    if (!ledger) {
      ledger = new SqliteLedger(this.#database, namespace);
      this.#ledgers.set(namespace, ledger);
    }
    return ledger;
  }

  onForeignWrite(wake: () => void): () => void {
    this.#watchers.add(wake);
    if (!this.#poll) {
      this.#seenVersion = this.#version();
      this.#poll = setInterval(() => this.#look(), FOREIGN_WRITE_POLL);
      this.#poll.unref();
    }
    return () => {
      this.#watchers.delete(wake);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#poll);
      this.#poll = undefined;
    };
  }

  #look(): void {
    const version = this.#version();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    for (const wake of this.#watchers) wake();
  }

  #version(): number {
    try {
      return Number(this.#dataVersion.get()?.[0] ?? 0);
    } catch {
      return this.#seenVersion;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#poll);
    this.#watchers.clear();
    this.#database.close();
  }
}

function prepareFile(database: Database, path: string, synchronous: 'FULL' | 'NORMAL'): void {
  database.exec('pragma busy_timeout = 0');
  database.prepare('pragma journal_mode = wal').all();
  database.exec(`pragma synchronous = ${synchronous}`);
  database.exec('pragma wal_autocheckpoint = 4000');
  database.exec('pragma cache_size = -65536');
  database.exec('begin immediate');
  try {
    ensureSchema(database, path);
    database.exec('commit');
  } catch (error) {
    database.exec('rollback');
    throw error;
  }
}

/** Runs `work` until the file is free, with growing pauses of random length, at most `timeout` ms long. */
async function retryBusy<T>(what: string, timeout: number, work: () => T): Promise<T> {
  const start = performance.now();
  for (let pause = 0.5; ; pause = Math.min(pause * 1.5, 8)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw translated(error, what);
      if (performance.now() - start > timeout) {
        throw new ConnectionError(`The database was busy for ${timeout} ms; nothing was written.`, { cause: error });
      }
    }
    const wait = pause * (0.5 + Math.random());
    // Timers are whole milliseconds: shorter pauses only let other work of this process go first.
    await (wait < 1 ? new Promise(setImmediate) : sleep(wait));
  }
}

function codeOf(error: unknown): string {
  const { code, errcode, rawCode } = error as { code?: unknown; errcode?: unknown; rawCode?: unknown };
  const number = typeof errcode === 'number' ? errcode : rawCode;
  if (typeof number === 'number') return PRIMARY_CODES[number & 0xff] ?? String(number);
  return typeof code === 'string' ? code : '';
}

const PRIMARY_CODES: Record<number, string> = {
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  11: 'SQLITE_CORRUPT',
  26: 'SQLITE_NOTADB',
};

function isBusy(error: unknown): boolean {
  if (error instanceof TuskerError) return false;
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error)) || /database (table )?is locked/.test(messageOf(error));
}

function translated(error: unknown, what: string): Error {
  if (error instanceof TuskerError) return error;
  const code = codeOf(error);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return new StoreCorruptError(what, { cause: error });
  return new ConnectionError(`SQLite: ${messageOf(error)}; nothing was written.`, { cause: error });
}
