import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { temporaryFolder } from '../subjects.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** The command line as real processes, built for this file of tests, over a SQLite file that each test has anew. */
export class Program {
  #home = '';
  #folder: ReturnType<typeof temporaryFolder> | undefined;
  readonly #running = new Set<ChildProcess>();

  constructor() {
    beforeAll(() => this.#build());
    beforeEach(() => {
      this.#folder = temporaryFolder();
    });
    afterEach(async () => {
      for (const child of this.#running) child.kill('SIGKILL');
      this.#folder?.remove();
    });
    afterAll(() => rmSync(this.#home, { recursive: true, force: true }));
  }

  /** A build of its own: others may be building, too. In `node_modules`, so that packages are found from there. */
  #build(): void {
    mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true });
    this.#home = mkdtempSync(join(ROOT, 'node_modules/.cache/tusker-cli-'));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '--outDir', join(this.#home, 'dist')], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    if (!existsSync(this.#main)) throw new Error(`The command line could not be built: ${stdout}`);
    chmodSync(this.#main, 0o755);
    copyFileSync(join(ROOT, 'package.json'), join(this.#home, 'package.json'));
    symlinkSync(join(ROOT, 'assets'), join(this.#home, 'assets'));
  }

  get #main(): string {
    return join(this.#home, 'dist/cli/main.js');
  }

  get folder(): string {
    if (!this.#folder) throw new Error('There is a folder in a test only.');
    return this.#folder.path;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** What a command of a test has written, or '' when it has not. */
  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8') : '';
  }

  #start(command: string, args: readonly string[], env: NodeJS.ProcessEnv, input: 'ignore' | 'pipe'): Running {
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...process.env, TUSKER_URL: `sqlite:${this.path('tusker.db')}`, NODE_ENV: '', TUSKER: this.#main, ...env },
      stdio: [input, 'pipe', 'pipe'],
    });
    this.#running.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (part: Buffer) => {
      stdout += part.toString();
    });
    child.stderr?.on('data', (part: Buffer) => {
      stderr += part.toString();
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.#running.delete(child);
        resolve({ code, signal, stdout, stderr });
      });
    });
    return { process: child, ended };
  }

  start(...args: string[]): Running {
    return this.#start(process.execPath, [this.#main, ...args], {}, 'ignore');
  }

  run(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** With other variables in the environment. */
  runWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
    return this.#start(process.execPath, [this.#main, ...args], env, 'ignore').ended;
  }

  /** The one JSON document that a command prints with `--json`; it must end with 0. */
  async json(...args: string[]): Promise<Record<string, unknown>> {
    const [document, ...others] = await this.jsonLines(...args);
    if (document === undefined || others.length > 0) throw new Error(`not one document: ${args.join(' ')}`);
    return document;
  }

  /** The JSON lines that a command prints with `--json`; it must end with 0. */
  async jsonLines(...args: string[]): Promise<Record<string, unknown>[]> {
    const end = args.includes('--') ? args.indexOf('--') : args.length;
    const { code, stdout, stderr } = await this.run(...args.slice(0, end), '--json', ...args.slice(end));
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    return linesOf(stdout);
  }

  /** A script in which `tusker` is the command line. */
  bash(script: string): Promise<Ended> {
    const prologue = `set -o pipefail; tusker() { "${process.execPath}" "$TUSKER" "$@"; }; `;
    return this.#start('bash', ['-c', prologue + script], {}, 'ignore').ended;
  }
}

export function linesOf(stdout: string): Record<string, unknown>[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Resolves when it holds; fails after ten seconds with what was waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
