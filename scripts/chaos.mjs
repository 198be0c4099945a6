// npm run chaos -- --store sqlite --duration 60s --seed 1 --processes 4
// With --store redis, cluster or sentinel servers are killed and restarted, paused, filled and flushed, too (test/chaos): what was
// acknowledged after the last flush may not be lost or done twice, nothing may be stuck, no attempt be spent that no handler saw.
// On SQLite, round after round: several processes on one SQLite file do everything at once and are killed with SIGKILL at random; then
// nothing acknowledged may be lost, no task lost, none completed twice, and the file must be sound.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createTusker } from '../build/index.js';
import { sqliteStore } from '../build/stores/embedded/sqlite.js';
import { openDatabase } from '../build/stores/embedded/sqlite-driver.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    duration: { type: 'string', default: '60s' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    processes: { type: 'string', default: '4' },
  },
});
const [, amount, scale] = /^(\d+)(s|m|h)$/.exec(values.duration) ?? [];
if (!amount) throw new Error(`--duration is ${values.duration}; allowed: such as 60s, 10m, 2h`);
const duration = Number(amount) * { s: 1000, m: 60_000, h: 3_600_000 }[scale];
const processes = Number(values.processes);
if (!Number.isInteger(processes) || processes < 1) throw new Error('--processes: a whole number from 1');

const SERVERS = ['redis', 'cluster', 'sentinel'];
if (SERVERS.includes(values.store)) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', 'test/wide/chaos.test.ts', '-t', `chaos on ${values.store}`];
  const env = {
    ...process.env,
    TUSKER_SEED: values.seed,
    TUSKER_CHAOS_SECONDS: String(duration / 1000),
    TUSKER_CHAOS_PROCESSES: values.processes,
  };
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  process.exit(spawnSync(process.execPath, args, { cwd, env, stdio: 'inherit' }).status ?? 1);
}
if (values.store !== 'sqlite') throw new Error(`--store is ${values.store}; allowed: sqlite, ${SERVERS.join(', ')}`);

/** Numbers in [0, 1) that follow from the seed (mulberry32). They choose whom to kill and when. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const DIST = fileURLToPath(new URL('../build', import.meta.url));
const TASKS = 100;
const UNITS = 8;
const random = randomFrom(Number(values.seed));

async function round(folder) {
  const [file, facts] = [join(folder, 'tusker.db'), join(folder, 'facts')];
  const peer = () =>
    fork(new URL('../test/faults/children/peer.mjs', import.meta.url), [DIST, file, facts, TASKS, UNITS]);
  const peers = Array.from({ length: processes }, peer);
  let kills = 0;
  const isBusy = () => peers.some(({ exitCode }) => exitCode === null);
  while (isBusy()) {
    await sleep(20 + (500 * random()) / processes);
    const victim = Math.floor(random() * processes);
    // Towards the end of a round they are let alone, or it would never end.
    if (kills >= 12 * processes || peers[victim].exitCode !== null) continue;
    peers[victim].kill('SIGKILL');
    await once(peers[victim], 'exit');
    kills++;
    peers[victim] = peer();
  }
  const wrong = peers
    .filter(({ exitCode }) => exitCode !== 0)
    .map(({ exitCode }) => `a process ended with ${exitCode}`);
  return { kills, wrong: [...wrong, ...(await violations(file, facts))] };
}

/** What does not hold, a line each. */
async function violations(file, factsFile) {
  const wrong = [];
  const facts = readFileSync(factsFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const database = openDatabase(file);
  const integrity = database.prepare('pragma integrity_check').all();
  database.close();
  if (JSON.stringify(integrity) !== '[["ok"]]') wrong.push(`integrity: ${JSON.stringify(integrity)}`);

  const store = sqliteStore(file);
  const completions = new Map();
  for (let after = '0'; ; ) {
    const page = await store.events({ after, limit: 1000 });
    if (page.events.length === 0) break;
    for (const { kind, task } of page.events) {
      if (kind === 'completed') completions.set(task, (completions.get(task) ?? 0) + 1);
    }
    after = page.cursor;
  }
  const tusker = createTusker({ store });
  for (let i = 0; i < TASKS; i++) {
    const task = `task-${i}`;
    if (completions.get(task) !== 1) wrong.push(`${task} was completed ${completions.get(task) ?? 0} times`);
    const result = await tusker.result(task, { timeout: 0 }).catch((error) => error.code);
    const whole = Array.from({ length: UNITS }, (_, unit) => `${task}/unit-${unit}`);
    if (JSON.stringify(result) !== JSON.stringify(whole)) wrong.push(`${task}: ${JSON.stringify(result)}`);
    const done = new Set();
    for await (const { unit } of tusker.units(task, { state: 'done' })) done.add(unit);
    for (const [what, of, unit] of facts) {
      if (what === 'unlocked' && of === task && !done.has(unit))
        wrong.push(`${task}/${unit} was acknowledged and is lost`);
    }
  }
  await tusker.stop();
  return wrong;
}

console.log(`seed ${values.seed}, ${processes} processes, ${values.duration}`);
const end = performance.now() + duration;
let [rounds, kills] = [0, 0];
while (performance.now() < end) {
  const folder = mkdtempSync(join(tmpdir(), 'tusker-chaos-'));
  const { kills: killed, wrong } = await round(folder);
  rounds++;
  kills += killed;
  if (wrong.length > 0) {
    console.error(`round ${rounds} of seed ${values.seed}, kept in ${folder}:\n${wrong.slice(0, 20).join('\n')}`);
    process.exit(1);
  }
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `${rounds} rounds, ${rounds * TASKS} tasks, ${kills} processes killed: all tasks completed once, nothing lost`,
);
