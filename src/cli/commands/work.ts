import { setTimeout as pause } from 'node:timers/promises';
import type { FetchFailedOptions, Worker } from '../../index.js';
import type { Command, Context } from '../command.js';
import { isStoreAway, UsageError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { Interruption } from '../interruption.js';
import { failedComplaint, failedJob, mergeComplaint, mergeJob } from '../jobs.js';
import { Outage } from '../outage.js';
import type { Output } from '../output.js';
import { TaskRunner } from '../task-runner.js';
import { printable } from '../text.js';
import { runOnce, takeOne } from '../work-once.js';

const DEFAULT_GRACE = 10_000;
/** How much longer than the grace the worker waits, in ms: for the end of the commands that are ended then. */
const AFTER_GRACE = 15_000;

/** `tusker work`: a command for each released task, or for each failed one. */
export const work: Command = {
  name: 'work',
  summary: 'run a command for each released task, or with --failed for each failed one',
  usage: '-- COMMAND [ARG…]',
  options: {
    failed: { summary: 'for failed tasks instead: each until the command has exited with 0' },
    concurrency: { value: 'N', summary: 'how many tasks at once', default: '1' },
    lease: { value: 'DURATION', summary: 'how long a claim outlives this process; it is renewed', default: '30s' },
    once: { summary: 'end after one task: 0 when all went well, 7 when the command failed, 3 when there was none' },
    wait: { value: 'DURATION', summary: 'with --once: how long to wait for a task', default: '0' },
    timeout: { value: 'DURATION', summary: 'with --failed: how long a command may take', default: '15m' },
    partial: { summary: 'also take tasks that lack units; without it that is a failed attempt' },
    grace: { value: 'DURATION', summary: 'how long commands may go on after a signal to stop', default: '10s' },
    worker: { value: 'TEXT', summary: 'for people: who works', default: 'host:pid' },
  },
  details: [
    'The command gets the task as one JSON document on its standard input:',
    '',
    '  {"task":"song-1","info":…,"attempt":1,"attempts":5,"token":…,',
    '   "incomplete":null,"results":[…],"units":["1","2",…]}',
    '',
    'with the results of the units in natural order of their names, written as they are read. TUSKER_TASK, TUSKER_ATTEMPT',
    'and TUSKER_TOKEN (the fencing token) are in its environment.',
    '',
    'Exit code 0 completes the task: standard output is its result, as JSON or else as a text. Exit code 65 fails it for',
    'good, any other one is a failed attempt with the last lines of standard error. When the claim is lost or the attempt',
    'takes too long the command gets SIGTERM and after 5 s SIGKILL, and so do all that it has started (its process group).',
    '',
    'With --failed the command is run for each failed task, cancelled ones and those from before too, until it has exited with 0:',
    'that acknowledges the failure. It gets',
    '',
    '  {"task":"song-1","info":…,"reason":"attempts","error":{"name":…,"code":…,',
    '   "message":…},"errors":[…],"units":[…],"incomplete":null,"attempt":1,"token":…}',
    '',
    'where errors are those of the attempts, units those that failed or expired (at most ten), with their errors, and attempt says',
    'how often this failure was given. TUSKER_REASON is in its environment too. Exit code 65 acknowledges it as well; after any',
    'other one it is given again, after a backoff of 1 s that grows to 5 min. What the command prints goes to standard error. From',
    'the first time on the namespace keeps its failed tasks until they are acknowledged, retried or removed.',
    '',
    'SIGINT, SIGTERM, SIGHUP or SIGQUIT: no more tasks are taken, and commands may end within --grace. Then, or at a second',
    'signal, they get SIGTERM and their tasks are given back, the attempt not spent; at one more signal they get SIGKILL.',
  ],
  exits: [
    ['0', 'stopped by a signal in good order; with --once: the task is completed, or its failure acknowledged'],
    ['3', 'with --once: there was no task'],
    ['6', 'with --once: the claim was lost (STALE_CLAIM, CANCELLED)'],
    ['7', 'with --once: the attempt, or the command for a failed task, failed'],
    ['128+n', 'with --once: signal n ended it, and the task was given back (INTERRUPTED)'],
  ],
  examples: [
    '# a worker that merges four tasks at a time',
    'tusker work --concurrency 4 -- ./merge.sh',
    '# one task, from a script',
    `tusker work --once --wait 1m -- jq -c '{parts: .results}'`,
    '# a word about each failed task; none is lost while the mail server is away',
    `tusker work --failed -- sh -c 'jq -r .error.message | mail -s "$TUSKER_TASK failed" ops@example.org'`,
  ],
  seeAlso: ['exec', 'close', 'result', 'sweep'],
  lasts: (input) => (input.flag('once') ? 'waits' : 'runs on'),
  run,
};

async function run(context: Context): Promise<number> {
  const { input, output, tusker, surroundings } = context;
  const isFailed = input.flag('failed');
  if (isFailed && input.flag('partial')) throw new UsageError('--partial is not for --failed: no results are read');
  if (!isFailed && input.text('timeout') !== undefined) {
    throw new UsageError('--timeout is for --failed; other tasks have a timeout of their own (tusker close --timeout)');
  }
  const terms = given({ lease: input.duration('lease'), worker: input.text('worker') });
  const limit = input.duration('timeout');
  const concurrency = given({ concurrency: input.whole('concurrency') });
  const grace = input.duration('grace') ?? DEFAULT_GRACE;
  const runner = new TaskRunner(surroundings, { command: input.command, partial: input.flag('partial') });
  using interruption = new Interruption(surroundings.signals);
  using _hurry = hurryAfter(grace, interruption, runner);
  // Awaited here: signals are handled until it has ended.
  if (input.flag('once')) return await once(context, runner, interruption, { ...terms, ...given({ maxHold: limit }) });
  using outage = new Outage(context);
  // One that is of no use ends it now; later the worker goes on by itself.
  await outage.until(() => tusker.stats(), interruption.signal);
  if (interruption.signal.aborted) return EXIT.ok;
  const options = { ...terms, ...concurrency, stopGrace: grace + AFTER_GRACE };
  const worker = isFailed
    ? tusker.workFailed(runner.runFailed, { ...options, ...given({ timeout: limit }) })
    : tusker.work(runner.run, options);
  tellOf(worker, output, isFailed);
  worker.on('error', (error) => (isStoreAway(error) ? outage.tell(error) : output.error(error)));
  await interrupted(interruption);
  await worker.stop();
  return EXIT.ok;
}

/** One task, released or failed, and its exit code. */
async function once(
  context: Context,
  runner: TaskRunner,
  interruption: Interruption,
  terms: Omit<FetchFailedOptions, 'timeout' | 'signal'>,
): Promise<number> {
  const { input, output, tusker } = context;
  const { signal } = interruption;
  const wait = input.duration('wait') ?? 0;
  await context.reached(signal);
  if (input.flag('failed')) {
    const failed = await takeOne(tusker, wait, signal, (options) => tusker.fetchFailed({ ...terms, ...options }));
    return failed ? await runOnce(failed, failedJob(runner), { output, interruption }) : EXIT.nothing;
  }
  const claim = await takeOne(tusker, wait, signal, (options) => tusker.fetchReleased({ ...terms, ...options }));
  return claim ? await runOnce(claim, mergeJob(runner), { output, interruption }) : EXIT.nothing;
}

function tellOf(worker: Worker, output: Output, isFailed: boolean): void {
  const complaint = isFailed ? failedComplaint : mergeComplaint;
  const tell = (
    event: string,
    task: string,
    rest: { readonly attempt: number; readonly [key: string]: unknown },
  ): void => output.tell({ event, task, ...rest }, `${event} ${printable(task)} (attempt ${rest.attempt})`);
  worker.on('claimed', ({ task, ...rest }) => tell('claimed', task, rest));
  worker.on('completed', ({ task, attempt, ...rest }) =>
    isFailed ? tell('acknowledged', task, { attempt }) : tell('completed', task, { attempt, ...rest }),
  );
  worker.on('given-back', ({ task, ...rest }) => tell('given-back', task, rest));
  worker.on('stale', ({ task, ...rest }) => tell('stale', task, rest));
  worker.on('failed', ({ task, attempt, outcome, error }) => {
    tell('failed', task, { attempt, outcome, error: errorText(error) });
    output.note(complaint(task, attempt, outcome, errorText(error)));
  });
}

/** The first signal gives the commands a time to end, the second one no more, and one more ends them at once. */
function hurryAfter(grace: number, interruption: Interruption, runner: TaskRunner): Disposable {
  let timer: NodeJS.Timeout | undefined;
  interruption.onEach((_signal, count) => {
    clearTimeout(timer);
    if (count === 1 && grace > 0) timer = setTimeout(() => runner.hurry(), grace);
    else runner.hurry();
  });
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

async function interrupted({ signal }: Interruption): Promise<void> {
  while (!signal.aborted) await pause(2 ** 31 - 1, undefined, { signal }).catch(() => {});
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
