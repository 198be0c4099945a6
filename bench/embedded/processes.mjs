import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { latencies, summary } from '../harness/measure.mjs';
import { createTusker, sqliteStore } from '../harness/subject.mjs';
import { ranged } from '../harness/table.mjs';
import { temporaryFolder } from '../harness/temporary-folder.mjs';

const child = (name, ...args) => fork(new URL(`children/${name}.mjs`, import.meta.url), args);

async function busy(count, seconds) {
  const folder = temporaryFolder();
  const children = Array.from({ length: count }, (_, i) => child('busy', folder.file('shared.db'), seconds, `p${i}`));
  await Promise.all(children.map((one) => once(one, 'message')));
  for (const one of children) one.send('go');
  const counts = await Promise.all(children.map(async (one) => (await once(one, 'message'))[0].pairs));
  await Promise.all(children.map((one) => (one.exitCode === null ? once(one, 'exit') : undefined)));
  folder.remove();
  const total = counts.reduce((sum, n) => sum + n, 0);
  return { rate: total / seconds, smallest: (100 * Math.min(...counts)) / total };
}

/** A process needs so long to warm up, or fairness is that of the compilers. */
const LEAST_SECONDS = 1;

/** Several busy processes on one file: the whole, and what the one that got least got of it. */
export async function fairness({ quick, rounds, seconds }) {
  const rows = [];
  const figures = {};
  for (const count of quick ? [4] : [1, 2, 4]) {
    const runs = [];
    for (let round = 0; round < (quick ? 3 : rounds); round++)
      runs.push(await busy(count, Math.max(seconds, LEAST_SECONDS)));
    const rate = summary(runs.map((run) => run.rate));
    const smallest = summary(runs.map((run) => run.smallest));
    rows.push([count, ranged(rate), `${smallest.median} %`, `${smallest.min} %`]);
    figures[count] = { rate, smallest };
  }
  return {
    title: 'Busy processes on one SQLite file (NORMAL), 200 in flight each',
    heads: ['processes', 'pairs/s: median (range)', 'smallest share, median', 'worst'],
    rows,
    figures,
    ratios: { 'smallest share of 4 processes, %': figures[4].smallest.median },
  };
}

/** From the return of the close that released a task to the start of its handler in another process. */
export async function waking({ rounds }) {
  const folder = temporaryFolder();
  const waker = child('waker', folder.file('wake.db'));
  await once(waker, 'message');
  const tusker = createTusker({ store: sqliteStore(folder.file('wake.db'), { synchronous: 'NORMAL' }) });
  const waits = [];
  for (let i = 0; i < rounds * 40; i++) {
    const started = once(waker, 'message');
    await tusker.close(`t${i}`);
    const released = performance.timeOrigin + performance.now();
    const [{ at }] = await started;
    waits.push(Math.max(0, at - released));
    await sleep(5 + Math.random() * 30);
  }
  waker.disconnect();
  await once(waker, 'exit');
  await tusker.stop();
  folder.remove();
  const { p50, p99, max } = latencies(waits);
  return {
    title: 'Waking a worker in another process over SQLite, ms',
    heads: ['', 'p50', 'p99', 'max'],
    rows: [['SQLite', p50, p99, max]],
    figures: { p50, p99, max },
    ratios: {},
  };
}
