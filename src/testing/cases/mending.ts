import { deepEqual, equal } from 'node:assert/strict';
import type { CloseCall } from '../../core/store.js';
import type { ConformanceCase } from '../conformance-case.js';

const MINUTE = 60_000;

/** What holds when a task is closed anew, tried again, or a unit is taken again. */
export const mendingCases: readonly ConformanceCase[] = [
  {
    title: 'a close that replaces the options replaces the deadline; it still counts from the first close',
    async run(h) {
      await h.close('t', { expect: 1, deadline: 10_000 });
      const { deadlineAt: first } = await h.detail('t');
      await h.later(500);
      await h.close('t', { expect: 1, deadline: 2000 }, { replace: true });
      equal((await h.detail('t')).deadlineAt, (first ?? 0) - 8000);
      await h.later(1500);
      equal((await h.detail('t')).failure, 'incomplete');
    },
  },
  {
    title: 'after a retry a task closes by age as long after it as it was to after its open',
    async run(h) {
      await h.open('t', { closeAfter: 5000, idleTimeout: 1000 });
      await h.later(1000);
      equal((await h.detail('t')).failure, 'never-closed');
      await h.later(20_000);
      equal((await h.retry('t')).kind, 'retried');
      const { state, closeAt, now } = await h.detail('t');
      deepEqual([state, closeAt], ['open', now + 5000]);
    },
  },
  {
    title: 'after a retry units have a minute at least, however short the grace is',
    async run(h) {
      await h.failUnit('t', 'u', await h.token('t', 'u'));
      await h.close('t', { unitGrace: 1000 });
      await h.later(1000);
      equal(await h.state('t'), 'failed');
      await h.retry('t');
      const { graceUntil, now } = await h.detail('t');
      equal(graceUntil, now + MINUTE);
      await h.later(MINUTE - 1);
      equal(await h.state('t'), 'locked');
      await h.later(1);
      equal(await h.state('t'), 'failed');
    },
  },
  {
    title: 'a retry clears failures for good: such units are waited for again',
    async run(h) {
      await h.failUnit('t', 'u', await h.token('t', 'u'), true);
      await h.close('t', { expect: ['u'] });
      equal(await h.state('t'), 'failed');
      await h.retry('t');
      const { state, unmet, troubled } = await h.detail('t');
      deepEqual([state, unmet, troubled.map(({ unit, final }) => [unit, final])], ['locked', 1, [['u', false]]]);
      await h.done('t', 'u');
      equal(await h.state('t'), 'released');
    },
  },
  {
    title: 'a named unit that failed for good and is locked again is expected again',
    async run(h) {
      await h.close('t', { expect: ['a', 'b'] });
      await h.failUnit('t', 'a', await h.token('t', 'a'), true);
      equal((await h.detail('t')).unmet, 1);
      const again = await h.token('t', 'a');
      equal((await h.detail('t')).unmet, 2);
      await h.done('t', 'b');
      equal(await h.state('t'), 'locked');
      await h.unlock('t', 'a', again);
      equal((await h.claimed()).incomplete, null);
    },
  },
  {
    title: 'no lease is renewed past the time limit of its attempt',
    async run(h) {
      await h.close('t', { timeout: 5000 });
      const { token, timeoutAt } = await h.claimed({ lease: 3000 });
      await h.advance(2000);
      const extended = await h.extendClaim('t', token, 10_000);
      deepEqual([extended.kind, extended.kind === 'extended' && extended.until], ['extended', timeoutAt]);
    },
  },
  {
    title: 'two tasks whose records are equal share nothing of what one of them becomes',
    async run(h) {
      const close = (task: string): CloseCall => ({
        verb: 'close',
        task,
        nonce: 'same',
        options: {},
        info: null,
        replace: false,
        idleTimeout: 60 * MINUTE,
      });
      await h.store.apply([close('a'), { verb: 'cancel', task: 'a', nonce: 'cancel', reason: 'no' }]);
      await h.store.apply([close('b')]);
      await h.store.apply([{ verb: 'release', task: 'b', nonce: 'release' }]);
      const { state, failure } = await h.detail('b');
      deepEqual([state, failure], ['released', null]);
      equal((await h.claimed()).task, 'b');
    },
  },
];
