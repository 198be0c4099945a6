import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Ended, Started } from './in-process.js';

/** A process that was started, of the command line or of a shell. */
export interface StartedProcess extends Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended & { readonly signal: NodeJS.Signals | null }>;
}

/** Where the processes of a test run. */
interface Ground {
  /** The script of the built command line. */
  readonly main: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The built command line as real processes. Those that have not ended are ended after the test. */
export class Processes {
  readonly #running = new Set<ChildProcess>();

  constructor(private readonly ground: Ground) {}

  end(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }

  start(...args: string[]): StartedProcess {
    return this.#start(process.execPath, [this.ground.main, ...args], {}, 'ignore');
  }

  run(...args: string[]): StartedProcess['ended'] {
    return this.start(...args).ended;
  }

  /** With other variables in the environment. */
  runWith(env: NodeJS.ProcessEnv, ...args: string[]): StartedProcess['ended'] {
    return this.#start(process.execPath, [this.ground.main, ...args], env, 'ignore').ended;
  }

  /** A script of a shell. */
  shell(script: string): StartedProcess['ended'] {
    return this.#start('bash', ['-c', script], {}, 'ignore').ended;
  }

  /** A script in which `tusker` is the command line. */
  bash(script: string): StartedProcess['ended'] {
    return this.shell(`set -o pipefail; ${this.#shellFunction} ${script}`);
  }

  /**
   * A script of a shell on a terminal of its own, 100 columns wide and 30 lines high; `stdout` has what the terminal was
   * sent. `tty` in the folder names it.
   */
  shellOnTerminal(script: string, env: NodeJS.ProcessEnv = {}): StartedProcess {
    const shell = `bash -c ${quoted(`stty cols 100 rows 30; tty > tty; ${script}`)}`;
    return this.#start('script', ['-qfec', shell, '/dev/null'], { TERM: 'xterm-256color', ...env }, 'pipe');
  }

  /** The same with a script in which `tusker` is the command line. */
  onTerminal(script: string, env: NodeJS.ProcessEnv = {}): StartedProcess {
    return this.shellOnTerminal(`${this.#shellFunction} ${script}`, env);
  }

  get #shellFunction(): string {
    return `tusker() { ${quoted(process.execPath)} ${quoted(this.ground.main)} "$@"; };`;
  }

  #start(command: string, args: readonly string[], env: NodeJS.ProcessEnv, input: 'ignore' | 'pipe'): StartedProcess {
    const { folder, env: common } = this.ground;
    const child = spawn(command, args, { cwd: folder, env: { ...common, ...env }, stdio: [input, 'pipe', 'pipe'] });
    this.#running.add(child);
    const parts: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr'] as const)
      child[name]?.on('data', (part: Buffer) => void parts[name].push(part));
    const textOf = (name: 'stdout' | 'stderr'): string => Buffer.concat(parts[name]).toString();
    const ended: StartedProcess['ended'] = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.#running.delete(child);
        resolve({ code, signal, stdout: textOf('stdout'), stderr: textOf('stderr') });
      });
    });
    return {
      process: child,
      ended,
      written: () => textOf('stdout'),
      kill: (signal) => void child.kill(signal),
      type: (text) => void child.stdin?.write(text),
    };
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Whether a process of the command line handles signals already: by itself Node leaves SIGHUP alone. */
export function handlesSignals({ pid }: ChildProcess): boolean {
  const [, caught = '0'] = /^SigCgt:\s*([\da-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}
