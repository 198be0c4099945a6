import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';

/** Those that this process is writing, by path. */
const underWay = new Set<string>();

/**
 * A file that is being written. It has a name of its own, `FILE.PID.part`, until it is whole: whoever finds FILE may use
 * it. What a process that was killed left is removed by the next one that writes the same FILE.
 */
export class PartFile {
  private constructor(readonly path: string) {}

  /** An empty one beside the file that it will be, with these rights. */
  static for(file: string, mode: number): PartFile {
    removeLeftovers(file);
    const path = `${file}.${process.pid}.part`;
    const opened = openSync(path, 'wx', mode);
    try {
      fchmodSync(opened, mode);
    } finally {
      closeSync(opened);
    }
    underWay.add(path);
    return new PartFile(path);
  }

  /** It is whole: brings it to the disk, and then to its name; its length in bytes. @throws EEXIST */
  bringTo(file: string): number {
    bringToDisk(this.path);
    const { size } = statSync(this.path);
    moveTo(this.path, file);
    bringToDisk(dirname(file));
    return size;
  }

  remove(): void {
    removePart(this.path);
    underWay.delete(this.path);
  }
}

/** A rename would overwrite what came there meanwhile; a second name is refused then. */
function moveTo(path: string, file: string): void {
  try {
    linkSync(path, file);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    // Some file systems have one name for each file.
    closeSync(openSync(file, 'wx'));
    renameSync(path, file);
  }
}

function isWithoutLinks(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(String(error.code))
  );
}

/** With the journal that SQLite may have beside it. */
function removePart(path: string): void {
  for (const name of [`${path}-journal`, path]) rmSync(name, { force: true });
}

function removeLeftovers(file: string): void {
  const name = `${basename(file)}.`;
  for (const found of readdirSync(dirname(file))) {
    const [, pid] = /^(\d+)\.part(?:-journal)?$/.exec(found.startsWith(name) ? found.slice(name.length) : '') ?? [];
    const path = `${file}.${pid}.part`;
    if (pid !== undefined && !underWay.has(path) && !isAnother(Number(pid))) removePart(path);
  }
}

/** Whether another process has this number now. */
function isAnother(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function bringToDisk(path: string): void {
  const isFolder = statSync(path).isDirectory();
  // Windows opens no folder, and writes names when it likes.
  if (isFolder && process.platform === 'win32') return;
  const file = openSync(path, isFolder ? 'r' : 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
