import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FailedContext, WorkContext } from '../index.js';
import { FatalError, StoppedError } from '../index.js';
import { Complaints, ResultCapture } from './capture.js';
import { Child } from './child.js';
import type { Surroundings } from './surroundings.js';

/** Characters of JSON that go to a command at once. */
const PIECE = 65_536;

/** Something that a command is run for, under a lease. */
interface Job {
  readonly task: string;
  readonly attempt: number;
  readonly token: number;
  readonly signal: AbortSignal;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the command gets on its standard input, piece by piece. */
  document(): AsyncIterable<string> | Iterable<string>;
  /** What its standard output is: the result, or words for people. */
  readonly output: 'result' | 'words';
}

/** Runs a command for each released task, or for each failed one: the task as JSON on its standard input. */
export class TaskRunner {
  readonly #children = new Set<Child>();
  #hurried = false;

  constructor(
    private readonly surroundings: Surroundings,
    private readonly options: { readonly command: readonly string[]; readonly partial?: boolean },
  ) {}

  /** The result of one attempt. @throws CommandError, FatalError (exit code 65), IncompleteTaskError, StoppedError (to be given back) */
  readonly run = async (context: WorkContext): Promise<unknown> => {
    // Refused, with what is missing and why.
    if (context.incomplete && this.options.partial !== true) await context.results();
    const { task, attempt, token, signal } = context;
    return this.#run({ task, attempt, token, signal, document: () => taskJson(context), output: 'result' });
  };

  /** Resolves when a failed task is acknowledged. @throws CommandError, FatalError (exit code 65), StoppedError (to be given back) */
  readonly runFailed = async (context: FailedContext): Promise<void> => {
    const { task, attempt, token, signal, reason } = context;
    const env = { TUSKER_REASON: reason };
    await this.#run({ task, attempt, token, signal, env, document: () => [failedJson(context)], output: 'words' });
  };

  async #run(job: Job): Promise<unknown> {
    const { task, attempt, token, signal, env } = job;
    const child = new Child(this.options.command, this.surroundings, {
      ownGroup: true,
      env: { TUSKER_TASK: task, TUSKER_ATTEMPT: attempt, TUSKER_TOKEN: token, ...env },
    });
    const end = (): void => child.terminate();
    this.#children.add(child);
    signal.addEventListener('abort', end);
    if (this.#hurried || signal.aborted) end();
    try {
      return await this.#result(child, job);
    } finally {
      this.#children.delete(child);
      signal.removeEventListener('abort', end);
    }
  }

  async #result(child: Child, job: Job): Promise<unknown> {
    const { stdin, stdout, stderr } = child.process as { stdin: Writable; stdout: Readable; stderr: Readable };
    const capture = job.output === 'result' ? new ResultCapture(stdout) : undefined;
    // The standard output of a worker is its own.
    if (!capture) stdout.on('data', (part: Buffer) => this.surroundings.stderr.write(part));
    const complaints = new Complaints(stderr, this.surroundings.stderr);
    const unread = await feed(stdin, job).catch((error: unknown) => {
      // Half a task must not be merged.
      child.terminate();
      return { error };
    });
    const ending = await child.ended;
    if (unread) throw unread.error;
    if (ending.isOk) return capture?.value();
    // Its task is given back, by the worker or by leaving the scope of the claim.
    if (this.#hurried) throw new StoppedError('The worker was stopped.');
    job.signal.throwIfAborted();
    const error = ending.error(complaints.last);
    throw ending.isFatal ? new FatalError(error.message) : error;
  }

  /** No more time: the commands are ended and their tasks given back. The second time: ended at once. */
  hurry(): void {
    const isSecond = this.#hurried;
    this.#hurried = true;
    for (const child of this.#children) {
      if (isSecond) child.killNow();
      else child.terminate();
    }
  }
}

/** Writes the task as JSON. A command need not read it, so only the store's errors count. */
async function feed(stdin: Writable, job: Job): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  async function* pieces(): AsyncGenerator<string, void, undefined> {
    try {
      yield* job.document();
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  await pipeline(pieces(), stdin).catch(() => {});
  if (failure) throw failure.error;
}

/** One JSON document; the results are read from the store as the command reads them. */
async function* taskJson(context: WorkContext): AsyncGenerator<string, void, undefined> {
  const { task, info, attempt, attempts, token, incomplete } = context;
  const head = JSON.stringify({ task, info: info ?? null, attempt, attempts, token, incomplete });
  const units: string[] = [];
  let piece = `${head.slice(0, -1)},"results":[`;
  for await (const { unit, state, result } of context.units()) {
    if (state !== 'done') continue;
    piece += `${units.length === 0 ? '' : ','}${JSON.stringify(result) ?? 'null'}`;
    units.push(unit);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}],"units":${JSON.stringify(units)}}\n`;
}

/** One JSON document: the task, and why it failed. */
function failedJson(context: FailedContext): string {
  const { task, info, error, reason, errors, units, incomplete, attempt, token } = context;
  const { name, code, message } = error;
  const all = {
    task,
    info: info ?? null,
    reason,
    error: { name, code, message },
    errors,
    units,
    incomplete,
    attempt,
    token,
  };
  return `${JSON.stringify(all)}\n`;
}
