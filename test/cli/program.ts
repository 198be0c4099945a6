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
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { temporaryFolder } from '../subjects.js';
import type { StoreGround } from './stores.js';
import { SQLITE, STORES } from './stores.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let home: string | undefined;
/** How many share the build of this file: the last one removes it. */
let users = 0;

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
  /** What it has written to standard output until now. */
  readonly written: () => string;
}

/**
 * The command line as real processes, built for this file of tests, over a store that each test has anew. Other processes
 * are ended after the test.
 */
export class Program {
  #home = '';
  #url = '';
  #folder: ReturnType<typeof temporaryFolder> | undefined;
  readonly #running = new Set<ChildProcess>();

  constructor(store: StoreGround = SQLITE) {
    users++;
    beforeAll(() => {
      this.#home = buildOnce();
    });
    beforeEach(async () => {
      this.#folder = temporaryFolder();
      this.#url = await store.open(this.#folder.path);
    });
    afterEach(async () => {
      for (const child of this.#running) child.kill('SIGKILL');
      this.#folder?.remove();
    });
    afterAll(async () => {
      await store.end();
      users--;
      if (users === 0) rmSync(this.#home, { recursive: true, force: true });
    });
  }

  /** The store of this test. */
  get url(): string {
    return this.#url;
  }

  /** The script of the command line. */
  get main(): string {
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
      env: {
        ...process.env,
        TUSKER_URL: this.#url,
        NODE_ENV: '',
        TUSKER: this.main,
        NO_COLOR: undefined,
        FORCE_COLOR: undefined,
        ...env,
      },
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
    return { process: child, ended, written: () => stdout };
  }

  start(...args: string[]): Running {
    return this.#start(process.execPath, [this.main, ...args], {}, 'ignore');
  }

  run(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** With other variables in the environment. */
  runWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
    return this.#start(process.execPath, [this.main, ...args], env, 'ignore').ended;
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
  bash(script: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const prologue = `set -o pipefail; tusker() { "${process.execPath}" "$TUSKER" "$@"; }; `;
    return this.#start('bash', ['-c', prologue + script], env, 'ignore').ended;
  }

  /**
   * A command of a shell on a terminal of its own, 100 columns wide and 30 lines high; what is written to `process.stdin`
   * are keys, and `stdout` has what the terminal was sent. `tty` in the folder names it.
   */
  onTerminal(script: string, env: NodeJS.ProcessEnv = {}): Running {
    const prologue = `stty cols 100 rows 30; tty > tty; tusker() { "${process.execPath}" "$TUSKER" "$@"; };`;
    const shell = `bash -c ${quoted(`${prologue} ${script}`)}`;
    const terminal = { TERM: 'xterm-256color', ...env };
    return this.#start('script', ['-qfec', shell, '/dev/null'], terminal, 'pipe');
  }
}

/** Defines the same tests over every kind of store, each with a command line of its own. */
export function overEachStore(define: (tusker: Program) => void): void {
  for (const store of STORES) describe(`over ${store.name}`, () => define(new Program(store)));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A build of its own: others may be building, too. In `node_modules`, so that packages are found from there. */
function buildOnce(): string {
  if (home !== undefined) return home;
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'node_modules/.cache/tusker-cli-'));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '--outDir', join(folder, 'dist'), '--declaration', 'false', '--sourceMap', 'false'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  const main = join(folder, 'dist/cli/main.js');
  if (!existsSync(main)) throw new Error(`The command line could not be built: ${stdout}`);
  chmodSync(main, 0o755);
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'assets'), join(folder, 'assets'));
  home = folder;
  return folder;
}

/** Whether a process of the command line handles signals already: by itself Node leaves SIGHUP alone. */
export function handlesSignals({ pid }: ChildProcess): boolean {
  const [, caught = '0'] = /^SigCgt:\s*([\da-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}

export function linesOf(stdout: string): Record<string, unknown>[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Resolves when it holds; fails after thirty seconds with what was waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
