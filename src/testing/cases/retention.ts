import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';

export const retentionCases: readonly ConformanceCase[] = [
  {
    title: 'a late lock is told what the unit was, while its name is kept',
    async run(h) {
      await h.done('t', 'good', '1');
      await h.failUnit('t', 'bad', await h.token('t', 'bad'));
      await h.token('t', 'slow');
      await h.release('t');
      const late = async (unit: string) => {
        const { unitState } = { unitState: undefined, ...(await h.lock('t', unit)) };
        return unitState;
      };
      const all = async () => [await late('good'), await late('bad'), await late('slow'), await late('new')];
      // Its result is kept still: there is a better answer.
      deepEqual(await h.lock('t', 'good'), { kind: 'done', result: '1' });
      deepEqual(await all(), [undefined, 'failed', 'expired', null]);
      await h.complete('t', (await h.claimed()).token);
      deepEqual(await h.lock('t', 'good'), { kind: 'late', state: 'completed', unitState: 'done' });
      deepEqual(await all(), ['done', 'failed', 'expired', null]);
      await h.later(299_999);
      deepEqual(await all(), ['done', 'failed', 'expired', null]);
      await h.later(1);
      deepEqual(await all(), [null, null, null, null]);
    },
  },
  {
    title: 'a completed task is remembered for its retention, then its name is free',
    async run(h) {
      await h.done('t', 'u');
      await h.close('t', { retention: 600_000 });
      await h.complete('t', (await h.claimed()).token);
      await h.later(599_999);
      equal((await h.close('t')).kind, 'already-closed');
      equal((await h.stats()).tombstones, 1);
      await h.later(1);
      equal(await h.state('t'), null);
      equal((await h.stats()).tombstones, 0);
      equal((await h.lock('t', 'u')).kind, 'locked');
    },
  },
  {
    title: 'an overdue record counts as gone also before a sweep has removed it; its units are not the new task’s',
    async run(h) {
      await h.done('t', 'u', '"old"');
      const { incarnation } = await h.detail('t');
      await h.close('t', { worker: false });
      await h.advance(3_600_000);
      equal(await h.state('t'), null);
      equal((await h.lock('t', 'u')).kind, 'locked');
      const detail = await h.detail('t');
      ok(detail.incarnation !== incarnation);
      deepEqual(detail.units, { locked: 1, done: 0, failed: 0, expired: 0 });
      await h.sweep();
      deepEqual(await h.units('t'), { u: 'locked' });
      equal((await h.stats()).tombstones, 0);
    },
  },
  {
    title: 'unit results go with the completion; names and outcomes stay five minutes',
    async run(h) {
      await h.done('t', 'u', '"r"');
      await h.close('t');
      await h.complete('t', (await h.claimed()).token);
      const read = async () => {
        const page = await h.store.units({ task: 't' }, ['u']);
        return page.kind === 'units' ? page.units.map(({ state, result }) => [state, result]) : page.kind;
      };
      deepEqual(await read(), [['done', null]]);
      await h.later(1);
      deepEqual(await read(), [['done', null]]);
      await h.later(300_000);
      deepEqual(await read(), []);
      equal(await h.state('t'), 'completed');
    },
  },
  {
    title: 'failed tasks are kept seven days',
    async run(h) {
      await h.token('t', 'u');
      await h.cancel('t');
      await h.later(7 * 86_400_000 - 1);
      equal(await h.state('t'), 'failed');
      await h.later(1);
      equal(await h.state('t'), null);
      deepEqual([(await h.stats()).deadLetters, (await h.stats()).failed], [0, 1]);
    },
  },
  {
    title: 'events are kept and can be read again from a cursor',
    async run(h) {
      await h.done('t', 'u');
      await h.close('t');
      await h.complete('t', (await h.claimed()).token);
      const all = await h.store.events({ after: '0', limit: 100 });
      const kinds = all.events.map(({ kind }) => kind);
      deepEqual(kinds, ['created', 'closed', 'released', 'claimed', 'completed']);
      const rest = await h.store.events({ after: all.events[2]?.cursor ?? '', limit: 100 });
      deepEqual(
        rest.events.map(({ kind }) => kind),
        ['claimed', 'completed'],
      );
      deepEqual([rest.gap, rest.cursor], [false, all.cursor]);
    },
  },
  {
    title: 'waiting for an event ends with the next one',
    async run(h) {
      await h.token('t', 'u');
      const { cursor } = await h.store.events({ limit: 10 });
      const waiting = h.store.events({ after: cursor, limit: 10, wait: 20_000 });
      await h.close('t');
      const page = await waiting;
      equal(page.events[0]?.kind, 'closed');
    },
  },
];
