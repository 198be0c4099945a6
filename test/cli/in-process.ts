import { EventEmitter } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { runCli } from '../../src/cli/cli.js';
import type { InputStream, OutputStream } from '../../src/cli/surroundings.js';

/** How a run, or a process, ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that goes on: in this process or as one of its own. */
export interface Started {
  /** Rejects when a run in this process has left listeners behind. */
  readonly ended: Promise<Ended>;
  /** What it has written to standard output until now. */
  readonly written: () => string;
  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void;
  /** Writes to its standard input: at a terminal these are keys. */
  type(text: string): void;
}

/** A run in this process. */
export interface StartedHere extends Started {
  /** What it has written to standard error until now. */
  readonly complained: () => string;
  /** It has asked to be stopped, as at Ctrl-Z. */
  isSuspended(): boolean;
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** What a run in this process is given. */
interface Given {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The whole of its standard input. Nothing by default. */
  readonly input?: string;
  readonly tty?: ReturnType<typeof ttyOf>;
}

/** Everything that a run has around it, apart from this process. */
export function surroundingsOf({ cwd, env, input = '', tty }: Given) {
  const stdin: InputStream = tty?.stdin ?? Readable.from(input === '' ? [] : [Buffer.from(input)]);
  const stdout = tty?.stdout ?? new Sink();
  // A terminal shows both.
  const stderr = tty?.stdout ?? new Sink();
  const surroundings = { stdin, stdout, stderr, env, cwd, signals: new EventEmitter(), isSuspended: false };
  const suspend = (): void => {
    surroundings.isSuspended = true;
  };
  return Object.assign(surroundings, { suspend });
}

/** Starts the command line in this process. */
export function startInProcess(args: readonly string[], given: Given): StartedHere {
  const surroundings = surroundingsOf(given);
  const { stdin, stdout, stderr, signals } = surroundings;
  const emitters = { signals, stdin, stdout, stderr };
  const before = listenersOf(emitters);
  const run = async (): Promise<Ended> => {
    const code = await runCli(args, surroundings);
    const after = listenersOf(emitters);
    if (after !== before) throw new Error(`tusker ${args.join(' ')} left listeners behind: ${after}, not ${before}`);
    return { code, stdout: stdout.text, stderr: given.tty ? '' : stderr.text };
  };
  return {
    ended: run(),
    written: () => stdout.text,
    complained: () => stderr.text,
    kill: (signal) => void signals.emit(signal, signal),
    type: (text) => {
      if (!given.tty) throw new Error('Nobody types where there is no terminal.');
      given.tty.stdin.write(text);
    },
    isSuspended: () => surroundings.isSuspended,
  };
}

/** What has listeners, and to what. */
function listenersOf(emitters: Readonly<Record<string, EventEmitter>>): string {
  const counts = Object.entries(emitters).map(([name, emitter]) => [
    name,
    Object.fromEntries(emitter.eventNames().map((event) => [String(event), emitter.listenerCount(event)])),
  ]);
  return JSON.stringify(Object.fromEntries(counts));
}

/** Keeps what is written to it. */
class Sink extends Writable implements OutputStream {
  readonly #parts: Buffer[] = [];

  override _write(part: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#parts.push(part);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString();
  }
}

class TtySink extends Sink {
  readonly isTTY = true;
  columns = 0;
  rows = 0;
}

class TtyKeys extends PassThrough {
  readonly isTTY = true;
  isRaw = false;

  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
}

/** Streams that say that they are a terminal of this size: what is written to `stdin` are keys. */
export function ttyOf(screen: Screen) {
  const stdin = new TtyKeys();
  const stdout = Object.assign(new TtySink(), screen);
  const resize = (size: Screen): void => void Object.assign(stdout, size).emit('resize');
  return { stdin, stdout, resize };
}
