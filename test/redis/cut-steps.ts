/** For each call of a store: what has to be there first, the call itself, and what has to be true after it. */
import { expect } from 'vitest';
import type { FunctionName } from '../../src/stores/redis/functions.js';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import type { BothSides } from './cut-ground.js';

export interface Step {
  readonly work: FunctionName;
  /** `strike` is called right before the call whose connection is cut. */
  run(sides: BothSides, strike: () => void): Promise<void>;
}

const { apply, applyDraining, claim, due, events, inspect, stats, tasks, unitNames, unitResults, units, walk } =
  FUNCTIONS;
const NOW = { attempts: 5, backoff: { base: 0, factor: 1, max: 0, jitter: 0 } };

/** A task in the worker's hands. */
async function claimed({ direct }: BothSides): Promise<number> {
  await direct.done('t', 'u', '"part"');
  await direct.close('t', NOW);
  return (await direct.claimed()).token;
}

export const STEPS: Readonly<Record<string, Step>> = {
  open: {
    work: apply,
    run: async ({ cut, direct }, strike) => {
      strike();
      expect(await cut.open('t', { info: '"i"' })).toEqual({ kind: 'opened', state: 'open' });
      expect(await direct.stats()).toMatchObject({ open: 1 });
    },
  },
  lock: {
    work: apply,
    run: async ({ cut, direct }, strike) => {
      strike();
      const token = await cut.token('t', 'u');
      expect(await direct.detail('t')).toMatchObject({ units: { locked: 1 }, live: [{ unit: 'u', token }] });
      expect((await direct.unlock('t', 'u', token)).kind).toBe('done');
    },
  },
  'a batch of locks and unlocks of several tasks': {
    work: apply,
    run: async ({ cut, direct }, strike) => {
      const token = await direct.token('a', 'old');
      strike();
      const outcomes = await cut.store.apply([
        cut.lockCall('a', 'new'),
        { verb: 'unlock', task: 'a', unit: 'old', token, result: '1' },
        cut.lockCall('b', 'new'),
        { verb: 'unlock', task: 'a', unit: 'old', token: token - 1, result: '2' },
        { verb: 'close', task: 'b', nonce: 'c', idleTimeout: 1000, info: null, options: {}, replace: false },
      ]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['locked', 'done', 'locked', 'lost', 'closed']);
      expect(await direct.units('a')).toEqual({ new: 'locked', old: 'done' });
      expect(await direct.stats()).toMatchObject({ open: 1, locked: 1 });
    },
  },
  'unlock that releases': {
    work: apply,
    run: async ({ cut, direct }, strike) => {
      const token = await direct.token('t', 'u');
      await direct.close('t');
      strike();
      expect(await cut.unlock('t', 'u', token, '"part"')).toMatchObject({ kind: 'done', state: 'released', done: 1 });
      expect(await direct.stats()).toMatchObject({ released: 1, locked: 0 });
    },
  },
  failUnit: {
    work: apply,
    run: async ({ cut, direct }, strike) => {
      const token = await direct.token('t', 'u');
      strike();
      expect(await cut.failUnit('t', 'u', token)).toMatchObject({ kind: 'failed', outstanding: 1 });
      expect(await direct.units('t')).toEqual({ u: 'failed' });
    },
  },
  extendLock: {
    work: apply,
    run: async ({ cut, direct }, strike) => {
      const token = await direct.token('t', 'u', { ttl: 1000 });
      strike();
      const outcome = await cut.extendLock('t', 'u', token, 5000);
      expect(outcome.kind === 'extended' && outcome.until - outcome.now).toBe(5000);
      expect((await direct.detail('t')).units).toMatchObject({ locked: 1 });
    },
  },
  letGo: {
    work: apply,
    run: async ({ cut, direct }, strike) => {
      const token = await direct.token('t', 'u');
      strike();
      expect(await cut.letGo('t', 'u', token)).toMatchObject({ kind: 'let-go', outstanding: 1 });
      expect(await direct.units('t')).toEqual({ u: 'expired' });
    },
  },
  close: {
    work: apply,
    run: async ({ cut, direct }, strike) => {
      await direct.done('t', 'u');
      strike();
      expect(await cut.close('t', {}, { info: '"i"' })).toMatchObject({ kind: 'closed', state: 'released' });
      expect(await direct.stats()).toMatchObject({ released: 1 });
    },
  },
  claim: {
    work: claim,
    run: async ({ cut, direct }, strike) => {
      await direct.close('t');
      await direct.close('other');
      strike();
      expect(await cut.claimed()).toMatchObject({ task: 't', attempt: 1 });
      expect(await direct.stats()).toMatchObject({ processing: 1, released: 1 });
    },
  },
  complete: {
    work: apply,
    run: async (sides, strike) => {
      const token = await claimed(sides);
      strike();
      expect(await sides.cut.complete('t', token, '"whole"')).toEqual({ kind: 'completed' });
      expect(await sides.direct.stats()).toMatchObject({ completed: 1, processing: 0 });
    },
  },
  failClaim: {
    work: apply,
    run: async (sides, strike) => {
      const token = await claimed(sides);
      strike();
      expect(await sides.cut.failClaim('t', token)).toMatchObject({ kind: 'retrying' });
      expect(await sides.direct.claimed()).toMatchObject({ attempt: 2 });
      expect((await sides.direct.claim()).kind).toBe('none');
    },
  },
  extendClaim: {
    work: apply,
    run: async (sides, strike) => {
      const token = await claimed(sides);
      strike();
      expect((await sides.cut.extendClaim('t', token)).kind).toBe('extended');
    },
  },
  giveBack: {
    work: apply,
    run: async (sides, strike) => {
      const token = await claimed(sides);
      strike();
      expect(await sides.cut.giveBack('t', token)).toEqual({ kind: 'given-back', spent: false });
      expect(await sides.direct.claimed()).toMatchObject({ attempt: 1 });
    },
  },
  retry: {
    work: apply,
    run: async (sides, strike) => {
      await sides.direct.failClaim('t', await claimed(sides), false);
      strike();
      expect(await sides.cut.retry('t')).toEqual({ kind: 'retried', state: 'released' });
      expect(await sides.direct.stats()).toMatchObject({ released: 1, failed: 1, deadLetters: 0 });
    },
  },
  release: {
    work: apply,
    run: async ({ cut, direct }, strike) => {
      await direct.token('t', 'u');
      await direct.close('t');
      strike();
      expect(await cut.release('t')).toMatchObject({ kind: 'released' });
      expect(await direct.stats()).toMatchObject({ released: 1 });
    },
  },
  cancel: {
    work: apply,
    run: async ({ cut, direct }, strike) => {
      await direct.token('t', 'u');
      strike();
      expect(await cut.cancel('t')).toEqual({ kind: 'cancelled' });
      expect(await direct.stats()).toMatchObject({ failed: 1, deadLetters: 1 });
    },
  },
  remove: {
    work: apply,
    run: async (sides, strike) => {
      await sides.direct.complete('t', await claimed(sides));
      strike();
      expect(await sides.cut.remove('t')).toEqual({ kind: 'removed' });
      expect(await sides.direct.stats()).toMatchObject({ completed: 1, tombstones: 0 });
    },
  },
  'sweep, when it asks what is due': {
    work: due,
    run: async ({ cut, direct }, strike) => {
      await direct.token('t', 'u', { ttl: 1000 });
      await direct.advance(1000);
      strike();
      expect(await cut.store.sweep(100)).toMatchObject({ locks: 1, more: false });
      expect(await direct.units('t')).toEqual({ u: 'expired' });
    },
  },
  'sweep, when it ends what is due': {
    work: applyDraining,
    run: async (sides, strike) => {
      await claimed(sides);
      await sides.direct.advance(30_000);
      strike();
      expect(await sides.cut.store.sweep(100)).toMatchObject({ more: false });
      expect(await sides.direct.claimed()).toMatchObject({ attempt: 2 });
      expect((await sides.direct.detail('t')).errors).toHaveLength(1);
    },
  },
  timeoutLocks: {
    work: walk,
    run: async ({ cut, direct }, strike) => {
      await direct.token('t', 'u', { ttl: 60_000 });
      await direct.advance(1000);
      strike();
      expect(await cut.store.timeoutLocks(1000, null, 100)).toMatchObject({ ended: 1 });
      expect(await direct.units('t')).toEqual({ u: 'expired' });
    },
  },
  stats: {
    work: stats,
    run: async ({ cut, direct }, strike) => {
      await direct.close('t');
      strike();
      expect(await cut.stats()).toEqual(await direct.stats());
    },
  },
  inspect: {
    work: inspect,
    run: async (sides, strike) => {
      await claimed(sides);
      strike();
      expect(await sides.cut.detail('t')).toEqual(await sides.direct.detail('t'));
    },
  },
  'names of units': {
    work: unitNames,
    run: async (sides, strike) => {
      await claimed(sides);
      strike();
      expect(await sides.cut.units('t')).toEqual({ u: 'done' });
    },
  },
  units: {
    work: units,
    run: async (sides, strike) => {
      const token = await claimed(sides);
      strike();
      const page = await sides.cut.store.units({ task: 't', token }, ['u']);
      expect(page).toMatchObject({ kind: 'units', units: [{ unit: 'u', result: '"part"' }] });
    },
  },
  results: {
    work: unitResults,
    run: async (sides, strike) => {
      const token = await claimed(sides);
      strike();
      const page = await sides.cut.store.results({ task: 't', token, limit: 10 });
      expect(page).toEqual({ kind: 'results', done: 1, names: ['u'], results: ['"part"'], contexts: [], cursor: null });
    },
  },
  tasks: {
    work: tasks,
    run: async ({ cut, direct }, strike) => {
      await direct.close('t');
      strike();
      const page = await cut.store.tasks({ state: 'released', limit: 10 });
      expect(page.tasks.map(({ task }) => task)).toEqual(['t']);
    },
  },
  events: {
    work: events,
    run: async ({ cut, direct }, strike) => {
      await direct.close('t');
      strike();
      const page = await cut.store.events({ after: '0', limit: 10 });
      expect(page.events.map(({ kind }) => kind)).toEqual(['created', 'closed', 'released']);
    },
  },
};
