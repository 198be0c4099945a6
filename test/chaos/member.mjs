// One process of a chaos run: takes units, closes tasks, merges, and writes down what it was told before it goes on. It ends
// when every task is completed. Killed or paused at any moment, another one takes its place.
import { fsyncSync, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Cluster, Redis } from 'ioredis';

const spec = JSON.parse(process.argv[2]);
const { dist, store: kind, nodes, masterName, namespace, journal, tasks, units, replicas, term } = spec;
const at = (path) => pathToFileURL(`${dist}/${path}`).href;
const { createTusker } = await import(at('index.js'));
const { redisStore } = await import(at('stores/redis/index.js'));

const file = openSync(journal, 'a');
let written = 0;
/** On the disk before it returns. */
function note(what, facts) {
  writeSync(file, `${JSON.stringify({ what, pid: process.pid, at: Date.now(), ...facts })}\n`);
  fsyncSync(file);
}

function clientOf() {
  if (kind === 'cluster')
    return new Cluster(nodes, { redisOptions: { connectTimeout: 1000 }, slotsRefreshTimeout: 2000 });
  if (kind === 'sentinel') return new Redis({ sentinels: nodes, name: masterName, connectTimeout: 1000 });
  return new Redis({ ...nodes[0], connectTimeout: 1000 });
}

const client = clientOf();
client.on('error', () => {});
const options = { namespace, waitForReplicas: replicas, commandTimeout: 2000, retryFor: 8000 };
const tusker = createTusker({ store: redisStore(client, options) }, { holder: `member ${process.pid}` });
/** What a server in trouble may answer; anything else is a fault. */
const EXPECTED = new Set(['CONNECTION', 'SERVER_REFUSED', 'LOCK_LOST', 'STALE_CLAIM', 'UNIT_DONE', 'TASK_RELEASED']);
function odd(error) {
  if (!EXPECTED.has(error?.code)) note('odd', { error: String(error?.stack ?? error) });
}

// The lease outlives every outage: a claim that was granted to nobody is given back before it ends.
const worker = tusker.work(
  async ({ task, attempt, token, results, signal }) => {
    note('handled', { task, attempt, token });
    await sleep(Math.random() * 20);
    signal.throwIfAborted();
    return results();
  },
  { concurrency: 4, lease: 20_000 },
);
worker.on('completed', ({ task, attempt }) => note('completed', { task, attempt }));
worker.on('error', odd);
const closing = { expect: units, attempts: 500, backoff: 10, unitGrace: 60_000, deadline: 600_000 };
const pick = (count) => Math.floor(Math.random() * count);
/** Mostly one of the last that have come: what a process that is gone has left is taken over at once. */
function anyTask() {
  const share = (Date.now() - term.begin) / (term.end - term.begin);
  const come = Math.min(tasks, 10 + Math.ceil(tasks * share));
  return `task-${Math.random() < 0.7 ? Math.max(0, come - 1 - pick(30)) : pick(come)}`;
}

async function unit(task, name) {
  const outcome = await tusker.tryLock(task, name, { ttl: 1000, renew: false });
  if (outcome.kind !== 'locked') return outcome.kind;
  const mood = Math.random();
  if (mood < 0.02) return;
  if (mood < 0.05) return void (await outcome.lock.fail(new Error('bad day')));
  await sleep(Math.random() * 5);
  const stamp = `${task}/${name}/${process.pid}-${written++}`;
  const begun = Date.now();
  await outcome.lock.unlock(stamp);
  note('unlocked', { task, unit: name, stamp, begun });
}

let isOver = false;
/** A little of everything while faults happen; then one task after the other, until all are completed. */
async function step() {
  if (Date.now() < term.end) {
    await unit(anyTask(), `unit-${pick(units)}`);
    if (Math.random() < 0.1) await tusker.close(anyTask(), closing);
    return;
  }
  if (next % 20 === 0) isOver = (await tusker.stats()).completed >= tasks;
  const task = `task-${next++ % tasks}`;
  for (let i = 0; i < units; i++) if ((await unit(task, `unit-${i}`)) === 'late') return;
  await tusker.close(task, closing);
}

async function lane() {
  while (!isOver) {
    try {
      await step();
    } catch (error) {
      odd(error);
      await sleep(50);
    }
    await sleep(Math.random() * 4);
  }
}
let next = pick(tasks);
await Promise.all(Array.from({ length: 6 }, lane));
await tusker.stop();
client.disconnect();
process.exit(0);
