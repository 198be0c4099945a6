import { deepEqual, equal } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';

/** A unit that is done is to be done again. */
export const redoingCases: readonly ConformanceCase[] = [
  {
    title: 'redo makes a done unit a failed one without its result, which can be locked again',
    async run(h) {
      const old = await h.token('t', 'u');
      await h.unlock('t', 'u', old, '"bad"');
      await h.done('t', 'v');
      const nonce = h.nonce();
      const redone = { kind: 'redone', state: 'open', outstanding: 1, done: 1 } as const;
      deepEqual(await h.redo('t', 'u', nonce), redone);
      deepEqual(await h.redo('t', 'u', nonce), redone);
      const { units, troubled } = await h.detail('t');
      deepEqual(units, { locked: 0, done: 1, failed: 1, expired: 0 });
      const [view] = troubled;
      deepEqual([view?.unit, view?.error, view?.result, view?.final], ['u', '{"message":"bad"}', null, false]);
      equal((await h.unlock('t', 'u', old, '"bad"')).kind, 'lost');

      const token = await h.token('t', 'u');
      deepEqual(await h.unlock('t', 'u', token, '"good"'), {
        kind: 'done',
        released: false,
        state: 'open',
        outstanding: 0,
        done: 2,
      });
      deepEqual(await h.lock('t', 'u'), { kind: 'done', result: '"good"' });
    },
  },
  {
    title: 'a redo sent again when its unit is done anew drops nothing, also when another unit was redone meanwhile',
    async run(h) {
      for (const unit of ['u', 'v']) await h.done('t', unit);
      const nonce = h.nonce();
      await h.redo('t', 'u', nonce);
      await h.redo('t', 'v');
      await h.done('t', 'u', '"good"');
      equal((await h.redo('t', 'u', nonce)).kind, 'redone');
      deepEqual(await h.lock('t', 'u'), { kind: 'done', result: '"good"' });
      equal((await h.redo('t', 'u')).kind, 'redone');
      equal((await h.detail('t')).units.done, 0);
    },
  },
  {
    title: 'a closed task waits for a redone unit, its grace beginning anew',
    async run(h) {
      await h.done('t', 'u');
      const other = await h.token('t', 'other');
      await h.close('t', { unitGrace: 1000 });
      await h.later(50_000);
      equal((await h.redo('t', 'u')).kind, 'redone');
      await h.unlock('t', 'other', other);
      await h.later(999);
      deepEqual([await h.state('t'), (await h.detail('t')).graceUntil], ['locked', (await h.detail('t')).now + 1]);
      await h.done('t', 'u', '1');
      const claim = await h.claimed();
      deepEqual([claim.done, claim.incomplete], [2, null]);
    },
  },
  {
    title: 'a task whose expectation was met, and that a lock still holds, waits for the redone unit once more',
    async run(h) {
      for (const [task, expect] of [
        ['list', ['a', 'b']],
        ['count', 2],
      ] as const) {
        const extra = await h.token(task, 'extra');
        await h.done(task, 'a');
        await h.done(task, 'b');
        deepEqual(await h.close(task, { expect }), { kind: 'closed', state: 'locked', outstanding: 1, done: 2 });
        equal((await h.detail(task)).unmet, 0);
        equal((await h.redo(task, 'a')).kind, 'redone');
        equal((await h.detail(task)).unmet, 1);
        await h.failUnit(task, 'extra', extra);
        deepEqual([await h.state(task), (await h.detail(task)).outstanding], ['locked', 1]);
        await h.done(task, 'a', '"good"');
        const claim = await h.claimed();
        deepEqual([claim.task, claim.done, claim.incomplete], [task, 2, null]);
        equal((await h.complete(task, claim.token)).kind, 'completed');
      }
    },
  },
  {
    title: 'redo in a task that failed before its release: retry returns it to wait for that unit',
    async run(h) {
      await h.done('t', 'u');
      await h.failUnit('t', 'bad', await h.token('t', 'bad'), true);
      equal((await h.close('t', { expect: ['u', 'bad'] })).state, 'failed');
      deepEqual(await h.redo('t', 'u'), { kind: 'redone', state: 'failed', outstanding: 0, done: 0 });
      equal((await h.lock('t', 'u')).kind, 'late');
      deepEqual((await h.detail('t')).incomplete?.names, ['bad', 'u']);
      equal((await h.retry('t')).kind, 'retried');
      equal((await h.detail('t')).unmet, 2);
      await h.done('t', 'u');
      await h.done('t', 'bad');
      equal((await h.claimed()).done, 2);
    },
  },
  {
    title: 'redo of what is not done, not known or released changes nothing',
    async run(h) {
      deepEqual(await h.redo('x', 'u'), { kind: 'not-found' });
      const token = await h.token('t', 'u');
      deepEqual(await h.redo('t', 'u'), { kind: 'not-done', state: 'open', unitState: 'locked' });
      deepEqual(await h.redo('t', 'nobody'), { kind: 'not-done', state: 'open', unitState: null });
      await h.failUnit('t', 'u', token);
      deepEqual(await h.redo('t', 'u'), { kind: 'not-done', state: 'open', unitState: 'failed' });
      await h.done('t', 'u');
      await h.close('t', { attempts: 1 });
      deepEqual(await h.redo('t', 'u'), { kind: 'late', state: 'released' });
      const claim = await h.claimed();
      deepEqual(await h.redo('t', 'u'), { kind: 'late', state: 'processing' });
      await h.failClaim('t', claim.token);
      deepEqual(await h.redo('t', 'u'), { kind: 'late', state: 'failed' });
      await h.retry('t');
      const again = await h.claimed();
      equal(again.done, 1);
      await h.complete('t', again.token);
      deepEqual(await h.redo('t', 'u'), { kind: 'late', state: 'completed' });
      await h.remove('t');
      deepEqual(await h.redo('t', 'u'), { kind: 'not-found' });
    },
  },
  {
    title: 'redo is told as an event of its task',
    async run(h) {
      await h.done('t', 'u');
      await h.redo('t', 'u');
      const { events } = await h.store.events({ after: '0', limit: 100 });
      deepEqual([events.at(-1)?.kind, events.at(-1)?.state], ['redone', 'open']);
    },
  },
];
