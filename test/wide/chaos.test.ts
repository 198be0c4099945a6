/** Servers are killed, paused, full, flushed and demoted under load; `npm run chaos -- --store redis` does it for longer. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { StoreKind } from '../chaos/grounds.js';
import { DURABLE, startGround } from '../chaos/grounds.js';
import { withoutGuard } from '../chaos/guards.js';
import { chaos } from '../chaos/run.js';
import { seed } from '../harness/budget.js';
import { endAfterTest } from '../harness/endings.js';
import { builtModules } from '../harness/shared.js';

const DURATION = Number(process.env.TUSKER_CHAOS_SECONDS ?? 15) * 1000;
const PROCESSES = Number(process.env.TUSKER_CHAOS_PROCESSES ?? 4);
const NOTHING = { lost: [], twice: [], stuck: [], unseen: [], odd: [] };

let dist: string;
beforeAll(async () => {
  dist = await builtModules();
});

describe.each<StoreKind>(['redis', 'cluster', 'sentinel'])('chaos on %s', (kind) => {
  test('nothing acknowledged is lost or done twice, nothing is stuck, and no attempt is spent that no handler saw', {
    timeout: DURATION + 300_000,
  }, async () => {
    const ground = await startGround(kind);
    endAfterTest(() => ground.stop());
    const { tasks, acknowledged, happened, ...verdict } = await chaos(ground, {
      dist,
      seed: seed(),
      duration: DURATION,
      processes: PROCESSES,
    });
    console.log(`${kind}: ${tasks} tasks, ${acknowledged} acknowledged`, happened);
    expect(verdict).toEqual(NOTHING);
  });
});

test('the checker finds what a server loses that saves nothing', { timeout: 300_000 }, async () => {
  const ground = await startGround('redis', { ...DURABLE, appendonly: 'no', save: '' });
  endAfterTest(() => ground.stop());
  const { lost, twice } = await chaos(ground, { dist, seed: 1, duration: 8000, faults: ['killed'], flushes: false });
  expect(lost.length + twice.length).toBeGreaterThan(0);
});

describe('the checker finds what a store does without', () => {
  test.each([
    {
      guard: 'that a done unit is given to nobody',
      find: 'if values[i] or results and results[i] then return false end',
      put: 'if values[i] then return false end',
      found: ['twice'],
    },
    {
      guard: 'the count of what is outstanding',
      find: 'return max(0, task[23] - task[10])',
      put: 'return max(0, task[23] - task[10] - 1)',
      found: ['lost'],
    },
  ] as const)('$guard', { timeout: 300_000 }, async ({ found, ...guard }) => {
    const ground = await startGround('redis');
    endAfterTest(() => ground.stop());
    const verdict = await chaos(ground, {
      dist: withoutGuard(dist, guard),
      seed: seed(),
      duration: 5000,
      flushes: false,
      endWithin: 10_000,
    });
    expect(found.flatMap((what) => verdict[what]).length).toBeGreaterThan(0);
  });
});
