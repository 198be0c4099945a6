import { round } from '../harness/measure.mjs';
import { applied, lock, names, unlock } from '../instructions/calls.mjs';
import { startCountedRedis } from '../instructions/counted-redis.mjs';
import { tasks as lifeOfTasks } from '../instructions/lives.mjs';
import { fillTasks } from './fill.mjs';

const TASKS = [100, 10_000];
const UNITS = [100, 5000];
const BATCH = 250;
/** So many tasks live at each size, after some that nobody counts. */
const LIVES = { total: 2, batch: 1 };
const TIMES = 5;
const UNSEEN = { total: 4, batch: 1 };

/** What steps cost the server among few tasks and many, and in a task of few units and of many, in instructions. */
export async function counted() {
  const redis = await startCountedRedis();
  try {
    await lifeOfTasks(redis, (_step, _count, work) => work(), { ...UNSEEN, prefix: 'unseen' });
    const units = [];
    for (const size of UNITS) units.push({ size, steps: await stepsWithUnits(redis, size) });
    const tasks = [];
    let filled = 0;
    for (const size of TASKS) {
      await redis.uncounted(() => fillTasks(redis.store, filled, size));
      filled = size;
      await lifeOfTasks(redis, (_step, _count, work) => work(), { ...UNSEEN, prefix: `unseen-${size}` });
      tasks.push({ size, steps: await stepsOf(redis, `among-${size}`) });
    }
    return { tasks, units };
  } finally {
    await redis.stop();
  }
}

/** Of several times the cheapest, as in the section of instructions. */
async function stepsOf(redis, prefix) {
  const steps = {};
  const count = async (step, calls, work) => {
    const { value, instructions } = await redis.count(work);
    steps[step] = Math.min(round(instructions / calls), steps[step] ?? Number.POSITIVE_INFINITY);
    return value;
  };
  for (let time = 0; time < TIMES; time++) await lifeOfTasks(redis, count, { ...LIVES, prefix: `${prefix}-${time}` });
  return steps;
}

/** All tasks have so many done units before what is counted begins. */
async function stepsWithUnits(redis, size) {
  const prefix = `with-${size}`;
  const { store } = redis;
  const units = names('done', size);
  await redis.uncounted(async () => {
    const all = Array.from({ length: TIMES }, (_, time) => names(`${prefix}-${time}`, LIVES.total)).flat();
    for (const task of all) {
      const locks = await applied(
        store,
        units.map((unit) => lock(task, unit)),
        BATCH,
        'locked',
      );
      await applied(
        store,
        units.map((unit, i) => unlock(task, unit, locks[i].token)),
        BATCH,
        'done',
      );
    }
  });
  return stepsOf(redis, prefix);
}
