import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildSettings } from './child-process.js';
import { settingsToEnv } from './child-process.js';
import { DemoError } from './errors.js';
import type { ChildMessage } from './messages.js';

/** How long a process may take to end once it was asked to, in ms. */
const STOP_GRACE = 3_000;
const KEPT_MESSAGES = 2_000; // characters of what a process complained about last

/** A process of the demo. */
export interface Child {
  readonly name: string;
  readonly running: boolean;
  /** Fulfilled when it has ended, however it did. */
  readonly ended: Promise<void>;
  /** SIGKILL for it and for the ffmpeg that it runs: as when a machine dies, not only a program. */
  kill(): void;
}

/** The processes of one demo. None outlives it: not after an error, not after a signal, not when the demo itself is killed. */
export class Children {
  /** Rejects when a process ends that was not told to. */
  readonly failure: Promise<never>;
  readonly #running = new Set<ChildProcess>();
  readonly #expected = new WeakSet<ChildProcess>();
  #fail: (error: unknown) => void = () => {};
  readonly #killAll = () => {
    for (const child of this.#running) killGroup(child);
  };

  constructor() {
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failure.catch(() => {});
    // Before anything else that happens at the exit: what they write to is removed then.
    process.prependOnceListener('exit', this.#killAll);
  }

  /** Starts one of the programs of the demo, such as `server`. */
  start(
    entry: string,
    settings: ChildSettings,
    args: readonly string[],
    onMessage: (message: ChildMessage) => void,
  ): Child {
    const child = fork(fileURLToPath(new URL(`../demo/${entry}.js`, import.meta.url)), args, {
      env: { ...process.env, ...settingsToEnv(settings) },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A process group of its own: Ctrl-C on the terminal reaches the demo alone, and a kill reaches its ffmpeg too.
      detached: true,
    });
    this.#running.add(child);
    let words = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      words = `${words}${bytes.toString()}`.slice(-KEPT_MESSAGES);
    });
    child.on('message', (message) => onMessage(message as ChildMessage));
    const ended = new Promise<void>((resolve) => {
      const end = (how: string, well: boolean) => {
        this.#running.delete(child);
        if (!well && !this.#expected.has(child)) {
          this.#fail(new DemoError('PROCESS_FAILED', `${settings.name} ended with ${how}. ${words.trim()}`));
        }
        resolve();
      };
      child.once('error', (error) => end(error.message, false));
      child.once('exit', (code, signal) => end(signal ?? `code ${code}`, code === 0));
    });
    return this.#handle(child, settings.name, ended);
  }

  #handle(child: ChildProcess, name: string, ended: Promise<void>): Child {
    const running = this.#running;
    return {
      name,
      ended,
      get running() {
        return running.has(child);
      },
      kill: () => {
        this.#expected.add(child);
        killGroup(child);
      },
    };
  }

  /** Ends all of them, in their own good order where they can. */
  async stop(): Promise<void> {
    const ending = [...this.#running].map(async (child) => {
      this.#expected.add(child);
      const exited = new Promise((resolve) => child.once('exit', resolve));
      const timer = setTimeout(() => killGroup(child), STOP_GRACE);
      if (child.connected) child.disconnect();
      if (this.#running.has(child)) await exited;
      clearTimeout(timer);
    });
    await Promise.all(ending);
    process.removeListener('exit', this.#killAll);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // No process groups here (Windows), or it has ended already.
    child.kill('SIGKILL');
  }
}
