import { resolve } from 'node:path';
import { UnsupportedServerError } from '../../core/errors.js';

export type Value = string | number | null;

/** The small part of SQLite that the ledger needs, the same over `node:sqlite` and over `libsql`. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** Before closing: leaves one file and no locks, if nobody else has it open. */
  tidy(): void;
  close(): void;
}
export interface Statement {
  /** The rows as arrays. */
  all(...values: Value[]): Value[][];
  /** The first row as an array. */
  get(...values: Value[]): Value[] | undefined;
  run(...values: Value[]): Written;
}
/** How many rows a statement changed, and the number of the row that it inserted last. */
export interface Written {
  readonly changes: number;
  readonly lastInsertRowid: number;
}

export const INSTALL_LINE = 'npm install libsql';

/** Opens a file with `node:sqlite` where this Node has it, else with `libsql` where it is installed. */
export function openDatabase(path: string): Database {
  return openWithNode(path) ?? openWithLibsql(path);
}

interface NodeStatement {
  setReturnArrays(enabled: boolean): void;
  all(...values: Value[]): unknown;
  get(...values: Value[]): unknown;
  run(...values: Value[]): Written;
}
interface NodeSqlite {
  DatabaseSync: new (path: string) => { exec(sql: string): void; prepare(sql: string): NodeStatement; close(): void };
}

function openWithNode(path: string): Database | undefined {
  const sqlite = process.getBuiltinModule?.('node:sqlite') as NodeSqlite | undefined;
  if (sqlite === undefined) return undefined;
  const database = new sqlite.DatabaseSync(path);
  const probe = database.prepare('select 1');
  if (typeof probe.setReturnArrays !== 'function') {
    // The first Nodes with node:sqlite cannot give rows as arrays: libsql serves them.
    database.close();
    return undefined;
  }
  return {
    exec: (sql) => database.exec(sql),
    // Closing does all of it.
    tidy: () => {},
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return {
        all: (...values) => statement.all(...values) as Value[][],
        get: (...values) => statement.get(...values) as Value[] | undefined,
        run: (...values) => statement.run(...values),
      };
    },
  };
}

interface LibsqlStatement {
  raw(enabled: boolean): LibsqlStatement;
  all(...values: Value[]): unknown;
  get(...values: Value[]): unknown;
  run(...values: Value[]): Written;
}
type Libsql = new (path: string) => { exec(sql: string): void; prepare(sql: string): LibsqlStatement; close(): void };

function openWithLibsql(path: string): Database {
  const LibsqlDatabase = requireLibsql();
  const database = new LibsqlDatabase(path);
  return {
    exec: (sql) => void database.exec(sql),
    tidy: () => withoutLog(database),
    close: () => void database.close(),
    prepare: (sql) => {
      if (/^begin/i.test(sql)) return freshly(database, sql);
      const statement = database.prepare(sql);
      const reads = /^\s*(select|pragma)/i.test(sql);
      if (reads) statement.raw(true);
      return {
        all: (...values) => statement.all(...values) as Value[][],
        get: (...values) => statement.get(...values) as Value[] | undefined,
        run: (...values) => statement.run(...values),
      };
    },
  };
}

/**
 * A prepared `begin` that found the file busy stays under way in libsql, and until it succeeds no transaction can be
 * committed, not even one that only reads. Run anew each time it leaves nothing.
 */
function freshly(database: InstanceType<Libsql>, sql: string): Statement {
  return {
    all: () => [],
    get: () => undefined,
    run: () => {
      database.exec(sql);
      return { changes: 0, lastInsertRowid: 0 };
    },
  };
}

/**
 * libsql closes a connection only when all its statements have been collected as garbage; until then log, index and
 * locks would stay. Without a log there is nothing of them. Refused while others have the file open.
 */
function withoutLog(database: InstanceType<Libsql>): void {
  try {
    database.exec('pragma journal_mode = delete');
  } catch {
    // Somebody has it open: the last one to leave takes the log away.
  }
}

const LIBSQL = 'libsql';

function requireLibsql(): Libsql {
  // Not imported, for a bundler would follow what it requires.
  const { createRequire } = process.getBuiltinModule('node:module');
  let cause: unknown;
  for (const place of places()) {
    try {
      return createRequire(place)(LIBSQL) as Libsql;
    } catch (error) {
      cause ??= error;
    }
  }
  throw new UnsupportedServerError(
    `Node ${process.versions.node} has no usable SQLite of its own; run: ${INSTALL_LINE} (or use Node 22.16 or newer)`,
    { cause },
  );
}

/**
 * Where libsql is looked for: from this file, then from the program and its working directory. A bundle has no place of
 * this file, or that of the machine on which it was made.
 */
function places(): string[] {
  const here = (import.meta as { readonly url?: string }).url;
  const [, program] = process.argv;
  return [here, program && resolve(program), resolve('program')].filter((place): place is string => Boolean(place));
}
