// A server that does everything at once, like its peers on the same file: takes units, closes tasks, merges. It writes
// down what it was told; it ends when every task has. Killed at any moment, another one takes its place.
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { factsIn } from './facts.mjs';

const [dist, file, facts, tasks, units] = process.argv.slice(2);
const at = (path) => pathToFileURL(`${dist}/${path}`).href;
const { createTusker, isTuskerError } = await import(at('index.js'));
const { sqliteStore } = await import(at('stores/embedded/sqlite.js'));

const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) });
const fact = factsIn(facts);
const closing = { expect: Number(units), attempts: 1000, backoff: 10, unitGrace: 10_000, deadline: 120_000 };
const worker = tusker.work(async ({ results }) => results(), { concurrency: 4, lease: 500, stopGrace: 2000 });
worker.on('completed', ({ task, attempt }) => fact('completed', task, attempt));
const pick = (count) => Math.floor(Math.random() * count);

async function unit() {
  const [task, name] = [`task-${pick(tasks)}`, `unit-${pick(units)}`];
  const outcome = await tusker.tryLock(task, name, { ttl: 300, renew: false });
  if (outcome.kind !== 'locked') return;
  const mood = Math.random();
  if (mood < 0.03) return;
  try {
    if (mood < 0.06) return await outcome.lock.fail(new Error('bad day'));
    await sleep(Math.random() * 3);
    await outcome.lock.unlock(`${task}/${name}`);
    fact('unlocked', task, name);
  } catch (error) {
    if (!isTuskerError(error, 'LOCK_LOST')) throw error;
  }
}

let over = false;
const lanes = Array.from({ length: 8 }, async (_, lane) => {
  while (!over) {
    await unit();
    if (Math.random() < 0.1) {
      const task = `task-${pick(tasks)}`;
      const { kind } = await tusker.close(task, closing);
      if (kind === 'closed') fact('closed', task);
    }
    if (lane === 0) over = (await tusker.stats()).completed >= Number(tasks);
    await sleep(0);
  }
});
await Promise.all(lanes);
await tusker.stop();
process.disconnect();
