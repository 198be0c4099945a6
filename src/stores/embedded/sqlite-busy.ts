import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, StoreCorruptError, TuskerError } from '../../core/errors.js';
import { messageOf } from '../../core/json.js';

/** Runs `work` until the file is free, with growing pauses of random length, at most `timeout` ms long. */
export async function retryBusy<T>(file: string, timeout: number, work: () => T): Promise<T> {
  const start = performance.now();
  for (let pause = 0.5; ; pause = Math.min(pause * 1.5, 8)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw translated(error, file);
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

/** A whole file, not a record: nobody is to delete it. */
export function damaged(file: string, cause: unknown): StoreCorruptError {
  const text = `The file ${JSON.stringify(file)} is damaged, or no SQLite store of tusker: ${messageOf(cause)}. Go back to a copy.`;
  return new StoreCorruptError(file, { cause }, text);
}

function translated(error: unknown, file: string): Error {
  if (error instanceof TuskerError) return error;
  const code = codeOf(error);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return damaged(file, error);
  return new ConnectionError(`SQLite: ${messageOf(error)}; nothing was written.`, { cause: error });
}
