/**
 * A real redis-server of one's own, on a free loopback port, in a temporary folder.
 *
 * Which program runs is said by `TUSKER_TEST_REDIS`:
 * - not set: `redis-server` on the PATH;
 * - the path of a program, such as `/opt/valkey/bin/valkey-server`: that one;
 * - a URL, such as `redis://:password@127.0.0.1:6379`: a server on the loopback that runs already. `startRedis()` gives
 *   that one. Whoever needs options, a second server, or to stop, pause or kill it cannot have it: `startServer()` runs
 *   `redis-server` from the PATH as if nothing were set.
 *
 * Without a URL `startRedis()` gives the one that all files of a worker share. It is emptied by FLUSHALL, and lives on
 * after `stop()`.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shared } from '../harness/shared.js';
import { freePort } from './ports.js';
import { onWire } from './wire.js';

/** How long a server may take until it answers, in ms. */
const READY_WITHIN = 15_000;
const TRIES = 3;

/** Lines of redis.conf by name, such as `{ maxmemory: '10mb', save: '60 1' }`; a list gives several lines. */
export type RedisConfig = Readonly<Record<string, string | number | readonly string[]>>;

export interface RedisServerOptions {
  /** Over the defaults: nothing is saved, and everybody on the loopback may do everything. */
  readonly config?: RedisConfig;
  /** The contents of a configuration file: it is written into the folder, and the server may write into it. */
  readonly file?: string;
  /** Arguments behind all others, such as `['--sentinel']`. */
  readonly flags?: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
  /** With which PING is sent, where the default user has one. */
  readonly password?: string;
}

/** What a test that needs a plain server gets. */
export interface PlainRedis {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a server of one's own, whatever `TUSKER_TEST_REDIS` says but for the program. Resolves when it answers PING.
 * @throws Error with the server's last words
 */
export async function startServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (await freePort());
    const server = new RedisServer(port, options);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Somebody else may have taken the port meanwhile.
      if (options.port !== undefined || tries >= TRIES) throw error;
    }
  }
}

/** A plain, empty server: the one that `TUSKER_TEST_REDIS` names if it is a URL, else that of this worker of the tests. */
export async function startRedis(): Promise<PlainRedis> {
  const url = givenUrl() ?? new URL(`redis://127.0.0.1:${(await shared('redis')).port}`);
  const port = Number(url.port || 6379);
  const password = url.password === '' ? undefined : decodeURIComponent(url.password);
  await onWire(port, (wire) => wire.send('FLUSHALL'), password);
  return { host: url.hostname, port, url: url.href, stop: async () => {} };
}

export class RedisServer implements PlainRedis, MemberServer {
  readonly host = '127.0.0.1';
  /** Its working folder: what it saves is there until `stop`. */
  readonly dir = mkdtempSync(join(tmpdir(), 'tusker-redis-'));
  readonly #guards: ChildProcess[] = [];
  #process: ChildProcess | undefined;
  #output = '';

  constructor(
    readonly port: number,
    private readonly options: RedisServerOptions = {},
  ) {}

  get url(): string {
    return `redis://${this.host}:${this.port}`;
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('the server does not run');
    return pid;
  }

  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What it has printed, for failed tests. */
  get output(): string {
    return this.#output;
  }

  /** Starts the process and resolves when it answers PING. @throws Error with its last words */
  async start(): Promise<void> {
    const { flags = [], config = {} } = this.options;
    const settings = { ...DEFAULTS, ...config, port: this.port, dir: this.dir };
    const child = spawn(redisProgram(), [...this.#file(), ...configArgs(settings), ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.dir,
    });
    this.#process = child;
    this.#guards.push(guardOf(child, this.dir));
    this.#output = '';
    const take = (bytes: Buffer): void => {
      this.#output = (this.#output + bytes.toString()).slice(-20_000);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => {
      take(Buffer.from(error.message));
      this.#process = undefined;
    });
    await this.#answering();
  }

  /** The configuration file as it was left, if there is one. */
  #file(): string[] {
    const { file } = this.options;
    if (file === undefined) return [];
    const path = join(this.dir, 'redis.conf');
    if (!existsSync(path)) writeFileSync(path, file);
    return [path];
  }

  async #answering(): Promise<void> {
    const end = performance.now() + READY_WITHIN;
    for (;;) {
      if (!this.isRunning) throw new Error(`redis-server did not start: ${this.#output.slice(-1000)}`);
      const pong = await onWire(this.port, (wire) => wire.send('PING'), this.options.password).catch(() => undefined);
      if (pong === 'PONG' && this.isRunning) return;
      if (performance.now() > end) throw new Error(`redis-server gave no answer: ${this.#output.slice(-1000)}`);
      await sleep(20);
    }
  }

  /** It stops computing, as under a debugger: connections stay, nothing is answered. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** The end without a word, as by a power cut. Its folder stays. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || !this.isRunning) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Starts it again on the same port and folder; kills it first if it runs. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Ends it by SIGKILL and removes its folder. Safe to repeat. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
    for (const guard of this.#guards.splice(0)) guard.kill('SIGKILL');
  }
}

/** A server among others, of a Cluster or beside Sentinels. */
export interface MemberServer {
  readonly port: number;
  readonly isRunning: boolean;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** SIGSTOP: it answers nothing until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** One of the whole run: it is looked at, and neither killed nor started. */
export class SharedServer implements MemberServer {
  readonly isRunning = true;

  constructor(readonly port: number) {}

  /** @throws Error always */
  async start(): Promise<void> {
    throw new Error('this server is shared by all tests of the run, and runs already');
  }

  /** @throws Error always */
  async kill(): Promise<void> {
    throw new Error('this server is shared by all tests of the run: a test that kills one starts its own');
  }

  /** @throws Error always */
  pause(): void {
    throw new Error('this server is shared by all tests of the run: a test that pauses one starts its own');
  }

  resume(): void {}

  /** Nothing: it ends with the run. */
  async stop(): Promise<void> {}
}

/**
 * Ends a server when this process ends, in whatever way: then the guard's input does. A failed test, or Ctrl-C, which ends
 * the server too, leaves nothing. Another process that has got the number of the server meanwhile works elsewhere.
 */
function guardOf(server: ChildProcess, dir: string): ChildProcess {
  const script = 'read -r _; [ "$(readlink "/proc/$1/cwd")" = "$2" ] && kill -9 "$1"; rm -rf "$2"';
  const args = ['-c', script, 'guard', String(server.pid), dir];
  const guard = spawn('sh', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}

const DEFAULTS: RedisConfig = {
  bind: '127.0.0.1',
  'protected-mode': 'no',
  save: '',
  appendonly: 'no',
  daemonize: 'no',
  loglevel: 'notice',
};

/** Settings as arguments: `--name value`. One that has several values in a line is split at its blanks. */
function configArgs(config: RedisConfig): string[] {
  return Object.entries(config).flatMap(([name, value]) => {
    const lines: readonly string[] = typeof value === 'object' ? value : [String(value)];
    return lines.flatMap((line) => [`--${name}`, ...(line === '' ? [''] : line.split(' '))]);
  });
}

/** The program that servers are started with. */
export function redisProgram(): string {
  const given = process.env.TUSKER_TEST_REDIS;
  return given && !givenUrl() ? given : 'redis-server';
}

function givenUrl(): URL | undefined {
  const given = process.env.TUSKER_TEST_REDIS ?? '';
  return given.includes('://') ? new URL(given) : undefined;
}
