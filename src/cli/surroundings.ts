import type { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** Where a run reads from. A terminal says so, and can give each key at once. */
export interface InputStream extends Readable {
  readonly isTTY?: boolean;
  /** The open file behind it: a command that is run shares it. Without one the command gets a pipe. */
  readonly fd?: number;
  setRawMode?(isRaw: boolean): unknown;
}

/** Where a run writes to. Whoever gives one listens to its `error`: a run learns of a failure where it writes. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly fd?: number;
  readonly columns?: number;
  readonly rows?: number;
}

/**
 * Everything that a run of the command line has around it. `main.ts` gives the process; a run never reaches for it by
 * itself, so that any number of runs in one process do not disturb each other. `demo` alone starts its processes with the
 * environment of this one.
 */
export interface Surroundings {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: NodeJS.ProcessEnv;
  /** Emits signals by their names, and `exit`: the last moment, when nothing can be waited for. */
  readonly signals: EventEmitter;
  /** Where commands run, and where the path of a SQLite file begins. Without it: the working directory of the process. */
  readonly cwd?: string;
  /** Stops the process and its group until SIGCONT, as Ctrl-Z does. */
  suspend(): void;
}
