import { deepEqual, equal } from 'node:assert/strict';
import { MAX_BATCH } from '../../core/store.js';
import type { ConformanceCase } from '../conformance-case.js';
import type { History } from '../history.js';

/** Locks many units of a task, in batches. Gives their tokens by name. */
async function lockAll(h: History, task: string, units: readonly string[]): Promise<Map<string, number>> {
  const tokens = new Map<string, number>();
  for (let at = 0; at < units.length; at += MAX_BATCH) {
    const page = units.slice(at, at + MAX_BATCH);
    const outcomes = await h.store.apply(page.map((unit) => h.lockCall(task, unit)));
    outcomes.forEach((outcome, place) => {
      if (outcome.kind === 'locked') tokens.set(page[place] as string, outcome.token);
    });
  }
  return tokens;
}

async function unlockAll(h: History, task: string, tokens: ReadonlyMap<string, number>): Promise<void> {
  const calls = [...tokens].map(([unit, token]) => ({ verb: 'unlock', task, unit, token, result: null }) as const);
  for (let at = 0; at < calls.length; at += MAX_BATCH) await h.store.apply(calls.slice(at, at + MAX_BATCH));
}

/** What a task lacks, and the same as its worker is told. */
async function namesLacking(h: History, task: string): Promise<readonly string[]> {
  const { incomplete } = await h.detail(task);
  deepEqual((await h.claimed()).incomplete, incomplete);
  return incomplete?.names ?? [];
}

/** The names of what an incomplete task lacks, and their order. */
export const namingCases: readonly ConformanceCase[] = [
  {
    title: 'names of what is missing: failed and expired units in the order in which they ended',
    async run(h) {
      const short = await h.token('t', 'z', { ttl: 1000 });
      const [y, x, w] = [await h.token('t', 'y'), await h.token('t', 'x'), await h.token('t', 'w')];
      await h.failUnit('t', 'y', y, true);
      await h.letGo('t', 'x', x);
      await h.later(1000);
      await h.failUnit('t', 'w', w);
      await h.failUnit('t', 'a', await h.token('t', 'a'));
      await h.close('t', { incomplete: 'release', unitGrace: 0 });
      deepEqual(await namesLacking(h, 't'), ['y', 'x', 'z', 'w', 'a']);
      equal((await h.unlock('t', 'z', short)).kind, 'lost');
    },
  },
  {
    title: 'a unit that fails again is named where it ended last; one that is done after all is not named',
    async run(h) {
      const units = ['a', 'b', 'c', 'd', 'e'];
      for (const unit of units) await h.failUnit('t', unit, await h.token('t', unit));
      await h.failUnit('t', 'b', await h.token('t', 'b'));
      await h.done('t', 'c');
      await h.letGo('t', 'a', await h.token('t', 'a'));
      const late = await h.token('t', 'd');
      await h.letGo('t', 'd', late);
      await h.unlock('t', 'd', late);
      await h.close('t', { incomplete: 'release', unitGrace: 0 });
      deepEqual(await namesLacking(h, 't'), ['e', 'b', 'a']);
    },
  },
  {
    title: 'then the missing names of a list in its order, then units whose locks the release ended',
    async run(h) {
      for (const unit of ['extra', 'bad', 'worse']) await h.failUnit('t', unit, await h.token('t', unit), true);
      for (const unit of ['dead', 'stray', 'gone']) await h.token('t', unit);
      await h.done('t', 'good');
      await h.close('t', { expect: ['z', 'dead', 'worse', 'gone', 'y', 'good', 'bad'] });
      await h.release('t');
      const names = await namesLacking(h, 't');
      deepEqual(names.slice(0, 4), ['bad', 'worse', 'z', 'y']);
      deepEqual(names.slice(4).sort(), ['dead', 'gone']);
    },
  },
  {
    title: 'a task that is tried again names first what ends then, last what had ended with it',
    async run(h) {
      await h.failUnit('t', 'bad', await h.token('t', 'bad'));
      for (const unit of ['one', 'two']) await h.token('t', unit);
      await h.close('t', { deadline: 1000, unitGrace: 500, incomplete: 'fail' });
      await h.later(1000);
      equal(await h.state('t'), 'failed');
      const { incomplete } = await h.detail('t');
      deepEqual([incomplete?.names[0], incomplete?.names.slice(1).sort()], ['bad', ['one', 'two']]);
      await h.retry('t');
      await h.letGo('t', 'one', await h.token('t', 'one'));
      await h.release('t');
      deepEqual(await namesLacking(h, 't'), ['bad', 'one', 'two']);
    },
  },
  {
    title: 'of thousands of units the few that failed are named',
    async run(h) {
      const tokens = await lockAll(
        h,
        't',
        Array.from({ length: 3000 }, (_, index) => `u${index}`),
      );
      const failed = ['u2500', 'u7', 'u1400'];
      for (const unit of failed) {
        await h.failUnit('t', unit, tokens.get(unit) as number, true);
        tokens.delete(unit);
      }
      await h.close('t');
      await h.release('t');
      const { incomplete, done } = await h.claimed();
      deepEqual([incomplete?.failed, incomplete?.expired, done], [3, 2997, 0]);
      deepEqual(incomplete?.names.slice(0, 3), failed);
      equal(new Set(incomplete?.names).size, 100);
    },
  },
  {
    title: 'hundreds that failed are named by their ends, the first hundred of them, whatever else is outstanding',
    async run(h) {
      const units = Array.from({ length: 1500 }, (_, index) => `u${index}`);
      const tokens = await lockAll(h, 't', units);
      // 7 is prime to 1500: some order that is neither that of the names nor that of the locks.
      const failed = Array.from({ length: 300 }, (_, index) => units[(index * 7 + 5) % 1500] as string);
      for (let at = 0; at < failed.length; at += MAX_BATCH) {
        const page = failed.slice(at, at + MAX_BATCH);
        const calls = page.map((unit) => {
          const token = tokens.get(unit) as number;
          tokens.delete(unit);
          return { verb: 'failUnit', task: 't', unit, token, error: '{}', final: false } as const;
        });
        await h.store.apply(calls);
      }
      await unlockAll(h, 't', tokens);
      await h.close('t', { incomplete: 'release', unitGrace: 0 });
      deepEqual(await namesLacking(h, 't'), failed.slice(0, 100));
    },
  },
];
