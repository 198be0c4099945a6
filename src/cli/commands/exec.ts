import type { Lock } from '../../index.js';
import { isTuskerError } from '../../index.js';
import { ResultCapture } from '../capture.js';
import type { Ending } from '../child.js';
import { Child } from '../child.js';
import type { Command, Context } from '../command.js';
import { signalExitCode } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { Interruption } from '../interruption.js';
import { printable } from '../text.js';

/** `tusker exec`: a lock that is held while a command runs. */
export const exec: Command = {
  name: 'exec',
  summary: 'lock a unit while a command runs; done when it exits with 0',
  usage: 'TASK UNIT -- COMMAND [ARG…]',
  options: {
    ttl: { value: 'DURATION', summary: 'how long the lock outlives this process; it is renewed', default: '60s' },
    'max-hold': { value: 'DURATION', summary: 'how long it is held at most', default: '1h' },
    wait: { value: 'DURATION', summary: 'how long to wait for a unit that somebody else holds', default: '0' },
    result: { value: 'JSON', summary: "the unit's result" },
    'stdout-result': { summary: "the command's standard output is the result: JSON, else a text" },
    holder: { value: 'TEXT', summary: 'for people: who holds the lock', default: 'host:pid' },
  },
  details: [
    "The exit code is the command's: 128+n when signal n ended it, 126 or 127 when it could not be started. Any other code",
    'than 0 fails the unit, which may be tried again, but not after 65. A unit that is done is skipped, with 0.',
    '',
    'SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on to the command and to all that it has started (its process group),',
    'and its end decides about the unit: ended by such a signal, or with 128 and its number, it has not failed: the unit is let',
    'go, so that others have it at once. A second signal is SIGKILL for them. Where standard input is a terminal the command',
    'stays in the foreground, and the terminal itself sends it the signals of its keys.',
    '',
    'When the lock is lost the command gets SIGTERM and after 5 s SIGKILL, and the exit code is 6.',
    '',
    'The command finds TUSKER_TASK, TUSKER_UNIT and TUSKER_TOKEN (the fencing token) in its environment. With --json its',
    'standard output goes to standard error.',
  ],
  exits: [
    ['0', 'the unit is done, now or before'],
    ['4', 'somebody else holds the unit (LOCK_HELD); see --wait'],
    ['5', 'the task takes no more units (TASK_RELEASED)'],
    ['7', 'the unit has failed for good (UNIT_FAILED)'],
    ['6', 'the lock was lost (LOCK_LOST, CANCELLED)'],
    ['126', 'the command could not be started'],
    ['127', 'the command was not found'],
    [
      '128+n',
      'signal n ended the command (the unit is let go when it was passed on), or the wait for the lock (INTERRUPTED)',
    ],
  ],
  examples: [
    '# encode the seventh chunk; who waits for the task gets its key',
    `tusker exec song-1 7 --result '{"key":"7.mp3"}' -- ffmpeg -i 7.ogg 7.mp3`,
    '# what the command prints is the result',
    'tusker exec song-1 8 --wait 30s --stdout-result -- ./encode 8.ogg',
  ],
  seeAlso: ['close', 'work', 'lock', 'units'],
  lasts: () => 'waits',
  run,
};

async function run(context: Context): Promise<number> {
  const { input, tusker } = context;
  const task = input.argument('TASK');
  const unit = input.argument('UNIT');
  const options = given({
    ttl: input.duration('ttl'),
    maxHold: input.duration('max-hold'),
    wait: input.duration('wait'),
    holder: input.text('holder'),
  });
  const result = input.json('result');
  using interruption = new Interruption(context.surroundings.signals);
  try {
    await context.reached(interruption.signal);
    const lock = await tusker.lock(task, unit, { ...options, signal: interruption.signal });
    return await new Execution(context, lock, result).run(interruption);
  } catch (error) {
    const isDone = isTuskerError(error, 'UNIT_DONE');
    const wasPart = isTuskerError(error, 'TASK_RELEASED') && error.unitState === 'done';
    if (!isDone && !wasPart) throw error;
    context.output.note(`unit ${printable(unit)} of task ${printable(task)} is done already`);
    const result = isDone ? error.result : null;
    if (context.output.json) await context.output.show({ kind: 'already-done', task, unit, result }, '');
    return EXIT.ok;
  }
}

class Execution {
  /** With which the command ends when it is stopped by what stops this process. */
  readonly #codes = new Set<number>();

  constructor(
    private readonly context: Context,
    private readonly lock: Lock,
    private readonly result: unknown,
  ) {}

  async run(interruption: Interruption): Promise<number> {
    const { signal } = this.lock;
    try {
      interruption.signal.throwIfAborted();
      const { child, capture } = this.#start();
      interruption.onEach((name, count) => {
        this.#codes.add(signalExitCode(name));
        if (count === 1) return this.#passOn(child, name);
        this.#codes.add(signalExitCode('SIGKILL'));
        child.killNow();
      });
      const end = (): void => child.terminate();
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      const ending = await child.ended;
      signal.removeEventListener('abort', end);
      if (ending.isOk) return await this.#done(capture ? capture.value() : this.result);
      if (this.#codes.has(ending.exitCode) && !signal.aborted) return await this.#stopped(ending);
      return await this.#failed(ending);
    } catch (error) {
      // Not started, or with a result that cannot be stored.
      if (!this.lock.isSettled) await this.#fail(error, false);
      throw error;
    }
  }

  #start(): { child: Child; capture: ResultCapture | undefined } {
    const { input, output, surroundings } = this.context;
    const { stdin, stdout, stderr } = surroundings;
    const { task, unit, token } = this.lock;
    const captures = input.flag('stdout-result');
    const env = { TUSKER_TASK: task, TUSKER_UNIT: unit, TUSKER_TOKEN: token };
    // A group of its own gets all signals whole. At a terminal it would be in the background, where it could not read.
    const ownGroup = !stdin.isTTY;
    const streams = { stdin, stderr, ...(!captures && { stdout: output.json ? stderr : stdout }) };
    const child = new Child(input.command, surroundings, { streams, env, ownGroup });
    const captured = captures ? child.process.stdout : null;
    return { child, capture: captured ? new ResultCapture(captured) : undefined };
  }

  /** A terminal sends the signals of its keys to the command as well: twice would mean "at once" to many. */
  #passOn(child: Child, signal: NodeJS.Signals): void {
    const isOfKey = signal === 'SIGINT' || signal === 'SIGQUIT';
    if (!isOfKey || !this.context.surroundings.stdin.isTTY) child.kill(signal);
  }

  /** The work was done: even when the lock has run out meanwhile this holds, unless somebody else has taken it. */
  async #done(result: unknown): Promise<number> {
    const { task, unit, token } = this.lock;
    const progress = await this.lock.unlock(result);
    if (this.context.output.json) await this.context.output.show({ kind: 'done', task, unit, token, ...progress }, '');
    return EXIT.ok;
  }

  /** Through no fault of its own: others may have the unit at once. */
  async #stopped(ending: Ending): Promise<number> {
    const { task, unit, token } = this.lock;
    const { output } = this.context;
    await this.#told(this.lock.letGo());
    output.note(`unit ${printable(unit)} of task ${printable(task)} was let go: ${ending.error().message}`);
    if (output.json) await output.show({ kind: 'let-go', task, unit, token, exitCode: ending.exitCode }, '');
    return ending.exitCode;
  }

  async #failed(ending: Ending): Promise<number> {
    const { task, unit, token, signal } = this.lock;
    const { output } = this.context;
    const error = ending.error();
    const isLost = signal.aborted;
    await this.#fail(error, ending.isFatal);
    if (isLost) throw signal.reason;
    const { code, message } = error;
    output.note(`unit ${printable(unit)} of task ${printable(task)} failed: ${message}`);
    const details = { exitCode: ending.exitCode, error: { code, message } };
    if (output.json) await output.show({ kind: 'failed', task, unit, token, ...details }, '');
    return ending.exitCode;
  }

  #fail(error: unknown, final: boolean): Promise<void> {
    return this.#told(this.lock.fail(error, { final }));
  }

  /** The command's own end matters more than that it could not be written down. */
  async #told(telling: Promise<unknown>): Promise<void> {
    try {
      await telling;
    } catch (failure) {
      const isGone = isTuskerError(failure, 'LOCK_LOST') || isTuskerError(failure, 'CANCELLED');
      if (!isGone) this.context.output.error(failure);
    }
  }
}
