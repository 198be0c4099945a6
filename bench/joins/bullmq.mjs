import { FlowProducer, Worker } from 'bullmq';
import { joinContender } from './load.mjs';

const CHILD_CONCURRENCY = 100;
const PARENT_CONCURRENCY = 50;

/** A flow: the parent with its children is added at once, workers of this process work on both. */
export const open = joinContender(async (port, { merging, merged, results }) => {
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const flows = new FlowProducer({ connection });
  const running = new Map();
  const value = results ? { key: 'a'.repeat(30) } : undefined;
  const work = async ({ data: { task } }) => {
    const one = running.get(task);
    if (--one.left === 0) one.lastEnds?.();
    return value;
  };
  const merge = async (job) => {
    merging(job.data.task);
    running.delete(job.data.task);
    if (results) await job.getChildrenValues();
  };
  const children = new Worker('children', work, { connection, concurrency: CHILD_CONCURRENCY });
  const parents = new Worker('parents', merge, { connection, concurrency: PARENT_CONCURRENCY });
  parents.on('completed', (job) => merged(job.data.task));
  for (const one of [children, parents]) {
    one.on('error', (error) => console.error(error.message));
    await one.waitUntilReady();
  }
  return {
    async join(task, units, lastEnds) {
      running.set(task, { left: units.length, lastEnds });
      const data = { task };
      await flows.add({
        name: 'join',
        queueName: 'parents',
        data,
        children: units.map((name) => ({ name, queueName: 'children', data })),
      });
    },
    end: () => Promise.all([children.close(), parents.close(), flows.close()]),
  };
});
