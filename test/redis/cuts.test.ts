import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import { budget, seed } from '../harness/budget.js';
import type { Library } from '../redis-clients/libraries.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import type { ProxiedCommand } from '../redis-ground/proxy.js';
import { CUTS } from '../redis-ground/proxy.js';
import { CutGround, calls, strike } from './cut-ground.js';
import { STEPS } from './cut-steps.js';

const grounds = new Map<Library, Promise<CutGround>>();
/** One ground for each library, opened by the first test that needs it. */
function groundOf(library: Library): Promise<CutGround> {
  const known = grounds.get(library) ?? CutGround.open(library);
  grounds.set(library, known);
  return known;
}
afterAll(async () => {
  for (const ground of grounds.values()) await (await ground).close();
});

/**
 * The libraries that meet a cut of a call: as many as the budget says, others for the next call and for the next cut, so
 * that each library meets each cut. The seed says which one begins.
 */
const MEETINGS = Math.min(LIBRARIES.length, budget('cuts'));
function librariesFor(call: number, cut: number): Library[] {
  const from = seed() + call + cut;
  return Array.from({ length: MEETINGS }, (_, i) => LIBRARIES[(from + i) % LIBRARIES.length] as Library);
}

const NAMES = Object.keys(STEPS);

describe.each(CUTS)('a call that meets %s has the effect of one, and its caller the right answer', (fault) => {
  const cut = CUTS.indexOf(fault);

  test.each(NAMES)('%s', async (name) => {
    const step = STEPS[name] as (typeof STEPS)[string];
    for (const library of librariesFor(NAMES.indexOf(name), cut)) {
      const ground = await groundOf(library);
      const sides = ground.both();
      // Greeted, and with the library in place: what is cut is the call itself.
      await sides.cut.stats();
      let hit: Promise<ProxiedCommand> | undefined;
      await step.run(sides, () => {
        hit = strike(ground.proxy, fault, step.work);
      });
      expect(await hit, library.name).toBeDefined();
    }
  });

  describe.each(LIBRARIES)('through $name', (library) => {
    test('the first call of all, when it asks who the server is', async () => {
      const ground = await groundOf(library);
      const sides = ground.both();
      const hit = strike(ground.proxy, fault, FUNCTIONS.hello);
      await sides.cut.done('t', 'u');
      await hit;
      expect(await sides.direct.units('t')).toEqual({ u: 'done' });
    });

    test('locks that the store gives their nonce, of a task that needs all keys when they are sent again', async () => {
      const ground = await groundOf(library);
      const sides = ground.both();
      const token = await sides.direct.token('t', 'bad');
      await sides.cut.stats();
      const hit = strike(ground.proxy, fault, FUNCTIONS.apply);
      const { nonce: _, ...call } = sides.cut.lockCall('t', 'a');
      const locking = sides.cut.store.apply([call, { ...call, unit: 'b' }]);
      await hit;
      await sides.direct.failUnit('t', 'bad', token);
      const outcomes = await locking;
      expect(outcomes).toMatchObject([{ kind: 'locked' }, { kind: 'locked' }]);
      for (const unit of ['a', 'b'])
        expect(await sides.direct.unlock('t', unit, Number(Object(outcomes[0]).token))).toMatchObject({ kind: 'done' });
    });

    test.each(['BZPOPMIN', 'FCALL'])('a worker that waits, in its %s: it has the task, once', async (command) => {
      const ground = await groundOf(library);
      const sides = ground.both();
      await sides.direct.claim();
      const hit = ground.proxy.next(
        fault,
        (one) => one.name === command && (command === 'BZPOPMIN' || calls(FUNCTIONS.claim)(one)),
      );
      const waiting = sides.cut.store.claim([{ nonce: sides.cut.nonce(), lease: 30_000, worker: 'w' }], 10_000);
      await hit;
      await sides.direct.close('t');
      expect(await waiting).toMatchObject([{ kind: 'claimed', task: 't', attempt: 1 }]);
      expect(await sides.direct.stats()).toMatchObject({ processing: 1, released: 0 });
    });
  });
});

test('nothing overtakes a call of unknown fate: what stands behind it on its task has that fate', async () => {
  const ground = await CutGround.open(LIBRARIES[0] as (typeof LIBRARIES)[number]);
  onTestFinished(() => ground.close());
  const { cut, direct } = ground.both({ retryFor: 200 });
  await direct.open('needy', { options: { expect: 9 } });
  const token = await direct.token('needy', 'u');
  await cut.stats();
  // With all keys, and an unlock in its plan.
  ground.proxy.rule = ({ words }) =>
    words[2] === '20' && words[24]?.includes('unlock') ? 'cut-before-request' : undefined;
  const outcomes = await cut.store.apply([
    { verb: 'unlock', task: 'needy', unit: 'u', token, result: null },
    cut.lockCall('needy', 'u'),
    cut.lockCall('other', 'u'),
  ]);
  ground.proxy.rule = undefined;
  const unknown = { kind: 'error', error: { code: 'CONNECTION' } };
  expect(outcomes).toMatchObject([unknown, unknown, { kind: 'locked' }]);
});
