import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import type { History } from '../history.js';

/** Locks units of one task in one batch. */
async function lockAll(h: History, units: readonly string[], ttl: number): Promise<void> {
  const outcomes = await h.store.apply(units.slice(0, 256).map((unit) => ({ ...h.lockCall('t', unit), ttl })));
  for (const { kind } of outcomes) equal(kind, 'locked');
  if (units.length > 256) await lockAll(h, units.slice(256), ttl);
}

export const sweepingCases: readonly ConformanceCase[] = [
  {
    title: 'a unit whose holder died is waited for through its grace and can be taken over',
    async run(h) {
      await h.token('t', 'u', { ttl: 1000 });
      await h.close('t', { unitGrace: 10_000 });
      await h.later(1000);
      deepEqual([await h.state('t'), (await h.detail('t')).outstanding], ['locked', 1]);
      await h.later(9_000);
      equal((await h.done('t', 'u')).kind, 'done');
      const { incomplete } = await h.claimed();
      equal(incomplete, null);
    },
  },
  {
    title: 'when the grace ends the task fails as incomplete, kept whole',
    async run(h) {
      await h.done('t', 'good', '"r"');
      await h.token('t', 'u', { ttl: 1000 });
      await h.close('t', { unitGrace: 10_000 }, { info: '"i"' });
      await h.later(1000);
      await h.later(9_999);
      equal(await h.state('t'), 'locked');
      await h.later(1);
      const detail = await h.detail('t');
      deepEqual([detail.state, detail.failure, detail.info], ['failed', 'incomplete', '"i"']);
      deepEqual(detail.incomplete?.names, ['u']);
      deepEqual(await h.lock('t', 'good'), { kind: 'done', result: '"r"' });
    },
  },
  {
    title: 'the grace counts from the close for units that failed before it',
    async run(h) {
      await h.failUnit('t', 'u', await h.token('t', 'u'));
      await h.advance(100_000);
      equal((await h.close('t', { unitGrace: 10_000 })).state, 'locked');
      await h.later(9_999);
      equal(await h.state('t'), 'locked');
      await h.later(1);
      equal(await h.state('t'), 'failed');
    },
  },
  {
    title: 'final failures do not wait',
    async run(h) {
      await h.done('t', 'good');
      await h.failUnit('t', 'u', await h.token('t', 'u'), true);
      equal((await h.close('t', { incomplete: 'release' })).state, 'released');
      equal((await h.claimed()).incomplete?.failed, 1);
    },
  },
  {
    title: 'the deadline ends live locks and the waiting for what is missing',
    async run(h) {
      const u = await h.token('t', 'u', { ttl: 3_600_000 });
      await h.close('t', { deadline: 5000 });
      await h.advance(4999);
      equal((await h.lock('t', 'v')).kind, 'locked');
      await h.advance(1);
      equal((await h.lock('t', 'w')).kind, 'late');
      equal((await h.extendLock('t', 'u', u)).kind, 'lost');
      await h.sweep();
      equal(await h.state('t'), 'failed');
      equal((await h.unlock('t', 'u', u)).kind, 'lost');
      deepEqual(await h.units('t'), { u: 'expired', v: 'expired' });
    },
  },
  {
    title: 'no lock is given or extended past the deadline',
    async run(h) {
      const u = await h.token('t', 'u');
      await h.close('t', { deadline: 5000 });
      const lock = await h.lock('t', 'v', { ttl: 60_000 });
      ok(lock.kind === 'locked' && lock.until - lock.now === 5000);
      const extended = await h.extendLock('t', 'u', u, 60_000);
      ok(extended.kind === 'extended' && extended.until - extended.now === 5000);
    },
  },
  {
    title: 'a missing expected unit ends at the deadline, not at the grace',
    async run(h) {
      await h.done('t', 'a');
      await h.close('t', { expect: 2, deadline: 50_000, unitGrace: 1000 });
      await h.later(49_999);
      equal(await h.state('t'), 'locked');
      await h.later(1);
      const detail = await h.detail('t');
      deepEqual([detail.state, detail.incomplete?.missing], ['failed', 1]);
    },
  },
  {
    title: 'the default deadline is 24 h, 1 h with expect',
    async run(h) {
      await h.token('a', 'u', { ttl: 86_400_000, maxHold: 86_400_000 });
      await h.close('a');
      await h.close('b', { expect: 1 });
      const [a, b] = await h.store.inspect(['a', 'b']);
      equal((a?.deadlineAt ?? 0) - (a?.closedAt ?? 0), 86_400_000);
      equal((b?.deadlineAt ?? 0) - (b?.closedAt ?? 0), 3_600_000);
    },
  },
  {
    title: 'a sweep that finds nothing does nothing and says when to come again',
    async run(h) {
      const lock = await h.lock('t', 'u', { ttl: 7000 });
      const { more, nextDue, locks, tasks } = await h.store.sweep(10);
      deepEqual([more, locks, tasks], [false, 0, 0]);
      equal(nextDue, lock.kind === 'locked' ? lock.until : -1);
    },
  },
  {
    title: 'a sweep is bounded: many overdue locks take several',
    async run(h) {
      for (let i = 0; i < 50; i++) await h.token('t', `u${i}`, { ttl: 1000 });
      await h.advance(1000);
      const first = await h.store.sweep(10);
      ok(first.more && first.locks <= 12);
      await h.sweep(10);
      deepEqual((await h.detail('t')).units, { locked: 0, done: 0, failed: 0, expired: 50 });
    },
  },
  {
    title: 'a sweep with a small limit ends all of a task’s overdue locks, however many there are, and no other',
    async run(h) {
      const names = Array.from({ length: 300 }, (_, i) => `u${i}`);
      await lockAll(h, names, 1000);
      await lockAll(h, ['kept'], 2000);
      await h.advance(1000);
      let locks = 0;
      for (let more = true, calls = 0; more; calls++) {
        ok(calls < 100, 'the sweeps come to their end');
        const outcome = await h.store.sweep(7);
        ok(outcome.locks <= 7);
        locks += outcome.locks;
        more = outcome.more;
      }
      equal(locks, 300);
      deepEqual((await h.detail('t')).units, { locked: 1, done: 0, failed: 0, expired: 300 });
    },
  },
  {
    title: 'of more than a thousand units, one locked between two sweeps, all overdue locks end',
    async run(h) {
      const names = Array.from({ length: 1500 }, (_, i) => `u${i}`);
      for (let from = 0; from < names.length; from += 250) await lockAll(h, names.slice(from, from + 250), 5000);
      await h.advance(5000);
      ok((await h.store.sweep(100)).more);
      // It is the soonest to run out, and comes while the sweep is on its way through the units.
      await lockAll(h, ['late'], 10);
      await h.sweep();
      deepEqual((await h.detail('t')).units, { locked: 1, done: 0, failed: 0, expired: 1500 });
      // A store may look at so large a task again a little later, and says when.
      let { nextDue, now } = await h.store.sweep(100);
      while (nextDue !== null && nextDue - now <= 1000) {
        await h.advance(Math.max(1, nextDue - now));
        ({ nextDue, now } = await h.sweep());
      }
      deepEqual((await h.detail('t')).units, { locked: 0, done: 0, failed: 0, expired: 1501 });
    },
  },
  {
    title: 'timeoutLocks walks over many tasks and units in pages, and spares what was renewed',
    async run(h) {
      const units = Array.from({ length: 600 }, (_, i) => `u${i}`);
      for (const from of [0, 200, 400]) await lockAll(h, units.slice(from, from + 200), 3_600_000);
      const tasks = Array.from({ length: 120 }, (_, i) => `t${i}`);
      await h.store.apply(tasks.map((task) => ({ ...h.lockCall(task, 'u'), ttl: 3_600_000 })));
      await h.close('t7', { deadline: 7_200_000 });
      await h.advance(1000);
      await lockAll(h, ['young'], 3_600_000);
      let cursor: string | null = null;
      let ended = 0;
      for (let pages = 0; pages === 0 || cursor !== null; pages++) {
        ok(pages < 200, 'the walk comes to its end');
        const page: { ended: number; cursor: string | null } = await h.store.timeoutLocks(1000, cursor, 50);
        ended += page.ended;
        cursor = page.cursor;
      }
      equal(ended, 720);
      deepEqual((await h.detail('t')).units, { locked: 1, done: 0, failed: 0, expired: 600 });
      deepEqual(await h.units('t7'), { u: 'expired' });
      deepEqual(await h.units('t119'), { u: 'expired' });
    },
  },
  {
    title: 'timeoutLocks ends what was not renewed for so long, page by page',
    async run(h) {
      for (let i = 0; i < 25; i++) await h.token('a', `u${i}`, { ttl: 3_600_000 });
      const kept = await h.token('a', 'kept', { ttl: 3_600_000 });
      for (let i = 0; i < 7; i++) await h.token(`b${i}`, 'u', { ttl: 3_600_000 });
      await h.advance(1000);
      await h.extendLock('a', 'kept', kept, 3_600_000);
      let cursor: string | null = null;
      let ended = 0;
      do {
        const page: { ended: number; cursor: string | null } = await h.store.timeoutLocks(1000, cursor, 4);
        ended += page.ended;
        cursor = page.cursor;
      } while (cursor !== null);
      equal(ended, 32);
      deepEqual((await h.detail('a')).units, { locked: 1, done: 0, failed: 0, expired: 25 });
    },
  },
  {
    title: 'a sweep of attempts alone leaves locks be',
    async run(h) {
      await h.close('t', { backoff: { base: 0, factor: 1, max: 0, jitter: 0 } });
      await h.claimed({ lease: 1000 });
      await h.token('open', 'u', { ttl: 1000 });
      await h.advance(1000);
      equal((await h.store.sweep(10, 'processing')).attempts, 1);
      deepEqual(await h.units('open'), { u: 'locked' });
      equal(await h.state('t'), 'released');
    },
  },
  {
    title: 'a clock that steps back ends nothing early and negative differences count as 0',
    async run(h) {
      await h.token('t', 'u', { ttl: 10_000 });
      await h.close('q');
      const { token } = await h.claimed({ lease: 10_000 });
      await h.later(-3_600_000);
      deepEqual(await h.units('t'), { u: 'locked' });
      ok((await h.token('t', 'v')) > token);
      equal((await h.complete('q', token)).kind, 'completed');
    },
  },
];
