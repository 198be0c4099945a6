import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { ResultsPage, UnitState } from '../../index.js';
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

/** Every result, read in pages of `limit`: texts by unit, and the units that found no room in their page. */
async function allResults(h: History, task: string, token: number, limit: number) {
  const texts: Record<string, string | null> = {};
  const left: string[] = [];
  const contexts: Record<string, string> = {};
  let done: number;
  let cursor: string | null = null;
  do {
    const page: ResultsPage = await h.store.results({ task, token, limit, ...(cursor !== null && { cursor }) });
    if (page.kind !== 'results') throw new Error(page.kind);
    const { names, results } = page;
    for (const [place, text] of results.entries()) texts[names[place] as string] = text;
    left.push(...names.slice(results.length));
    for (const [place, context] of page.contexts.entries()) {
      if (context !== null) contexts[names[place] as string] = context;
    }
    ({ done, cursor } = page);
  } while (cursor !== null);
  return { texts, left, contexts, done };
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
    title: 'the holder of a claim reads the results of all done units, and of no others, in pages',
    async run(h) {
      for (let i = 0; i < 23; i++) await h.done('t', `d${i}`, i % 5 === 0 ? null : `{"i":${i}}`);
      await h.failUnit('t', 'f', await h.token('t', 'f'));
      await h.token('t', 'l');
      await h.close('t', { incomplete: 'release' });
      await h.release('t');
      const { token } = await h.claimed();
      const expected = Object.fromEntries(
        Array.from({ length: 23 }, (_, i) => [`d${i}`, i % 5 === 0 ? null : `{"i":${i}}`]),
      );
      for (const limit of [1, 4, 1000]) {
        const { texts, left, done } = await allResults(h, 't', token, limit);
        const others = await h.store.units({ task: 't', token }, left);
        for (const { unit, result } of others.kind === 'units' ? others.units : []) texts[unit] = result;
        deepEqual([texts, done, limit === 1000 ? left : []], [expected, 23, []]);
      }
    },
  },
  {
    title: 'units that were unlocked with nothing have null for a result',
    async run(h) {
      for (const unit of ['a', 'b', 'c']) await h.done('t', unit);
      await h.close('t');
      const { texts } = await allResults(h, 't', (await h.claimed()).token, 1000);
      deepEqual(texts, { a: null, b: null, c: null });
    },
  },
  {
    title: 'with the results comes what their unlocks carried',
    async run(h) {
      const holder = 'a holder whom the task does not name';
      for (let i = 0; i < 20; i++) {
        const token = await h.token('t', `u${i}`, { holder: `${holder} ${i}` });
        const context = i % 2 === 0 ? { context: `context ${i}` } : {};
        await h.store.apply([{ verb: 'unlock', task: 't', unit: `u${i}`, token, result: '1', ...context }]);
      }
      await h.close('t');
      const { contexts } = await allResults(h, 't', (await h.claimed()).token, 1000);
      const carried = Array.from({ length: 10 }, (_, i) => [`u${2 * i}`, `context ${2 * i}`]);
      deepEqual(contexts, Object.fromEntries(carried));
    },
  },
  {
    title: 'results are refused once the claim has ended, and to who has none',
    async run(h) {
      await h.done('t', 'u', '1');
      equal((await h.store.results({ task: 't', token: 1, limit: 10 })).kind, 'stale');
      await h.close('t', { backoff: { base: 0, factor: 1, max: 0, jitter: 0 } });
      const { token } = await h.claimed({ lease: 1000 });
      equal((await h.store.results({ task: 't', token, limit: 10 })).kind, 'results');
      equal((await h.store.results({ task: 't', token: token + 1, limit: 10 })).kind, 'stale');
      equal((await h.store.results({ task: 'other', token, limit: 10 })).kind, 'stale');
      await h.later(1000);
      equal((await h.store.results({ task: 't', token, limit: 10 })).kind, 'stale');
    },
  },
  {
    title: 'a cursor that is none is refused',
    async run(h) {
      await h.done('t', 'u', '1');
      await h.close('t');
      const { token } = await h.claimed();
      const query = { task: 't', token, limit: 10, cursor: 'none' };
      await rejects(h.store.results(query), { code: 'INVALID_ARGUMENT' });
      await rejects(h.store.unitNames(query), { code: 'INVALID_ARGUMENT' });
    },
  },
  {
    title: 'what finds no room in a page of results is named all the same',
    async run(h) {
      const big = JSON.stringify('x'.repeat(700_000));
      for (const unit of ['a', 'b', 'c']) await h.done('t', unit, big);
      await h.close('t');
      const { texts, left } = await allResults(h, 't', (await h.claimed()).token, 1000);
      deepEqual(Object.values(texts), [big]);
      deepEqual([...Object.keys(texts), ...left].sort(), ['a', 'b', 'c']);
    },
  },
  {
    title: 'what the unlocks carried counts among the bytes of a page',
    async run(h) {
      const unlock = async (unit: string, bytes: number) => {
        const token = await h.token('t', unit);
        const result = JSON.stringify('x'.repeat(bytes));
        await h.store.apply([{ verb: 'unlock', task: 't', unit, token, result, context: 'c'.repeat(1000) }]);
      };
      await unlock('large', 1_048_000);
      await unlock('small', 1);
      await h.close('t');
      const { texts, left } = await allResults(h, 't', (await h.claimed()).token, 1000);
      deepEqual([Object.keys(texts).length, left.length], [1, 1]);
    },
  },
  {
    title: 'live locks are told in the order in which they run out, failed and expired units likewise',
    async run(h) {
      const ttls = { a: 50_000, b: 10_000, c: 30_000, d: 40_000, e: 20_000 };
      for (const [unit, ttl] of Object.entries(ttls)) await h.token('t', unit, { ttl });
      const names = async (list: 'live' | 'troubled') => (await h.detail('t'))[list].map(({ unit }) => unit).join('');
      deepEqual([await names('live'), await names('troubled')], ['becda', '']);
      await h.later(20_000);
      deepEqual([await names('live'), await names('troubled')], ['cda', 'be']);
      await h.failUnit('t', 'x', await h.token('t', 'x'));
      equal(await names('troubled'), 'xbe');
      await h.release('t');
      equal(await names('troubled'), 'xbecda');
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
        unacknowledged: 0,
      });
    },
  },
];
