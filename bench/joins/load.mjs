import { Redis } from 'ioredis';
import { costOf } from '../harness/cost.mjs';
import { inLanes } from '../harness/lanes.mjs';
import { warmUp } from '../harness/steady.mjs';
import { oneAtATime, openLoop } from './pace.mjs';

/** What is measured runs optimised code: joins go before a contender's first measurement until they cost no less than before. */
const WINDOW_SECONDS = 0.4;
/** Before each further measurement: its connections and the emptied server are new. */
const AGAIN_SECONDS = 0.1;
/** The same for latencies: joins in a window, so many at once. */
const WINDOW_JOINS = 400;
const WARM_LANES = 20;

/**
 * A contender that joins: `connect(port, { merging, merged, results })` gives `join(task, units, lastEnds)`, which adds a
 * task, ends its units and calls `lastEnds()`, if given, just before the last of them; its worker calls `merging(task)` when the
 * handler of a task starts, and `merged(task)` when its completion is acknowledged.
 */
export function joinContender(connect) {
  return async ({ port, results = false }) => {
    const admin = new Redis({ host: '127.0.0.1', port });
    const warm = new Set();
    const within = async (listeners, work) => {
      await admin.flushall();
      const contender = await connect(port, { ...listeners, results });
      try {
        return await work(contender);
      } finally {
        await contender.end();
      }
    };
    const isFirst = (kind) => {
      const isCold = !warm.has(kind);
      warm.add(kind);
      return isCold;
    };
    return {
      throughput: (load) => throughput(admin, within, load, isFirst(load.units)),
      latency: (load) => latency(within, load, isFirst('latency')),
      close: () => admin.disconnect(),
    };
  };
}

async function throughput(admin, within, { units, seconds, inFlight }, isFirst) {
  const { merged, expect } = mergeCount();
  return within({ merging: () => {}, merged }, async ({ join }) => {
    /** Joins for so long, and waits for those that have begun. Gives how many. */
    const run = async (prefix, time) => {
      const end = performance.now() + 1000 * time;
      let begun = 0;
      const lane = async () => {
        while (performance.now() < end) {
          const task = `${prefix}-${begun++}`;
          await join(task, unitNames(task, units));
        }
      };
      const isOver = expect(() => begun);
      await Promise.all(Array.from({ length: inFlight }, lane));
      await isOver();
      return begun;
    };
    if (isFirst) await warmUp((i) => run(`warm-${i}`, WINDOW_SECONDS));
    else await run('warm', AGAIN_SECONDS);
    const cost = await costOf([admin], () => run('task', seconds));
    const parents = cost.value;
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
          const isOver = expect(() => 1);
          await joinOne(`${prefix}-${i}`);
          await isOver();
        });
      } else {
        const isOver = expect(() => total);
        await openLoop(total, rate, (i) => joinOne(`${prefix}-${i}`));
        await isOver();
      }
    };
    if (isFirst) {
      await warmUp(async (window) => {
        const isOver = expect(() => WINDOW_JOINS);
        await inLanes(WINDOW_JOINS, WARM_LANES, (i) => joinOne(`first-${window}-${i}`));
        await isOver();
        return WINDOW_JOINS;
      });
    }
    await run('warm', warm);
    waits.length = 0;
    await run('task', count);
    return waits;
  });
}

/** `expect(count)`, called before the first of them, gives a function that resolves when `merged` was called `count()` times. */
function mergeCount() {
  let done = 0;
  let check = () => {};
  return {
    merged() {
      done++;
      check();
    },
    expect(count) {
      done = 0;
      return () =>
        new Promise((resolve) => {
          check = () => {
            if (done < count()) return;
            check = () => {};
            resolve();
          };
          check();
        });
    },
  };
}

/** Fresh names of 30 characters. */
function unitNames(task, count) {
  return Array.from({ length: count }, (_, i) => `${task}-`.padEnd(24, 'u') + String(i).padStart(6, '0'));
}
