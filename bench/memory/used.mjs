import { inLanes } from '../harness/lanes.mjs';
import { createTusker } from '../harness/subject.mjs';

/** Bytes of the server that what `fill` leaves behind takes, without what it keeps for its clients. */
export async function bytesOf(redis, fill) {
  const { admin, url } = redis;
  await admin.flushall();
  const tusker = createTusker(url);
  try {
    await warm(tusker);
    const before = await used(admin);
    await fill(tusker);
    return (await used(admin)) - before;
  } finally {
    await tusker.stop();
  }
}

/** The same for what others leave behind. */
export async function bytesOfOthers({ admin }, prepare, fill) {
  await admin.flushall();
  await prepare();
  const before = await used(admin);
  await fill();
  return (await used(admin)) - before;
}

/** The texts of the scripts and what a namespace has but once are not to be counted. */
async function warm(tusker) {
  const lock = await tusker.lock('warm', 'unit');
  await lock.unlock({ warm: true });
  await tusker.close('warm');
  const claim = await tusker.fetchReleased();
  await claim.complete();
}

async function used(admin) {
  const info = await admin.info('memory');
  const of = (name) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)[1]);
  return of('used_memory') - of('mem_clients_normal');
}

const LANES = 500;

/** Fresh names of 30 characters. */
export const unitName = (number) => `unit-${String(number).padStart(25, '0')}`;

/** `tasks` tasks of `units` held locks each. */
export async function lockAll(tusker, tasks, units) {
  const locks = [];
  await inLanes(tasks * units, LANES, async (i) => {
    locks.push([i, await tusker.lock(`task-${Math.floor(i / units)}`, unitName(i), { renew: false })]);
  });
  return locks.sort(([a], [b]) => a - b).map(([, lock]) => lock);
}

/** The same, all done with a result. */
export async function finishAll(tusker, tasks, units, result) {
  const locks = await lockAll(tusker, tasks, units);
  await inLanes(locks.length, LANES, (i) => locks[i].unlock(result));
}

/** Closes tasks and has each claimed and settled. */
export async function settleAll(tusker, tasks, settle) {
  await inLanes(tasks, LANES, (i) => tusker.close(`task-${i}`));
  await inLanes(tasks, 50, async () => {
    const claim = await tusker.fetchReleased({ timeout: 5000 });
    await settle(claim);
  });
}
