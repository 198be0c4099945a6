import { Redis } from 'ioredis';
import { costOf } from '../harness/cost.mjs';
import { inLanes } from '../harness/lanes.mjs';
import { oneAtATime, openLoop } from './pace.mjs';

/** What is measured runs optimised code: so many joins go before a contender's first latency. */
const FIRST_WARM_UP = 1500;

/**
 * A contender that joins: `connect(port, { merging, merged, results })` gives `join(task, units, lastEnds)`, which adds a
 * task, ends its units and calls `lastEnds()`, if given, just before the last of them; its worker calls `merging(task)` when the
 * handler of a task starts, and `merged(task)` when its completion is acknowledged.
 */
export function joinContender(connect) {
  return async ({ port, results = false }) => {
    const admin = new Redis({ host: '127.0.0.1', port });
    let isWarm = false;
    const within = async (listeners, work) => {
      await admin.flushall();
      const contender = await connect(port, { ...listeners, results });
      try {
        return await work(contender);
      } finally {
        await contender.end();
      }
    };
    const isFirst = () => {
      const isCold = !isWarm;
      isWarm = true;
      return isCold;
    };
    return {
      throughput: (load) => throughput(admin, within, load, isFirst()),
      latency: (load) => latency(within, load, isFirst()),
      close: () => admin.disconnect(),
    };
  };
}

async function throughput(admin, within, { units, parents, inFlight }, isFirst) {
  const { merged, expect } = mergeCount();
  return within({ merging: () => {}, merged }, async ({ join }) => {
    const run = async (prefix, count) => {
      const end = expect(count);
      await inLanes(count, inFlight, (i) => join(`${prefix}-${i}`, unitNames(`${prefix}-${i}`, units)));
      await end;
    };
    await run('warm', isFirst ? parents : Math.ceil(parents / 10));
    const cost = await costOf([admin], () => run('task', parents));
    return {
      units: (parents * units) / cost.seconds,
      joins: parents / cost.seconds,
      serverCpu: cost.serverCpu / (parents * units),
      clientCpu: cost.clientCpu / (parents * units),
      commands: cost.commands / parents,
      scripts: cost.scripts / parents,
    };
  });
}

/** µs from the call that ends the last unit to the start of the handler, one for each join. */
async function latency(within, { units, count, rate, warm }, isFirst) {
  const ended = new Map();
  const waits = [];
  const { merged, expect } = mergeCount();
  const merging = (task) => {
    waits.push(1000 * (performance.now() - ended.get(task)));
    ended.delete(task);
  };
  return within({ merging, merged }, async ({ join }) => {
    const joinOne = (task) => join(task, unitNames(task, units), () => ended.set(task, performance.now()));
    const run = async (prefix, total) => {
      if (rate === undefined) {
        await oneAtATime(total, async (i) => {
          const end = expect(1);
          await joinOne(`${prefix}-${i}`);
          await end;
        });
      } else {
        const end = expect(total);
        await openLoop(total, rate, (i) => joinOne(`${prefix}-${i}`));
        await end;
      }
    };
    if (isFirst) {
      const end = expect(FIRST_WARM_UP);
      await inLanes(FIRST_WARM_UP, 20, (i) => joinOne(`first-${i}`));
      await end;
    }
    await run('warm', warm);
    waits.length = 0;
    await run('task', count);
    return waits;
  });
}

/** `expect(count)` resolves when `merged` has been called so many times. */
function mergeCount() {
  let left = 0;
  let resolveAll = () => {};
  return {
    merged() {
      if (--left === 0) resolveAll();
    },
    expect(count) {
      left = count;
      return new Promise((resolve) => {
        resolveAll = resolve;
      });
    },
  };
}

/** Fresh names of 30 characters. */
function unitNames(task, count) {
  return Array.from({ length: count }, (_, i) => `${task}-`.padEnd(24, 'u') + String(i).padStart(6, '0'));
}
