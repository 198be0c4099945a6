/** A merge worker: gets each task once, when all of its chunks are done, and joins them. Started by the demo. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { concatenate } from './audio.js';
import { settingsFromEnv, tell, whenDemoEnds } from './child-process.js';
import { demoTasks } from './tasks.js';

const { url, ffmpeg, name } = settingsFromEnv();
const tasks = demoTasks(url, name);

const worker = tasks.work(
  async ({ task, info, attempt, token, results, signal }) => {
    // Another demo on the same store may be on another machine: its own merger will get this task in a later attempt.
    if (!existsSync(info.directory)) throw new Error(`The chunks of ${task} are not on this machine.`);
    tell({ kind: 'merging', task, attempt });
    const startedAt = performance.now();
    const parts = await results();
    const file = `joined-${token}.mp3`;
    const names = parts.map((part) => part.file);
    await concatenate(ffmpeg, resolve(info.directory), names, file, signal);
    const ms = Math.round(performance.now() - startedAt);
    tell({ kind: 'merged', task, ms });
    return { file, parts: parts.length, ms };
  },
  { concurrency: 2, worker: name, stopGrace: 0 },
);
worker.on('failed', ({ task, attempt, error }) => {
  tell({ kind: 'merge-failed', task, attempt, error: error instanceof Error ? error.message : String(error) });
});

whenDemoEnds(() => tasks.stop({ grace: 0 }));
