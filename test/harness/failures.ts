import type { Tusker } from '../../src/index.js';

/** Fails these tasks at their merge, each with an info. */
export async function fails(tusker: Tusker, ...tasks: string[]): Promise<void> {
  const merger = tusker.work(({ task }) => {
    throw new Error(`no codec for ${task}`);
  });
  for (const task of tasks) {
    await tusker.close(task, { attempts: 1, info: { room: task } });
    await tusker.result(task).catch(() => {});
  }
  await merger.stop();
}
