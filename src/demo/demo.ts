import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Children } from './children.js';
import { findFfmpeg } from './ffmpeg.js';
import type { Interruption } from './interruption.js';
import { watchInterruption } from './interruption.js';
import type { CheckedOptions, DemoOptions } from './options.js';
import { checkOptions } from './options.js';
import { perform } from './perform.js';
import type { DemoReport } from './report.js';
import { describeReport } from './report.js';
import type { Run } from './run.js';
import { blankScreen, openScreen } from './screen.js';
import { Stage } from './stage.js';
import { demoTasks } from './tasks.js';

const REMOVE = { recursive: true, force: true, maxRetries: 3 };
const LOOK = 250; // ms between two looks at what the task waits for

/**
 * Transcodes a sound in chunks on several server processes, one of which is killed on the way, merges it once and checks
 * how it sounds; prints as it goes, and leaves the mp3. `ok` in the report is the verdict: a demo that went through but
 * does not sound right does not throw.
 *
 * Surprises: without `signal` it handles SIGINT, SIGTERM and SIGHUP while it runs. Its processes end with it, however it
 * ends; its work directory is removed unless it is itself ended by SIGKILL.
 *
 * @throws InvalidArgumentError for an option; DemoError with a `code` for all that kept it from its end
 */
export async function runDemo(given: DemoOptions = {}): Promise<DemoReport> {
  const options = await checkOptions(given);
  const interruption = watchInterruption(options);
  try {
    const report = await inWorkDirectory(options, interruption);
    const { size } = await stat(report.mp3);
    const lines = options.json ? [JSON.stringify(report)] : ['', ...describeReport(report, size)];
    options.output.write(`${lines.join('\n')}\n`);
    return report;
  } finally {
    interruption.release();
  }
}

async function inWorkDirectory(options: CheckedOptions, interruption: Interruption): Promise<DemoReport> {
  const ffmpeg = await findFfmpeg();
  const directory = await mkdtemp(join(tmpdir(), 'tusker-demo-'));
  const removeAtOnce = () => rmSync(directory, REMOVE);
  process.once('exit', removeAtOnce);
  try {
    const url = options.url ?? `sqlite:${join(directory, 'tusker.db')}`;
    const task = `demo-${randomBytes(4).toString('hex')}`;
    await using tasks = demoTasks(url, 'demo');
    // A store that cannot be used says so here, before anything is started.
    await tasks.stats();
    return await onScreen({ options, ffmpeg, directory, url, task, tasks }, interruption);
  } finally {
    await rm(directory, REMOVE);
    process.removeListener('exit', removeAtOnce);
  }
}

async function onScreen(
  setting: Omit<Run, 'stage' | 'children' | 'signal'>,
  interruption: Interruption,
): Promise<DemoReport> {
  const { options } = setting;
  const title = `tusker demo: ${basename(options.file ?? 'counting to fifty')}, ${options.servers} servers`;
  const screen = options.json ? blankScreen : openScreen(options.output, title);
  const children = new Children();
  const run: Run = { ...setting, stage: new Stage(screen), children, signal: interruption.signal };
  try {
    return await untilStopped(run, interruption);
  } finally {
    screen.end();
    await children.stop();
  }
}

/** Ends with the run, or with the first process that fails, or with the interruption; nothing of the run goes on then. */
async function untilStopped(run: Run, interruption: Interruption): Promise<DemoReport> {
  run.children.failure.catch(interruption.stop);
  const running = perform(run);
  running.catch(interruption.stop);
  const watching = watchTask(run);
  try {
    const report = await running;
    await look(run);
    return report;
  } catch (error) {
    await forget(run);
    throw run.signal.aborted ? run.signal.reason : error;
  } finally {
    interruption.stop(undefined);
    await watching;
  }
}

/** Shows what the task waits for. */
async function watchTask(run: Run): Promise<void> {
  const { signal } = run;
  while (!signal.aborted) {
    await pause(LOOK, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await look(run);
  }
}

async function look({ tasks, task, stage }: Run): Promise<void> {
  const explanation = await tasks.explain(task).catch(() => null);
  if (explanation) stage.emit({ kind: 'explained', sentence: explanation.sentence });
}

/** A store that was given is left without a task that can only fail, as its chunks are gone. */
async function forget({ tasks, task, options }: Run): Promise<void> {
  if (options.url === undefined) return;
  await tasks.cancel(task, 'the demo was stopped').catch(() => {});
  await tasks.remove(task).catch(() => {});
}
