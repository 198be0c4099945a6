import { barChart } from '../charts/bar-chart.mjs';
import { round } from '../harness/measure.mjs';
import { startRedis } from '../harness/redis-server.mjs';
import { bullmqChildren } from './bullmq.mjs';
import { bytesOf, finishAll, lockAll, settleAll } from './used.mjs';

/** 100 bytes of JSON. */
const RESULT = { key: 'a'.repeat(90) };
const UNITS = 10;

/** Bytes of the server for what is kept in it. */
export async function memory({ quick }) {
  const redis = await startRedis();
  try {
    const locks = quick ? 20_000 : 100_000;
    const outstanding = {};
    for (const units of [1, 10, 100, 1000]) {
      const bytes = await bytesOf(redis, (tusker) => lockAll(tusker, locks / units, units));
      outstanding[units] = round(bytes / locks);
    }
    const finished = await perFinished(redis, locks / 2);
    const tasks = await perTask(redis, quick ? 2000 : 10_000);
    const bullmq = await bullmqChildren(redis, quick ? 20 : 100, RESULT);
    return report(outstanding, finished, tasks, { waiting: round(bullmq.waiting), finished: round(bullmq.finished) });
  } finally {
    await redis.stop();
  }
}

async function perFinished(redis, count) {
  const bytes = await bytesOf(redis, (tusker) => finishAll(tusker, count / 100, 100, RESULT));
  return round(bytes / count);
}

async function perTask(redis, count) {
  const complete = (claim) => claim.complete(RESULT);
  const fail = (claim) => claim.fail(new Error('no room'), { retry: false });
  const of = async (units, settle) => {
    const bytes = await bytesOf(redis, async (tusker) => {
      if (units > 0) await finishAll(tusker, count, units, RESULT);
      await settleAll(tusker, count, settle);
    });
    return round(bytes / count);
  };
  return {
    'completed, no units': await of(0, complete),
    [`completed, ${UNITS} units, in its first 5 min`]: await of(UNITS, complete),
    'failed, no units': await of(0, fail),
    [`failed, ${UNITS} units with results`]: await of(UNITS, fail),
  };
}

function report(outstanding, finished, tasks, bullmq) {
  const rows = [
    ...Object.entries(outstanding).map(([units, bytes]) => [`held lock, ${units} a task`, bytes]),
    ['finished unit with a result of 100 bytes, 100 a task', finished],
    ...Object.entries(tasks).map(([name, bytes]) => [`task ${name}`, bytes]),
    ['BullMQ: waiting child, 100 a flow', bullmq.waiting],
    ['BullMQ: finished child with a result of 100 bytes', bullmq.finished],
  ];
  return {
    title: 'Memory',
    notes: [
      'What `used_memory` grew by, divided by how many there are; a unit’s share of its task is in it. Names of units have 30 characters.',
    ],
    tables: [{ title: 'Bytes of Redis', heads: ['', 'bytes each'], rows }],
    figures: { outstanding, finished, tasks, bullmq },
    ratios: {
      'bytes of a held lock, 100 a task': outstanding[100],
      'held lock ÷ BullMQ’s waiting child, 100 a task': round(outstanding[100] / bullmq.waiting),
      'finished unit ÷ BullMQ’s finished child, 100 a task': round(finished / bullmq.finished),
    },
    charts: { memory: chart(outstanding, finished, bullmq) },
  };
}

function chart(outstanding, finished, bullmq) {
  const bar = (name, bytes, isOwn) => ({ name, median: bytes, min: bytes, max: bytes, isOwn });
  const locks = Object.entries(outstanding).map(([units, bytes]) => bar(`tusker, ${units} a task`, bytes, true));
  return barChart({
    title: 'Memory of the server',
    unit: 'bytes each',
    note: 'names of 30 characters',
    groups: [
      { title: 'Outstanding', bars: [...locks, bar('BullMQ, 100 a flow', bullmq.waiting, false)] },
      {
        title: 'Finished, with a result of 100 bytes',
        bars: [bar('tusker, 100 a task', finished, true), bar('BullMQ, 100 a flow', bullmq.finished, false)],
      },
    ],
  });
}
