import { deepEqual, equal } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';

const backoff = { base: 1000, factor: 2, max: 60_000, jitter: 0 };

/** `unitAttempts` and `unitBackoff`. */
export const unitAttemptsCases: readonly ConformanceCase[] = [
  {
    title: 'as many locks of a unit end failed or expired as its task gives it: then it has failed for good',
    async run(h) {
      await h.open('t', { options: { unitAttempts: 3 } });
      deepEqual((await h.detail('t')).options.unitAttempts, 3);
      await h.failUnit('t', 'u', await h.token('t', 'u'));
      await h.token('t', 'u', { ttl: 1000 });
      await h.later(1000);
      equal((await h.detail('t')).troubled[0]?.attempts, 2);
      equal((await h.failUnit('t', 'u', await h.token('t', 'u'))).kind, 'failed');
      deepEqual(await h.lock('t', 'u'), { kind: 'failed', error: '{"message":"no"}' });
      const { troubled, units } = await h.detail('t');
      deepEqual([troubled[0]?.final, troubled[0]?.attempts, units.failed], [true, 3, 1]);
      await h.done('t', 'other');
      // It is not waited for: its task ends at once.
      equal((await h.close('t')).state, 'failed');
    },
  },
  {
    title: 'the last lock that runs out fails its unit for good, by a sweep, by a walk or by the next lock',
    async run(h) {
      const error = '{"name":"LockLostError","message":"the lock ran out: its holder is gone"}';
      await h.open('t', { options: { unitAttempts: 1 } });
      const token = await h.token('t', 'swept', { ttl: 1000 });
      await h.later(1000);
      deepEqual(await h.lock('t', 'swept'), { kind: 'failed', error });
      equal((await h.unlock('t', 'swept', token)).kind, 'lost');
      await h.token('t', 'locked', { ttl: 1000 });
      await h.advance(1000);
      deepEqual(await h.lock('t', 'locked'), { kind: 'failed', error });
      await h.token('t', 'walked');
      let cursor: string | null = null;
      do {
        const page: { cursor: string | null } = await h.store.timeoutLocks(0, cursor, 100);
        cursor = page.cursor;
      } while (cursor !== null);
      deepEqual(await h.lock('t', 'walked'), { kind: 'failed', error });
      const { units, live } = await h.detail('t');
      deepEqual([units, live], [{ locked: 0, done: 0, failed: 3, expired: 0 }, []]);
    },
  },
  {
    title: 'a lock that was let go is no attempt, and one that ran out and failed then is one',
    async run(h) {
      await h.open('t', { options: { unitAttempts: 2, unitBackoff: backoff } });
      for (let i = 0; i < 3; i++) equal((await h.letGo('t', 'u', await h.token('t', 'u'))).kind, 'let-go');
      const token = await h.token('t', 'u', { ttl: 10 });
      await h.later(10);
      equal((await h.failUnit('t', 'u', token)).kind, 'failed');
      equal((await h.detail('t')).troubled[0]?.attempts, 1);
      await h.advance(1000);
      await h.failUnit('t', 'u', await h.token('t', 'u'));
      equal((await h.lock('t', 'u')).kind, 'failed');
    },
  },
  {
    title: 'during its backoff a unit is held by nobody until the end of it; each is longer than the one before',
    async run(h) {
      await h.close('t', { expect: 2, unitBackoff: backoff });
      for (const wait of [1000, 2000, 4000]) {
        await h.failUnit('t', 'u', await h.token('t', 'u'));
        const { now, troubled } = await h.detail('t');
        equal(troubled[0]?.backoffUntil, now + wait);
        await h.advance(wait - 1);
        deepEqual(await h.lock('t', 'u'), { kind: 'held', holder: '', until: now + wait, now: now + wait - 1 });
        await h.advance(1);
      }
      await h.token('t', 'u', { ttl: 10 });
      await h.advance(10);
      const overdue = await h.lock('t', 'u');
      equal(overdue.kind === 'held' && overdue.until - overdue.now, 8000);
      await h.advance(8000);
      equal((await h.done('t', 'u')).kind, 'done');
    },
  },
  {
    title: 'the grace of a unit begins when its backoff ends',
    async run(h) {
      await h.failUnit('t', 'u', await h.token('t', 'u'));
      await h.close('t', { unitGrace: 500, unitBackoff: backoff });
      await h.failUnit('t', 'u', await h.token('t', 'u'));
      await h.later(1499);
      equal(await h.state('t'), 'locked');
      await h.done('t', 'u');
      equal((await h.claimed()).incomplete, null);
    },
  },
  {
    title: 'retry and redo begin anew',
    async run(h) {
      const options = { unitAttempts: 1, unitBackoff: backoff };
      await h.open('t', { options });
      await h.failUnit('t', 'u', await h.token('t', 'u'));
      equal((await h.close('t')).state, 'failed');
      await h.retry('t');
      equal((await h.detail('t')).troubled[0]?.attempts, 0);
      await h.done('t', 'u');
      await h.complete('t', (await h.claimed()).token);

      await h.open('s', { options: { ...options, unitAttempts: 2 } });
      await h.failUnit('s', 'u', await h.token('s', 'u'));
      await h.advance(1000);
      await h.done('s', 'u');
      await h.redo('s', 'u');
      await h.failUnit('s', 'u', await h.token('s', 'u'));
      equal((await h.lock('s', 'u')).kind, 'held');
      await h.advance(1000);
      await h.failUnit('s', 'u', await h.token('s', 'u'));
      equal((await h.lock('s', 'u')).kind, 'failed');
    },
  },
  {
    title: 'a list is met by a unit whose attempts are spent; the task is told of it',
    async run(h) {
      await h.close('t', { expect: ['a', 'b'], incomplete: 'release', unitAttempts: 1 });
      await h.done('t', 'a');
      deepEqual((await h.failUnit('t', 'b', await h.token('t', 'b'))).state, 'released');
      deepEqual((await h.claimed()).incomplete?.names, ['b']);
    },
  },
  {
    title: 'one option of both is kept where another call names the other, and a default counts where none does',
    async run(h) {
      await h.open('t', { options: { unitAttempts: 4 } });
      await h.close('t', { unitBackoff: backoff, expect: 1 }, { defaults: { unitAttempts: 9 } });
      const { unitAttempts, unitBackoff } = (await h.detail('t')).options;
      deepEqual([unitAttempts, unitBackoff], [4, backoff]);
      await h.close('s', { expect: 1 }, { defaults: { unitAttempts: 9 } });
      deepEqual((await h.detail('s')).options.unitAttempts, 9);
      await h.close('r', { expect: 1 });
      const { options } = await h.detail('r');
      deepEqual([options.unitAttempts, options.unitBackoff], [null, null]);
    },
  },
  {
    title: 'units locked together: those that their task keeps back are refused, the others are given',
    async run(h) {
      await h.open('t', { options: { unitBackoff: backoff } });
      await h.failUnit('t', 'b', await h.token('t', 'b'));
      const call = { ...h.lockCall('t', 'a'), nonce: h.nonce() };
      const outcomes = await h.store.apply(['a', 'b', 'c'].map((unit) => ({ ...call, unit })));
      deepEqual(
        outcomes.map(({ kind }) => kind),
        ['locked', 'held', 'locked'],
      );
      deepEqual((await h.detail('t')).units, { locked: 2, done: 0, failed: 1, expired: 0 });
    },
  },
];
