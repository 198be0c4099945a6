import { realpathSync, statSync } from 'node:fs';
import { StoreLostError } from '../../core/errors.js';
import { HeldLock } from './sqlite-held-lock.js';

/** For how long a reader believes that the files are what they were, in ms. */
const BELIEVED = 5;

/** What a call that comes upon a lost file says of its own effect. */
const FATE = {
  read: '',
  notWritten: ' Nothing was written.',
  unknown: ' What this call wrote may be lost.',
} as const;
type Fate = (typeof FATE)[keyof typeof FATE];

/**
 * Databases on whose files this process lost its locks, by the identity of the file. They are never closed: closing would
 * copy their log into a file that others have gone on with. SQLite shares locks and the index of the log within a
 * process, so no other connection of this process may use such a file either.
 */
const forsaken = new Map<string, unknown>();

/**
 * The files of an open database, as they were when it was opened. SQLite notices nothing when one of them is removed or
 * replaced: it goes on in the old one, and what it writes there is seen by nobody. That happens by hand. It also happens
 * when a process opens and closes the file by itself, as to copy it: that drops all locks of the process on it (so POSIX
 * locks are defined), and the next process to leave the database takes itself for the last one and removes the log.
 */
export class OpenFiles {
  readonly #path: string;
  readonly #database: unknown;
  readonly #known: readonly Known[];
  readonly #lock: HeldLock | undefined;
  #goodAt = 0;

  /** @throws StoreLostError when this process has lost its locks on the file */
  static beforeOpening(path: string): void {
    const identity = identityOf(path);
    if (identity && forsaken.has(textOf(identity))) throw lost(path, locksDropped(path), FATE.notWritten);
  }

  constructor(path: string, database: unknown) {
    this.#path = path;
    this.#database = database;
    this.#known = [path, logOf(path), indexOf(path)].flatMap((file) => {
      const identity = identityOf(file);
      return identity ? [{ path: file, identity }] : [];
    });
    this.#lock = HeldLock.on(path);
  }

  /** @throws StoreLostError when they are not those that were opened, or this process has no lock on them any more */
  beforeWriting(): void {
    this.#check(FATE.notWritten);
  }

  /** What was written counts only now: a lock that is held now was held all the time. @throws StoreLostError */
  afterWriting(): void {
    this.#check(FATE.unknown);
  }

  /** @throws StoreLostError as before a write, unless they were good a moment ago */
  beforeReading(): void {
    if (performance.now() - this.#goodAt > BELIEVED) this.#check(FATE.read);
  }

  get areLost(): boolean {
    return this.#lost() !== undefined;
  }

  #check(fate: Fate): void {
    const what = this.#lost();
    if (what !== undefined) throw lost(this.#path, what, fate);
    this.#goodAt = performance.now();
  }

  #lost(): string | undefined {
    const what = this.#changed();
    const [file] = this.#known;
    if (what !== undefined && file && isThere(file)) forsaken.set(textOf(file.identity), this.#database);
    return what;
  }

  #changed(): string | undefined {
    for (const file of this.#known) if (!isThere(file)) return changeOf(file.path);
    return this.#lock === undefined || this.#lock.isHeld ? undefined : locksDropped(this.#path);
  }

  /** The store has no more use for them. What may be done with the database: close it, only let it go, or neither. */
  leave(): 'close' | 'let go' | 'keep' {
    const areLost = this.areLost;
    this.#lock?.stop();
    if (!areLost) return 'close';
    const [file] = this.#known;
    if (file && isThere(file)) return 'keep';
    // Once it is closed, another file may be given its number.
    if (file) forsaken.delete(textOf(file.identity));
    return 'let go';
  }
}

/** The write-ahead log of a database: where the path is a link, it is beside the file that the link leads to. */
export function logOf(path: string): string {
  return `${realPathOf(path)}-wal`;
}

/** The index of the log, in which processes also tell each other what they read and write. */
function indexOf(path: string): string {
  return `${realPathOf(path)}-shm`;
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // The file is not there any more.
    return path;
  }
}

/** What makes a file this one, whatever its name. */
interface Identity {
  readonly dev: number;
  readonly ino: number;
}
interface Known {
  readonly path: string;
  readonly identity: Identity;
}

/** Looks at the name only: opening the file, and closing it again, would drop the locks. */
function identityOf(path: string): Identity | undefined {
  return statSync(path, IF_THERE);
}
const IF_THERE = { throwIfNoEntry: false } as const;

function isThere({ path, identity }: Known): boolean {
  try {
    const found = identityOf(path);
    return found !== undefined && found.ino === identity.ino && found.dev === identity.dev;
  } catch {
    // Who may not look there any more cannot say that it is gone.
    return true;
  }
}

function textOf({ dev, ino }: Identity): string {
  return `${dev}:${ino}`;
}

function changeOf(path: string): string {
  return `${path} was ${identityOf(path) ? 'replaced' : 'removed'} while this process had it open.`;
}

function locksDropped(path: string): string {
  return `This process opened and closed ${path} by itself, as by copying or reading it, and lost its locks on it.`;
}

function lost(path: string, what: string, fate: Fate): StoreLostError {
  return new StoreLostError(path, `${what}${fate} Restart the process; copy the file with "tusker backup" only.`);
}
