/** The programs of `examples/recipes`, as processes of their own over a Redis of their own. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createTusker } from '../../../src/index.js';
import { endAfterFile, endAfterTest } from '../../harness/endings.js';
import type { RedisServer } from '../../redis-ground/server.js';
import { startServer } from '../../redis-ground/server.js';
import { until } from '../../redis-ground/until.js';
import { installed } from '../../telemetry/installed.js';

export interface RecipePlace {
  /** Where the programs stand, with what they import. */
  readonly path: string;
  readonly redis: RedisServer;
  start(program: string, args?: readonly string[], env?: Readonly<Record<string, string>>): Program;
}

/** To be called before all tests of a file. */
export async function recipePlace(): Promise<RecipePlace> {
  const place = await installed('examples/recipes');
  endAfterFile(() => place.remove());
  const redis = await startServer();
  endAfterFile(() => redis.stop());
  const path = join(place.path, 'recipes');
  return {
    path,
    redis,
    start: (program, args = [], env = {}) => {
      const started = new Program(join(path, program), args, { TUSKER_URL: redis.url, ...env });
      endAfterTest(() => started.end('SIGKILL'));
      return started;
    },
  };
}

/** What an operator sees of a namespace. */
export function namespaceOf(
  { redis }: RecipePlace,
  name: string,
): ReturnType<ReturnType<typeof createTusker>['namespace']> {
  const tusker = createTusker(redis.url);
  endAfterTest(() => tusker.stop({ grace: 0 }));
  return tusker.namespace(name);
}

/** How often a task came to this state. */
export async function timesOf(tasks: ReturnType<typeof namespaceOf>, task: string, kind: string): Promise<number> {
  const { events } = await tasks.reader.events({ after: '0', limit: 1000 });
  return events.filter((event) => event.task === task && event.kind === kind).length;
}

export class Program {
  readonly process: ChildProcess;
  #output = '';

  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.process = spawn(process.execPath, [file, ...args], {
      cwd: join(file, '..'),
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves when it has printed this. */
  async said(words: string): Promise<void> {
    await until(`${words}; it printed ${this.#output}`, async () => this.#output.includes(words) || undefined);
  }

  /** Sends a signal and waits for its end; its exit status. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.process.kill(signal);
    return await this.ended();
  }

  async ended(): Promise<number | null> {
    const { exitCode, signalCode } = this.process;
    if (exitCode === null && signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }
}
