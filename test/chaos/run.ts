/** Several processes do everything at once on servers to which everything happens; then a checker reads what they wrote down. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { randomFrom } from '../harness/budget.js';
import { temporaryFolder } from '../subjects.js';
import type { Verdict } from './checker.js';
import { check } from './checker.js';
import type { Ground } from './grounds.js';
import { FAULTS, flush, heal } from './grounds.js';

export interface ChaosOptions {
  /** The built package that the processes load. */
  readonly dist: string;
  readonly seed: number;
  /** How long faults happen, in ms; then all tasks have to end. */
  readonly duration: number;
  /** Default 4. */
  readonly processes?: number;
  /** Which faults; default all. */
  readonly faults?: readonly string[];
  /** Default yes. */
  readonly flushes?: boolean;
  /** How long tasks may take after the last fault, in ms; default 10 min. Nothing at all for a minute is the end, too. */
  readonly endWithin?: number;
}

const UNITS = 6;
let namespaces = 0;

export interface Report extends Verdict {
  readonly tasks: number;
  /** How often what happened. */
  readonly happened: Readonly<Record<string, number>>;
}

export async function chaos(ground: Ground, options: ChaosOptions): Promise<Report> {
  const {
    dist,
    seed,
    duration,
    processes = 4,
    faults = Object.keys(FAULTS),
    flushes = true,
    endWithin = 600_000,
  } = options;
  const random = randomFrom(seed);
  const folder = temporaryFolder();
  const journal = join(folder.path, 'journal');
  writeFileSync(journal, '');
  const namespace = `chaos ${process.pid} ${namespaces++}`;
  const tasks = Math.max(30, Math.ceil(duration / 100));
  // New tasks come as long as faults do.
  const begin = Date.now();
  const term = { begin, end: begin + duration };
  const { kind: store, nodes, masterName, replicas } = ground;
  const spec = JSON.stringify({
    dist,
    store,
    nodes,
    masterName,
    namespace,
    journal,
    tasks,
    units: UNITS,
    replicas,
    term,
  });
  const member = (): ChildProcess => fork(new URL('member.mjs', import.meta.url), [spec]);
  const members = Array.from({ length: processes }, member);
  const interrupted = new Set<number>();
  const happened: Record<string, number> = {};
  const happens = (what: string): void => {
    happened[what] = (happened[what] ?? 0) + 1;
  };
  let lastFlush = 0;
  const end = performance.now() + duration;
  const flushAt = performance.now() + duration * (0.3 + 0.3 * random());
  let isFlushed = !flushes;
  try {
    while (performance.now() < end) {
      await sleep(200 + 800 * random());
      if (!isFlushed && performance.now() > flushAt) {
        isFlushed = true;
        happens('flushed');
        await heal(ground);
        await flush(ground);
        lastFlush = Date.now();
        continue;
      }
      if (random() < 0.5) {
        const place = Math.floor(random() * processes);
        const victim = members[place] as ChildProcess;
        if (victim.exitCode !== null) continue;
        interrupted.add(victim.pid as number);
        if (random() < 0.7) {
          happens('process killed');
          victim.kill('SIGKILL');
          await once(victim, 'exit');
          members[place] = member();
        } else {
          happens('process paused');
          victim.kill('SIGSTOP');
          await sleep(500 + 2500 * random());
          victim.kill('SIGCONT');
        }
        continue;
      }
      const name = faults[Math.floor(random() * faults.length)];
      const fault = name === undefined ? undefined : FAULTS[name];
      if (!name || !fault) continue;
      happens(name);
      // A fail-over may be under way.
      await fault(ground, random).catch(() => happens(`${name} not possible`));
    }
    await heal(ground);
    await Promise.race([Promise.all(members.map(ended)), standstill(journal, endWithin)]);
  } finally {
    for (const { pid, exitCode } of members) {
      if (exitCode === null && pid) process.kill(pid, 'SIGKILL');
    }
  }
  const { tusker, close } = reader(ground, namespace);
  try {
    const verdict = await check(tusker, { journal, tasks, units: UNITS, lastFlush, interrupted });
    folder.remove();
    return { ...verdict, tasks, happened };
  } finally {
    await close();
  }
}

/** Resolves when nobody has written anything down for a minute, or after so many ms. */
async function standstill(journal: string, ms: number): Promise<void> {
  const end = performance.now() + ms;
  let seen = { size: -1, at: performance.now() };
  while (performance.now() < end && performance.now() - seen.at < 60_000) {
    await sleep(50, undefined, { ref: false });
    const { size } = statSync(journal);
    if (size !== seen.size) seen = { size, at: performance.now() };
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

function reader({ kind, nodes, masterName }: Ground, namespace: string) {
  const [first] = nodes;
  const client =
    kind === 'cluster'
      ? new Cluster([...nodes])
      : new Redis(kind === 'sentinel' ? { sentinels: [...nodes], name: masterName as string } : { ...first });
  client.on('error', () => {});
  const tusker = createTusker({ store: redisStore(client, { namespace }) }) as Tusker;
  const close = async (): Promise<void> => {
    await tusker.stop();
    client.disconnect();
  };
  return { tusker, close };
}
