import { StoppedError } from '../../core/errors.js';
import type { Ledger, LedgerBackend } from './ledger.js';
import { retryBusy } from './sqlite-busy.js';
import type { Database, Statement } from './sqlite-driver.js';
import { openDatabase } from './sqlite-driver.js';
import { OpenFiles } from './sqlite-file.js';
import { SqliteLedger } from './sqlite-ledger.js';
import { IdleLog } from './sqlite-log.js';
import type { SqliteOptions } from './sqlite-options.js';
import { ensureSchema } from './sqlite-schema.js';

/** At this length the write-ahead log is brought into the file and begun anew, in pages. */
const LOG_PAGES = 4000;
/** Beyond this the log is cut when it is begun anew, in bytes: readers may hold it up. */
const LOG_LIMIT = 32 * 1024 * 1024;
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
  readonly #path: string;
  readonly #busyTimeout: number;
  readonly #files: OpenFiles;
  readonly #log: IdleLog;
  readonly #watchers = new Set<() => void>();
  #poll: NodeJS.Timeout | undefined;
  #seenVersion = 0;
  #ownVersion = -1;
  #isLost = false;
  #closed = false;

  private constructor(database: Database, path: string, busyTimeout: number) {
    this.#database = database;
    this.#path = path;
    this.#busyTimeout = busyTimeout;
    this.#files = new OpenFiles(path, database);
    this.#log = new IdleLog(database, path, this.#files);
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
      OpenFiles.beforeOpening(path);
      const opened = openDatabase(path);
      try {
        prepareFile(opened, path, synchronous);
        return opened;
      } catch (error) {
        opened.close();
        throw error;
      }
    });
    return new SqliteBackend(database, path, busyTimeout);
  }

  async write<T>(namespace: string, work: (ledger: Ledger) => T): Promise<T> {
    return retryBusy(this.#path, this.#busyTimeout, () => this.#write(namespace, work));
  }

  async read<T>(namespace: string, work: (ledger: Ledger) => T): Promise<T> {
    return retryBusy(this.#path, this.#busyTimeout, () => this.#read(namespace, work));
  }

  #write<T>(namespace: string, work: (ledger: Ledger) => T): T {
    const result = this.#transaction(this.#begin, namespace, (ledger) => {
      this.#files.beforeWriting();
      return work(ledger);
    });
    this.#files.afterWriting();
    this.#log.written();
    return result;
  }

  #read<T>(namespace: string, work: (ledger: Ledger) => T): T {
    return this.#transaction(this.#beginRead, namespace, (ledger) => {
      this.#files.beforeReading();
      return work(ledger);
    });
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

  /** Whoever waits looks again when another process has written, and once when the file is lost: that look is refused. */
  #look(): void {
    const version = this.#version();
    const wasLost = this.#isLost;
    this.#isLost = this.#files.areLost;
    if (version === this.#seenVersion && (wasLost || !this.#isLost)) return;
    if (version !== this.#seenVersion) this.#log.written();
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
    this.#log.stop();
    this.#watchers.clear();
    const next = this.#files.leave();
    if (next === 'close') this.#database.tidy();
    if (next !== 'keep') this.#database.close();
  }
}

function prepareFile(database: Database, path: string, synchronous: 'FULL' | 'NORMAL'): void {
  database.exec('pragma busy_timeout = 0');
  database.prepare('pragma journal_mode = wal').all();
  database.exec(`pragma synchronous = ${synchronous}`);
  database.exec(`pragma wal_autocheckpoint = ${LOG_PAGES}`);
  database.prepare(`pragma journal_size_limit = ${LOG_LIMIT}`).all();
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
