import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { builtPackage } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';
import type { Ended, Screen, Started, StartedHere } from './in-process.js';
import { startInProcess, ttyOf } from './in-process.js';
import { Processes } from './processes.js';
import type { StoreGround } from './stores.js';
import { SQLITE, STORES } from './stores.js';

/**
 * The command line, run in this process over a store that each test has anew, with streams, environment and signals of its
 * own and the folder of the test as its working directory. `process` has the real ones, for what a process does.
 */
export class Program {
  /** The command line as real processes: for signals, exit codes, terminals, pipes and what children inherit. */
  readonly process = new Processes(this);
  #main = '';
  #url = '';
  #folder: ReturnType<typeof temporaryFolder> | undefined;
  readonly #running = new Set<Started>();

  constructor(store: StoreGround = SQLITE) {
    let listeners: Readonly<Record<string, number>>;
    beforeAll(async () => {
      this.#main = join(await builtPackage(), 'cli/main.js');
    });
    beforeEach(async () => {
      this.#folder = temporaryFolder();
      this.#url = await store.open(this.#folder.path);
      listeners = processListeners();
    });
    afterEach(async () => {
      this.process.end();
      // Three of them end even those that do not listen.
      for (const run of this.#running) for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) run.kill(name);
      await Promise.all([...this.#running].map(({ ended }) => ended.catch(() => {})));
      this.#folder?.remove();
      expect(processListeners()).toEqual(listeners);
    });
    afterAll(() => store.end());
  }

  /** The script of the built command line. */
  get main(): string {
    return this.#main;
  }

  /** The store of this test. */
  get url(): string {
    return this.#url;
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

  /** The variables that every run has: those of this process without what would colour, and the store. */
  get env(): NodeJS.ProcessEnv {
    const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
    return { ...env, TUSKER_URL: this.#url, NODE_ENV: '' };
  }

  start(...args: string[]): StartedHere {
    return this.#start(args, {});
  }

  run(...args: string[]): Promise<Ended> {
    return this.#start(args, {}).ended;
  }

  /** With other variables in the environment. */
  runWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
    return this.#start(args, { env }).ended;
  }

  startWith(env: NodeJS.ProcessEnv, ...args: string[]): Started {
    return this.#start(args, { env });
  }

  /** With this text on standard input. */
  runReading(input: string, ...args: string[]): Promise<Ended> {
    return this.#start(args, { input }).ended;
  }

  /** With streams that say that they are a terminal, 100 columns wide and 30 lines high. */
  startOnTerminal(...args: string[]): StartedHere & OnTerminal {
    const tty = ttyOf({ columns: 100, rows: 30 });
    const { stdin, resize } = tty;
    const run = this.#start(args, { tty });
    return { ...run, resize, hangUp: () => void stdin.end(), isRaw: () => stdin.isRaw };
  }

  #start(
    args: readonly string[],
    given: { env?: NodeJS.ProcessEnv; input?: string; tty?: ReturnType<typeof ttyOf> },
  ): StartedHere {
    const run = startInProcess(args, { ...given, cwd: this.folder, env: { ...this.env, ...given.env } });
    this.#running.add(run);
    const forget = (): boolean => this.#running.delete(run);
    run.ended.then(forget, forget);
    return run;
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
}

interface OnTerminal {
  resize(screen: Screen): void;
  /** As Ctrl-D does. */
  hangUp(): void;
  isRaw(): boolean;
}

/** Defines the same tests over every kind of store. */
export function overEachStore(define: (tusker: Program) => void): void {
  for (const store of STORES) describe(`over ${store.name}`, () => define(new Program(store)));
}

/** How many listeners this process has, by what they listen to. */
function processListeners(): Record<string, number> {
  return Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
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
    await pause(10);
  }
}
