import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';

const OWN_FILES = '/proc/self/fd';
/** Room for what Linux says of an open file. */
const said = Buffer.alloc(2048);

/**
 * The lock that SQLite has on an open database for as long as it is open, as Linux tells of it. Other systems tell
 * nothing: there a lock that was dropped is noticed when somebody has made use of it.
 */
export class HeldLock {
  readonly #info: number;

  private constructor(info: number) {
    this.#info = info;
  }

  /** That of this process on the file, when Linux knows of one. */
  static on(path: string): HeldLock | undefined {
    if (process.platform !== 'linux') return undefined;
    try {
      for (const file of filesOpenOn(path)) {
        const lock = new HeldLock(openSync(`/proc/self/fdinfo/${file}`, 'r'));
        if (lock.isHeld) return lock;
        lock.stop();
      }
    } catch {
      // A system without /proc, or one that hides it.
    }
    return undefined;
  }

  get isHeld(): boolean {
    try {
      const length = readSync(this.#info, said, 0, said.length, 0);
      return said.subarray(0, length).includes('POSIX');
    } catch {
      // The file is closed, and its locks went with it.
      return false;
    }
  }

  stop(): void {
    closeSync(this.#info);
  }
}

/** The open files of this process that are this one, by number. */
function filesOpenOn(path: string): number[] {
  const { dev, ino } = statSync(path);
  return readdirSync(OWN_FILES)
    .map(Number)
    .filter((file) => {
      try {
        const stat = fstatSync(file);
        return stat.ino === ino && stat.dev === dev;
      } catch {
        // The one that the list was read from is closed again.
        return false;
      }
    });
}
