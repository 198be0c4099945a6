import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from '../index.js';

export interface DemoOptions {
  /** The sound file, in any format that ffmpeg reads. A voice that counts to fifty by default. */
  readonly file?: string;
  /** The store that the processes share. A fresh SQLite file by default; `memory:` is refused: it is one process's own. */
  readonly url?: string;
  /** How many server processes. 3; 2–16, as one of them dies. */
  readonly servers?: number;
  /** The longest a chunk may be, in seconds. 5.5; 2–14.9. */
  readonly chunk?: number;
  /** Where the mp3 goes; overwritten. `tusker-demo.mp3` in the current directory. */
  readonly out?: string;
  /** Prints nothing but the report, as JSON, instead of the progress. False. */
  readonly json?: boolean;
  /** Stops the demo. Without one, SIGINT, SIGTERM and SIGHUP do, handled while it runs. */
  readonly signal?: AbortSignal;
  /** Where the progress goes: live on a terminal, as lines elsewhere. `process.stdout`. */
  readonly output?: DemoOutput;
  /** Where chance comes from: numbers from 0 up to 1. `Math.random`. */
  readonly random?: () => number;
}

/** A place to print to; a terminal says so. */
export interface DemoOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Where it is a stream: one that can no longer be written to stops the demo. */
  on?(event: 'error', listener: (error: Error) => void): unknown;
  off?(event: 'error', listener: (error: Error) => void): unknown;
}

export interface CheckedOptions {
  /** Undefined for the voice that counts. */
  readonly file: string | undefined;
  /** Undefined for a SQLite file in the work directory. */
  readonly url: string | undefined;
  readonly servers: number;
  readonly chunk: number;
  readonly out: string;
  readonly json: boolean;
  readonly signal: AbortSignal | undefined;
  readonly output: DemoOutput;
  readonly random: () => number;
}

/** @throws InvalidArgumentError naming the option, its value and what is allowed */
export async function checkOptions(given: DemoOptions): Promise<CheckedOptions> {
  const { url, servers = 3, chunk = 5.5, json = false, signal, output = process.stdout, random = Math.random } = given;
  if (!Number.isInteger(servers) || servers < 2 || servers > 16) {
    throw new InvalidArgumentError('servers', servers, 'a whole number from 2 to 16 (one of them dies)');
  }
  if (!(chunk >= 2 && chunk <= 14.9)) {
    throw new InvalidArgumentError('chunk', chunk, 'from 2 to 14.9 seconds');
  }
  if (url?.startsWith('memory:')) {
    throw new InvalidArgumentError('url', url, 'a store that several processes can share, such as sqlite:path');
  }
  const file = given.file === undefined ? undefined : resolve(given.file);
  if (file !== undefined && !(await isFile(file))) throw new InvalidArgumentError('file', given.file, 'a sound file');
  const out = await checkOut(given.out ?? 'tusker-demo.mp3', file);
  return { file, url, servers, chunk, out, json, signal, output, random };
}

async function checkOut(out: string, file: string | undefined): Promise<string> {
  const path = resolve(out);
  const directory = await stat(dirname(path)).catch(() => null);
  const there = await stat(path).catch(() => null);
  if (!directory?.isDirectory() || (there !== null && !there.isFile())) {
    throw new InvalidArgumentError('out', out, 'a file name in a directory that exists');
  }
  if (there !== null && file !== undefined && (await realpath(path)) === (await realpath(file))) {
    throw new InvalidArgumentError('out', out, 'another file than the input');
  }
  return path;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
