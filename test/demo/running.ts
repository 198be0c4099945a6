import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { countToFifty } from '../../src/demo/counting.js';
import { findFfmpeg, runFfmpeg } from '../../src/demo/ffmpeg.js';
import { builtPackage } from '../harness/shared.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A demo that runs as a process of its own. */
export interface Running {
  readonly process: ChildProcess;
  /** What it printed so far. */
  printed(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** A place where demos run, each in a directory of its own that takes its temporary files as well. */
export class Playground {
  #directory = '';
  #runs = 0;

  private constructor(
    private readonly root: string,
    readonly ffmpeg: string,
    /** The first twelve seconds of the counting, for histories that need not last longer. */
    readonly short: string,
  ) {}

  static async open(): Promise<Playground> {
    await builtPackage();
    const root = await mkdtemp(join(tmpdir(), 'tusker-demo-test-'));
    const ffmpeg = await findFfmpeg();
    const short = join(root, 'short.wav');
    await runFfmpeg(ffmpeg, ['-i', `file:${await countToFifty(ffmpeg, root)}`, '-t', '12', `file:${short}`]);
    return new Playground(root, ffmpeg, short);
  }

  /** Where the last demo ran. */
  get directory(): string {
    return this.#directory;
  }

  /** Runs a demo by its function; `chance` is what all its random numbers are. */
  start(options: object, env: Record<string, string> = {}): Promise<Running> {
    return this.#spawn([at('children/run-demo.mjs'), JSON.stringify(options)], env);
  }

  /** Runs a demo as a user does. */
  tusker(...args: string[]): Promise<Running> {
    return this.#spawn([at('../../dist/cli/main.js'), ...args], {});
  }

  async #spawn(args: readonly string[], env: Record<string, string>): Promise<Running> {
    this.#directory = join(this.root, String(this.#runs++));
    await mkdir(join(this.#directory, 'tmp'), { recursive: true });
    const child = spawn(process.execPath, args, {
      cwd: this.#directory,
      env: { ...process.env, TUSKER_URL: '', TMPDIR: join(this.#directory, 'tmp'), ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => {
      stdout += bytes.toString();
    });
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes.toString();
    });
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
    return { process: child, printed: () => stdout, ended };
  }

  /** Waits until the last demo's processes have ended, and holds it against what it left on disk. */
  async expectNothingLeft(): Promise<void> {
    await this.untilAllEnded();
    expect(await readdir(join(this.#directory, 'tmp'))).toEqual([]);
  }

  async untilAllEnded(): Promise<void> {
    await until(async () => (await processesIn(this.#directory)).length === 0);
  }

  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The processes that were started with this directory in their environment, as Linux tells them; none elsewhere. */
async function processesIn(directory: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    pids.map(async (pid) => [pid, await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')] as const),
  );
  return environments.filter(([, environment]) => environment.includes(directory)).map(([pid]) => pid);
}
