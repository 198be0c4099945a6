import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { kill, platform } from 'node:process';
import { finished } from 'node:stream';
import { signalExitCode } from './errors.js';
import type { InputStream, OutputStream, Surroundings } from './surroundings.js';
import { oneLine } from './text.js';

/** How long a child may take to end after SIGTERM, in ms; then SIGKILL. */
const PATIENCE = 5000;
/** Exit code of a command that says: this will never work, do not try again (EX_DATAERR of sysexits). */
const FATAL_EXIT = 65;

export interface ChildOptions {
  /** Those of ours that it is to use; for the others there are pipes at its `process`. */
  readonly streams?: ChildStreams;
  /** Added to the environment; what cannot stand there (a NUL in it) is left out. */
  readonly env: Readonly<Record<string, string | number>>;
  /** A process group of its own: signals go to all of it, and those of the terminal do not reach it. */
  readonly ownGroup?: boolean;
}

interface ChildStreams {
  readonly stdin?: InputStream;
  readonly stdout?: OutputStream;
  readonly stderr?: OutputStream;
}

/** A command that runs. */
export class Child {
  readonly process: ChildProcess;
  /** Resolves when it has ended and its output is read, or it could not be started. Never rejects. */
  readonly ended: Promise<Ending>;
  readonly #ownGroup: boolean;
  #hasEnded = false;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(
    [program = '', ...args]: readonly string[],
    surroundings: Pick<Surroundings, 'env' | 'cwd'>,
    { streams = {}, env, ownGroup = false }: ChildOptions,
  ) {
    this.#ownGroup = ownGroup && platform !== 'win32';
    const added = Object.entries(env).filter(([, value]) => !String(value).includes('\0'));
    this.process = spawn(program, args, {
      stdio: [shared(streams.stdin), shared(streams.stdout), shared(streams.stderr)],
      detached: this.#ownGroup,
      cwd: surroundings.cwd,
      env: { ...surroundings.env, ...Object.fromEntries(added.map(([name, value]) => [name, String(value)])) },
    });
    const part = joined(this.process, streams);
    this.ended = new Promise((resolve) => {
      const end = (ending: Ending): void => {
        this.#hasEnded = true;
        part();
        clearTimeout(this.#killTimer);
        resolve(ending);
      };
      this.process.once('close', (code, signal) => end(new Ending(program, code, signal)));
      this.process.on('error', (error) => {
        // Without a process id it never ran; other errors are of signals that came too late.
        if (this.process.pid === undefined) end(new Ending(program, null, null, error));
      });
    });
  }

  kill(signal: NodeJS.Signals): void {
    const { pid } = this.process;
    if (this.#hasEnded || pid === undefined) return;
    try {
      if (this.#ownGroup) kill(-pid, signal);
      else this.process.kill(signal);
    } catch {
      // It has just ended.
    }
  }

  /** SIGTERM; when it has not ended after some seconds, SIGKILL. */
  terminate(): void {
    if (this.#killTimer !== undefined) return;
    this.kill('SIGTERM');
    // One that was stopped would get it only when somebody lets it go on.
    this.kill('SIGCONT');
    this.#killTimer = setTimeout(() => this.killNow(), PATIENCE);
  }

  /** SIGKILL, and no more waiting for its output: others may hold its pipes open. */
  killNow(): void {
    this.kill('SIGKILL');
    this.process.stdout?.destroy();
    this.process.stderr?.destroy();
  }
}

/** An open file is handed on; other streams are joined to a pipe. */
function shared(stream: InputStream | OutputStream | undefined): number | 'pipe' {
  return stream?.fd ?? 'pipe';
}

/** Joins the pipes of a command to the streams that are no open files, until the function that it gives is called. */
function joined(child: ChildProcess, { stdin, stdout, stderr }: ChildStreams): () => void {
  const { stdin: input, stdout: output, stderr: errors } = child;
  // A command need not read.
  input?.on('error', () => {});
  if (stdin && input) stdin.pipe(input);
  // A pipe hands on the end of a stream, but not that it broke.
  const unwatch = stdin && input && finished(stdin, { writable: false }, () => input.end());
  if (stdout) output?.pipe(stdout, { end: false });
  if (stderr) errors?.pipe(stderr, { end: false });
  return () => {
    unwatch?.();
    if (input) stdin?.unpipe(input);
    if (stdout) output?.unpipe(stdout);
    if (stderr) errors?.unpipe(stderr);
  };
}

/** How a command ended. */
export class Ending {
  constructor(
    private readonly program: string,
    readonly code: number | null,
    readonly signal: NodeJS.Signals | null,
    private readonly startError?: Error,
  ) {}

  get isOk(): boolean {
    return this.code === 0;
  }

  /** It said that trying again is of no use. */
  get isFatal(): boolean {
    return this.code === FATAL_EXIT;
  }

  /** What a shell would exit with. */
  get exitCode(): number {
    if (this.signal !== null) return signalExitCode(this.signal);
    if (this.code !== null) return this.code;
    return this.#startCode === 'ENOENT' ? 127 : 126;
  }

  get #startCode(): string {
    return (this.startError as NodeJS.ErrnoException | undefined)?.code ?? 'NOT_STARTED';
  }

  /** What went wrong, with what the command said last. */
  error(said = ''): CommandError {
    const [code, how] = this.#words();
    return new CommandError(code, `${oneLine(basename(this.program))} ${how}${said === '' ? '' : `: ${said}`}`);
  }

  #words(): [code: string, how: string] {
    if (this.signal !== null) return [this.signal, `was ended by ${this.signal}`];
    if (this.code !== null) return [`EXIT_${this.code}`, `exited with code ${this.code}`];
    return [this.#startCode, `could not be started (${this.startError?.message ?? 'no reason given'})`];
  }
}

/** A command failed. Stored as the error of its unit or attempt, so without a stack: it would be ours. */
export class CommandError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'CommandError';
    delete this.stack;
  }
}
