import { deepEqual, equal } from 'node:assert/strict';
import type { UnitState } from '../../index.js';
import type { ConformanceCase } from '../conformance-case.js';
import type { History } from '../history.js';

/** Every name in one state, read in pages of `limit`. */
async function allNames(h: History, task: string, limit: number, state?: UnitState): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { task, limit, ...(state && { state }), ...(cursor && { cursor }) };
    const page = await h.store.unitNames(query);
    if (page.kind !== 'names') throw new Error(page.kind);
    names.push(...page.names);
    cursor = page.cursor;
  } while (cursor !== null);
  return names;
}

export const readingCases: readonly ConformanceCase[] = [
  {
    title: 'unit names are paged, each once, in every state',
    async run(h) {
      for (let i = 0; i < 23; i++) await h.done('t', `d${i}`);
      for (let i = 0; i < 7; i++) await h.failUnit('t', `f${i}`, await h.token('t', `f${i}`));
      for (let i = 0; i < 6; i++) await h.token('t', `x${i}`, { ttl: 1000 });
      await h.later(1000);
      for (let i = 0; i < 5; i++) await h.token('t', `l${i}`);
      const count = async (limit: number, state?: UnitState) => new Set(await allNames(h, 't', limit, state)).size;
      for (const limit of [1, 4, 1000]) {
        const counts = [await count(limit), await count(limit, 'done'), await count(limit, 'failed')];
        deepEqual(counts, [41, 23, 7]);
        deepEqual([await count(limit, 'expired'), await count(limit, 'locked')], [6, 5]);
      }
    },
  },
  {
    title: 'locks that the release ended are listed as expired',
    async run(h) {
      for (let i = 0; i < 9; i++) await h.token('t', `l${i}`);
      await h.done('t', 'd');
      await h.release('t');
      equal((await allNames(h, 't', 4, 'expired')).length, 9);
      deepEqual(await allNames(h, 't', 4, 'locked'), []);
    },
  },
  {
    title: 'a page read with a claim’s token is refused once the claim has ended',
    async run(h) {
      await h.done('t', 'u', '1');
      await h.close('t', { backoff: { base: 0, factor: 1, max: 0, jitter: 0 } });
      const { token } = await h.claimed({ lease: 1000 });
      equal((await h.store.unitNames({ task: 't', token, limit: 10 })).kind, 'names');
      await h.later(1000);
      equal((await h.store.unitNames({ task: 't', token, limit: 10 })).kind, 'stale');
      equal((await h.store.units({ task: 't', token }, ['u'])).kind, 'stale');
    },
  },
  {
    title: 'a page of results holds at most a mebibyte, or one unit',
    async run(h) {
      const big = JSON.stringify('x'.repeat(700_000));
      for (const unit of ['a', 'b', 'c']) await h.done('t', unit, big);
      const page = await h.store.units({ task: 't' }, ['a', 'b', 'c']);
      deepEqual(page.kind === 'units' && [page.units.length, page.seen], [1, 1]);
    },
  },
  {
    title: 'tasks are listed by state in pages, each once',
    async run(h) {
      for (let i = 0; i < 12; i++) await h.token(`open-${i}`, 'u');
      for (let i = 0; i < 5; i++) await h.close(`released-${i}`);
      const list = async (state: 'open' | 'released' | 'failed') => {
        const tasks: string[] = [];
        let cursor: string | null | undefined;
        do {
          const page = await h.store.tasks({ state, limit: 3, ...(cursor && { cursor }) });
          tasks.push(...page.tasks.map(({ task }) => task));
          cursor = page.cursor;
        } while (cursor !== null);
        return tasks;
      };
      equal(new Set(await list('open')).size, 12);
      equal((await list('released')).length, 5);
      deepEqual(await list('failed'), []);
    },
  },
  {
    title: 'counters add up and never go below zero',
    async run(h) {
      await h.close('a');
      await h.close('b');
      const a = await h.claimed();
      await h.complete('a', a.token);
      await h.complete('a', a.token);
      const b = await h.claimed();
      await h.failClaim('b', b.token, false);
      await h.failClaim('b', b.token, false);
      await h.retry('b');
      deepEqual(await h.stats(), {
        open: 0,
        locked: 0,
        released: 1,
        delayed: 0,
        processing: 0,
        completed: 1,
        failed: 1,
        tombstones: 1,
        deadLetters: 0,
      });
    },
  },
];
