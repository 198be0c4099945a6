/** Why a file cannot be used, and what helps: SQLite's codes say little, so the file and its folder are looked at. */
import type { Stats } from 'node:fs';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConnectionError } from '../../core/errors.js';
import { messageOf } from '../../core/json.js';

interface Trouble {
  /** Behind the name of the file. */
  readonly what: string;
  readonly remedy: string;
}

/** @param code SQLite's, such as `SQLITE_CANTOPEN`, or one of the system, such as `EACCES` */
export function unusable(path: string, code: string, cause: unknown): ConnectionError {
  const { what, remedy } = troubleOf(path, code, cause);
  return new ConnectionError(`SQLite: ${JSON.stringify(path)} ${what}; nothing was written. ${remedy}`, { cause });
}

const ABOUT_ACCESS = /^SQLITE_(?:CANTOPEN|READONLY|PERM|AUTH|IOERR)|^E(?:ACCES|PERM|NOENT|NOTDIR|ISDIR|ROFS)$/;

function troubleOf(path: string, code: string, cause: unknown): Trouble {
  if (/^SQLITE_FULL|^ENOSPC|^EDQUOT/.test(code)) {
    const remedy = `Free space in ${JSON.stringify(dirname(path))}; then what was refused goes through.`;
    return { what: 'cannot grow: the disk is full', remedy };
  }
  const seen = ABOUT_ACCESS.test(code) ? seenAt(path) : undefined;
  if (seen) return seen;
  if (/^SQLITE_READONLY/.test(code)) return READ_ONLY;
  return { what: `cannot be used: ${messageOf(cause)}`, remedy: 'Look at the file, its folder and the disk.' };
}

const READ_ONLY: Trouble = {
  what: 'is read only',
  remedy: 'Make the file, its folder and the file system writable for this process.',
};

/** What is wrong with the file or its folder as they are now. */
function seenAt(path: string): Trouble | undefined {
  const folder = dirname(path);
  const named = JSON.stringify(folder);
  const found = look(folder);
  if (found === 'ENOENT') {
    return {
      what: 'cannot be made: its folder does not exist',
      remedy: `Make it (mkdir -p ${named}), or correct the path.`,
    };
  }
  if (found === 'ENOTDIR' || (typeof found !== 'string' && !found.isDirectory())) {
    return { what: `cannot be made: ${named} is no folder`, remedy: 'Correct the path.' };
  }
  const file = look(path);
  if (typeof file !== 'string' && file.isDirectory()) return { what: 'is a folder', remedy: 'Name a file in it.' };
  const { R_OK, W_OK, X_OK } = constants;
  return (typeof file === 'string' ? undefined : refusedAt(path, R_OK | W_OK)) ?? refusedAt(folder, R_OK | W_OK | X_OK);
}

/** Of a folder, too: SQLite makes files beside the one of the store. */
function refusedAt(path: string, rights: number): Trouble | undefined {
  try {
    accessSync(path, rights);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EROFS')
      return { what: 'is on a file system that is read only', remedy: 'Mount it writable, or use another path.' };
    const user = process.geteuid?.() ?? 'of this process';
    return {
      what: `cannot be used: the user ${user} may not read and write ${JSON.stringify(path)}`,
      remedy: 'Give that right to the user, for the file and for its folder, where SQLite makes its log.',
    };
  }
}

/** What stands there, or the code of why that cannot be seen. */
function look(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
