import { once } from 'node:events';
import { FlowProducer, Worker } from 'bullmq';
import { inLanes } from '../harness/lanes.mjs';
import { bytesOfOthers, unitName } from './used.mjs';

const CHILDREN = 100;

/** Bytes for each child of a flow, waiting, and finished with a result; its parent's share is in them. */
export async function bullmqChildren(redis, parents, result) {
  const connection = { host: '127.0.0.1', port: redis.port, maxRetriesPerRequest: null };
  const flows = new FlowProducer({ connection });
  const flow = (i) => ({
    name: 'join',
    queueName: 'parents',
    data: {},
    children: Array.from({ length: CHILDREN }, (_, n) => ({
      name: unitName(i * CHILDREN + n),
      queueName: 'children',
      data: {},
    })),
  });
  const count = parents * CHILDREN;
  try {
    const warm = () => flows.add(flow(parents));
    const waiting = await bytesOfOthers(redis, warm, () => inLanes(parents, 4, (i) => flows.add(flow(i))));
    const finished = await bytesOfOthers(redis, warm, async () => {
      await inLanes(parents, 4, (i) => flows.add(flow(i)));
      const worker = new Worker('children', async () => result, { connection, concurrency: 100 });
      await once(worker, 'drained');
      await worker.close();
    });
    return { waiting: waiting / count, finished: finished / count };
  } finally {
    await flows.close();
  }
}
