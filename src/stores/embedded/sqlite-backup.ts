import { lstatSync, statSync, truncateSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConnectionError, InvalidArgumentError, isTuskerError } from '../../core/errors.js';
import { messageOf } from '../../core/json.js';
import { PartFile } from './part-file.js';
import { damaged, retryBusy } from './sqlite-busy.js';
import type { Database } from './sqlite-driver.js';
import { openDatabase } from './sqlite-driver.js';
import { APPLICATION_ID } from './sqlite-schema.js';

/** For how long a busy file is tried again, in ms. */
const BUSY_TIMEOUT = 10_000;
/** A database is its file and these beside it: one of another database would spoil the copy. */
const PARTS_OF_A_DATABASE = ['', '-wal', '-shm', '-journal'];

export interface BackupReport {
  /** The copy, as an absolute path. */
  readonly file: string;
  readonly bytes: number;
}

/**
 * Copies the file of a SQLite store as it is at one moment, while others go on to use it. The copy is whole, and on the
 * disk, when this resolves; until then nothing stands at its path. Nothing is ever overwritten. The process can do
 * nothing else meanwhile: a server had better start `tusker backup`.
 *
 * @throws InvalidArgumentError when there is no file to copy, or something stands where the copy is to be
 * @throws StoreCorruptError when it is no file of tusker, or damaged
 * @throws ConnectionError when the copy cannot be written, as on a full disk
 */
export async function backupSqlite(path: string, copy: string): Promise<BackupReport> {
  if (!isPath(path)) throw new InvalidArgumentError('path', path, 'the SQLite file of a store');
  if (!isPath(copy)) throw standsThere(copy);
  const [from, to] = [resolve(path), resolve(copy)];
  if (!isThere(from)) throw new InvalidArgumentError('path', path, 'the SQLite file of a store');
  if (PARTS_OF_A_DATABASE.some((part) => isThere(to + part))) throw standsThere(copy);
  try {
    const part = PartFile.for(to, statSync(from).mode);
    try {
      await retryBusy(from, BUSY_TIMEOUT, () => write(from, part.path), part.path);
      return { file: to, bytes: part.bringTo(to) };
    } finally {
      part.remove();
    }
  } catch (error) {
    throw translated(error, copy);
  }
}

/** One snapshot, in one transaction that holds up no writer. */
function write(from: string, part: string): void {
  // What a try that came upon a busy file has written.
  truncateSync(part);
  const database = openDatabase(from);
  try {
    database.exec('pragma busy_timeout = 0');
    checkOurs(database, 'main', from);
    database.prepare('vacuum into ?').run(part);
    database.prepare('attach ? as copy').run(part);
    checkOurs(database, 'copy', part);
    const [found] = database.prepare('pragma copy.quick_check(1)').get() ?? [];
    if (found !== 'ok') throw damaged(from, new Error(String(found)));
    database.exec('detach copy');
    database.tidy();
  } finally {
    database.close();
  }
}

function checkOurs(database: Database, schema: 'main' | 'copy', path: string): void {
  const [application] = database.prepare(`pragma ${schema}.application_id`).get() ?? [];
  if (application !== APPLICATION_ID) throw damaged(path, new Error('it has no mark of tusker'));
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

/** A link that leads nowhere counts. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function standsThere(copy: unknown): InvalidArgumentError {
  const allowed = 'the path of a file that does not exist yet, nor one beside it that ends in -wal, -shm or -journal';
  return new InvalidArgumentError('copy', copy, allowed);
}

function translated(error: unknown, copy: string): unknown {
  if (isTuskerError(error) && !isTuskerError(error, 'CONNECTION')) return error;
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return standsThere(copy);
  return new ConnectionError(`The copy ${copy} was not made: ${messageOf(error)}`, { cause: error });
}
