import type { Clock } from '../../core/clock.js';
import { InvalidArgumentError, StoreCorruptError, UnsupportedServerError } from '../../core/errors.js';
import { NoMemory } from './call-errors.js';
import type { Delivery } from './delivery.js';
import type { FunctionName } from './functions.js';
import { FUNCTIONS, WRITING } from './functions.js';
import type { ShardKeys } from './keys.js';
import { shardCountKey } from './keys.js';
import { MissingCommandError } from './refusals.js';

/** What the shards of one store share. */
export interface ShardParts {
  readonly delivery: Delivery;
  readonly namespace: string;
  readonly shards: number;
  /** A clock moved by hand, in tests; without one the server's own. */
  readonly clock: Clock | undefined;
  readonly random: () => number;
}

/** What a call works with beside the keys of the shard. */
export interface Touched {
  /** Whose keys it needs. */
  readonly tasks?: readonly string[];
  /** The few keys are enough. */
  readonly isFew?: boolean;
  /** What stands behind the number of shards. */
  readonly plan?: string;
}

/** One slice of a namespace: calls functions on its keys, once it is known that the server will do. */
export class Shard {
  #ready: Promise<void> | undefined;
  #isReady = false;

  constructor(
    readonly keys: ShardKeys,
    private readonly parts: ShardParts,
  ) {}

  /** @throws what delivery.ts says; UnsupportedServerError when the server cannot keep the promises */
  run(work: FunctionName, args: readonly string[], touched?: Touched): Promise<unknown> {
    if (this.#isReady) return this.#run(work, args, touched);
    return this.ready().then(() => this.#run(work, args, touched));
  }

  /** The command that `run` sends. The first arguments of every function are the clock, and the number of shards. */
  command(
    work: FunctionName,
    args: readonly string[],
    { tasks = [], isFew = false, plan = '' }: Touched = {},
  ): string[] {
    const { clock, shards } = this.parts;
    const own = isFew ? this.keys.few : this.keys.all;
    const command = ['FCALL', work, '', ...own];
    for (const task of tasks) command.push(...(isFew ? this.keys.fewOfTask(task) : this.keys.task(task)));
    command[2] = `${command.length - 3}`;
    command.push(clock ? `${clock.now()}` : '', `${shards}${plan}`);
    for (const arg of args) command.push(arg);
    return command;
  }

  #run(work: FunctionName, args: readonly string[], touched?: Touched): Promise<unknown> {
    const command = this.command(work, args, touched);
    return this.parts.delivery.call(this.keys.all[0] as string, command, WRITING.has(work));
  }

  /** Resolves when it is known that the server will do. */
  async ready(): Promise<void> {
    this.#ready ??= this.#greet();
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
  }

  /** Writes only for a shard that is new, and not where memory is full: whoever greets may want to end or read something. */
  async #greet(): Promise<void> {
    const [version, info, recorded, ...foreign] = (await this.#hello()) as string[];
    checkServer(String(version), String(info));
    if (foreign[0] !== undefined) throw new StoreCorruptError(foreign[0]);
    const count = Number(recorded) || (await this.#count());
    this.#checkCount(count);
    this.#isReady = count !== 0;
    if (!this.#isReady) this.#ready = undefined;
  }

  async #hello(): Promise<unknown> {
    try {
      return await this.#run(FUNCTIONS.hello, []);
    } catch (error) {
      if (!(error instanceof MissingCommandError)) throw error;
      const asked = this.parts.delivery.command(this.keys.all[0] as string, ['INFO', 'server']);
      const info = String(await asked.catch(() => ''));
      const version = /^redis_version:(\S+)/m.exec(info)?.[1];
      if (version !== undefined) checkServer(version, info);
      throw error;
    }
  }

  /** How many shards the namespace has; 0 when that is noted nowhere, and cannot be. */
  async #count(): Promise<number> {
    const { delivery, namespace, shards } = this.parts;
    const key = shardCountKey(namespace);
    try {
      const known = await delivery.command(key, ['GET', key]);
      return Number(known ?? (await delivery.command(key, ['SET', key, `${shards}`, 'NX', 'GET'])) ?? shards);
    } catch (error) {
      if (error instanceof NoMemory) return 0;
      throw error;
    }
  }

  /** A namespace keeps its number of shards: another number would look for its tasks elsewhere. */
  #checkCount(count: number): void {
    const { namespace, shards } = this.parts;
    if (count === shards || count === 0) return;
    const allowed = `${count}, as the namespace ${JSON.stringify(namespace)} was made with`;
    throw new InvalidArgumentError('options.shards', shards, allowed);
  }
}

function checkServer(redisVersion: string, info: string): void {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1];
  const [major = 0, minor = 0] = (valkey ?? redisVersion).split('.').map(Number);
  const isOld = valkey === undefined ? major < 7 : major < 7 || (major === 7 && minor < 2);
  if (isOld) {
    const found = valkey === undefined ? `Redis ${redisVersion}` : `Valkey ${valkey}`;
    throw new UnsupportedServerError(`The server is ${found}; tusker needs Redis 7.0 or Valkey 7.2.`);
  }
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  // The others delete keys with an expiry, which none of tusker's has.
  if (policy?.startsWith('allkeys-')) {
    throw new UnsupportedServerError(
      `The server's maxmemory-policy is ${policy}, which would delete tasks when memory is full. ` +
        'Run CONFIG SET maxmemory-policy noeviction, and put it into redis.conf.',
    );
  }
}
