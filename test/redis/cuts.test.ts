import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import type { ProxiedCommand } from '../redis-ground/proxy.js';
import { CUTS } from '../redis-ground/proxy.js';
import { CutGround, calls, strike } from './cut-ground.js';
import { STEPS } from './cut-steps.js';

describe.each(LIBRARIES)('through $name', (library) => {
  let ground: CutGround;
  beforeAll(async () => {
    ground = await CutGround.open(library);
  });
  afterAll(() => ground.close());

  describe.each(CUTS)('a call that meets %s has the effect of one, and its caller the right answer', (fault) => {
    test.each(Object.keys(STEPS))('%s', async (name) => {
      const step = STEPS[name] as (typeof STEPS)[string];
      const sides = ground.both();
      // Greeted, and with the library in place: what is cut is the call itself.
      await sides.cut.stats();
      let hit: Promise<ProxiedCommand> | undefined;
      await step.run(sides, () => {
        hit = strike(ground.proxy, fault, step.work);
      });
      expect(await hit).toBeDefined();
    });

    test('the first call of all, when it asks who the server is', async () => {
      const { cut, direct } = ground.both();
      const hit = strike(ground.proxy, fault, FUNCTIONS.hello);
      await cut.done('t', 'u');
      await hit;
      expect(await direct.units('t')).toEqual({ u: 'done' });
    });

    test.each(['BZPOPMIN', 'FCALL'])('a worker that waits, in its %s: it has the task, once', async (command) => {
      const { cut, direct } = ground.both();
      await direct.claim();
      const hit = ground.proxy.next(
        fault,
        (one) => one.name === command && (command === 'BZPOPMIN' || calls(FUNCTIONS.claim)(one)),
      );
      const waiting = cut.store.claim([{ nonce: cut.nonce(), lease: 30_000, worker: 'w' }], 10_000);
      await hit;
      await direct.close('t');
      expect(await waiting).toMatchObject([{ kind: 'claimed', task: 't', attempt: 1 }]);
      expect(await direct.stats()).toMatchObject({ processing: 1, released: 0 });
    });
  });
});
