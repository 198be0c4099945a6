import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, StoreCorruptError, TuskerError } from '../../core/errors.js';
import { messageOf } from '../../core/json.js';
import { unusable } from './sqlite-trouble.js';

/**
 * Runs `work` until the file is free, with growing pauses of random length, at most `timeout` ms long. `written`: the file that
 * it writes, where that is another one.
 */
export async function retryBusy<T>(file: string, timeout: number, work: () => T, written = file): Promise<T> {
  const start = performance.now();
  for (let pause = 0.5; ; pause = Math.min(pause * 1.5, 8)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw translated(error, file, written);
      if (performance.now() - start > timeout) {
        throw new ConnectionError(
          `SQLite: ${JSON.stringify(file)} was busy for ${timeout} ms, as others write; nothing was written.`,
          { cause: error },
        );
      }
    }
    const wait = pause * (0.5 + Math.random());
    // Timers are whole milliseconds: shorter pauses only let other work of this process go first.
    await (wait < 1 ? new Promise(setImmediate) : sleep(wait));
  }
}

function codeOf(error: unknown): string {
  const { code, errcode, rawCode } = error as { code?: unknown; errcode?: unknown; rawCode?: unknown };
  // libsql says it in words alone when a file cannot be opened.
  const [, inWords] = /^ConnectionFailed.*: (\d+)"?\)?$/.exec(messageOf(error)) ?? [];
  const number =
    typeof errcode === 'number' ? errcode : (rawCode ?? (inWords === undefined ? undefined : Number(inWords)));
  if (typeof number === 'number') return PRIMARY_CODES[number & 0xff] ?? String(number);
  return typeof code === 'string' ? code : '';
}

const PRIMARY_CODES: Record<number, string> = {
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  23: 'SQLITE_AUTH',
  26: 'SQLITE_NOTADB',
};

function isBusy(error: unknown): boolean {
  if (error instanceof TuskerError) return false;
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error)) || /database (table )?is locked/.test(messageOf(error));
}

/** A whole file, not a record: nobody is to delete it. */
export function damaged(file: string, cause: unknown): StoreCorruptError {
  const text = `The file ${JSON.stringify(file)} is damaged, or no SQLite store of tusker: ${messageOf(cause)}. Go back to a copy.`;
  return new StoreCorruptError(file, { cause }, text);
}

function translated(error: unknown, file: string, written: string): Error {
  if (error instanceof TuskerError) return error;
  const code = codeOf(error);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return damaged(file, error);
  return unusable(written, code, error);
}
