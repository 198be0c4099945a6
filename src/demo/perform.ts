import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isTuskerError } from '../index.js';
import { decode } from './audio.js';
import { closeAfter } from './closing.js';
import { DemoError } from './errors.js';
import { killWhileEncoding } from './kill.js';
import { shuffled, wholeBetween } from './plan.js';
import type { Prepared } from './prepare.js';
import { prepare } from './prepare.js';
import type { DemoReport } from './report.js';
import { findFailures } from './report.js';
import type { Run } from './run.js';
import { startProcess } from './run.js';
import { sendAll } from './sender.js';
import { startServers } from './servers.js';
import { checkSound } from './sound.js';
import type { Joined } from './tasks.js';

/** How long the merge may take once all chunks are done: this, and some more for each chunk. Ms. */
const MERGE_TIME = { whole: 60_000, perChunk: 1_000 };

/** The demo from the first cut to the check of the sound. The mp3 is in its place afterwards, whatever the check found. */
export async function perform(run: Run): Promise<DemoReport> {
  const { options, stage, task } = run;
  const prepared = await prepare(run);
  const chunks = prepared.files.length;
  startMerger(run);
  const { closed, killed } = await stream(run, prepared);
  const joined = await mergedResult(run, chunks);
  await keep(join(run.directory, joined.file), options.out);
  stage.emit({ kind: 'checking' });
  const sound = checkSound(prepared.pcm, await decode(run.ffmpeg, options.out, run.signal), prepared.cuts);
  const found = {
    mp3: options.out,
    file: options.file ?? 'counting to fifty',
    task,
    chunks,
    servers: options.servers,
    closed,
    killed,
    recovered: stage.board.recoveries.map((recovery) => ({ ...recovery })),
    merge: { parts: joined.parts, ms: joined.ms },
    sound,
    ms: Math.round(stage.elapsed),
  };
  const failures = findFailures(found);
  return { ok: failures.length === 0, failures, ...found };
}

/** All that happens at once: chunks arrive in random order, somebody closes the stream, somebody dies. */
async function stream(run: Run, { files, chunkMs }: Prepared) {
  const { options, stage, task, signal } = run;
  const { random } = options;
  const servers = await startServers(run);
  const order = shuffled([...files.keys()], random);
  // Neither the first nor the last to arrive, so that the others are around it.
  const liveChunk = order[wholeBetween(1, order.length - 2, random)] ?? 0;
  const destinations = servers.map(({ child, port }) => ({
    name: child.name,
    port,
    get running() {
      return child.running;
    },
  }));
  const [, closed, killed] = await Promise.all([
    sendAll(order, { task, files, servers: destinations, liveChunk, random, emit: stage.emit, signal }),
    closeAfter(run, wholeBetween(0, files.length, random)),
    killWhileEncoding(run, servers, liveChunk, chunkMs),
  ]);
  return { closed, killed };
}

function startMerger(run: Run): void {
  const { emit } = run.stage;
  startProcess(run, 'merger', 'merger', [], (message) => {
    const ours = 'task' in message && message.task === run.task;
    if (ours) emit(message);
  });
}

async function mergedResult({ tasks, task, signal }: Run, chunks: number): Promise<Joined> {
  try {
    return await tasks.result(task, { timeout: MERGE_TIME.whole + MERGE_TIME.perChunk * chunks, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!isTuskerError(error, 'TIMEOUT')) throw error;
    const { sentence } = await tasks.explain(task);
    throw new DemoError('PROCESS_FAILED', `The merge does not come to its end. ${sentence}`, { cause: error });
  }
}

/** The mp3 appears in its place whole or not at all, also when that is on another disk. */
async function keep(joined: string, out: string): Promise<void> {
  await copyFile(joined, `${out}.part`);
  await rename(`${out}.part`, out);
}
