import { deepEqual, equal } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import type { History } from '../history.js';

/** A unit that fails for good. */
async function failForGood(h: History, task: string, unit: string): Promise<void> {
  await h.failUnit(task, unit, await h.token(task, unit), true);
}

/** What `expect` waits for, and what it does not. */
export const expectingCases: ConformanceCase[] = [
  {
    title: 'a list: a stray unit that failed, for good or not, makes nothing incomplete and is not waited for',
    async run(h) {
      await h.open('t', { options: { expect: ['1', '2', '3'] } });
      await failForGood(h, 't', '99');
      await h.failUnit('t', '98', await h.token('t', '98'));
      for (const unit of ['1', '2', '3']) await h.done('t', unit);
      const { incomplete, done } = await h.claimed();
      deepEqual([incomplete, done], [null, 3]);
    },
  },
  {
    title: 'a list: a named unit that failed for good is incomplete; stray ones are not counted with it',
    async run(h) {
      await failForGood(h, 't', 'stray');
      await h.done('t', 'a');
      await failForGood(h, 't', 'b');
      await h.close('t', { expect: ['a', 'b'], incomplete: 'release' });
      const { incomplete } = await h.claimed();
      deepEqual(incomplete, { failed: 1, expired: 0, missing: 0, total: 1, names: ['b'] });
    },
  },
  {
    title: 'a list: what is short at the deadline is named, and no stray unit',
    async run(h) {
      await h.token('t', 'stray', { ttl: 1000 });
      await h.token('t', 'a', { ttl: 1000 });
      await h.close('t', { expect: ['c', 'a', 'b'], incomplete: 'release', deadline: 5000 });
      await h.done('t', 'b');
      await h.later(5000);
      const { incomplete } = await h.claimed();
      deepEqual(incomplete, { failed: 0, expired: 1, missing: 1, total: 2, names: ['a', 'c'] });
    },
  },
  {
    title: 'a count: stray units that failed make nothing incomplete once so many are done',
    async run(h) {
      await h.close('t', { expect: 2 });
      await failForGood(h, 't', 'stray');
      await h.failUnit('t', 'other', await h.token('t', 'other'));
      await h.done('t', '1');
      equal(await h.state('t'), 'locked');
      await h.done('t', '2');
      equal((await h.claimed()).incomplete, null);
    },
  },
  {
    title: 'a count: a unit that failed for good does not shut out a good one',
    async run(h) {
      await h.close('t', { expect: 3, unitGrace: 1000 });
      await h.done('t', '1');
      await h.done('t', '2');
      await failForGood(h, 't', '99');
      await h.later(999);
      equal(await h.state('t'), 'locked');
      equal((await h.detail('t')).unmet, 1);
      await h.done('t', '3');
      equal((await h.claimed()).incomplete, null);
    },
  },
  {
    title:
      'a count: failures for good stand in once no lock was held for the grace; what is missing is the count less done',
    async run(h) {
      await h.close('t', { expect: 3, unitGrace: 1000, incomplete: 'release' });
      await h.done('t', '1');
      await failForGood(h, 't', 'x');
      await failForGood(h, 't', 'y');
      await h.later(500);
      // However a lock ends, the grace counts from there.
      await h.failUnit('t', 'z', await h.token('t', 'z'));
      await h.later(999);
      equal(await h.state('t'), 'locked');
      await h.later(1);
      const { incomplete } = await h.claimed();
      deepEqual([incomplete?.failed, incomplete?.missing, incomplete?.total], [3, 2, 2]);
    },
  },
  {
    title: 'a count: the grace of those that stand in counts from the close if that is later',
    async run(h) {
      await failForGood(h, 't', 'x');
      await h.later(5000);
      await h.close('t', { expect: 1, unitGrace: 1000 });
      equal(await h.state('t'), 'locked');
      await h.later(999);
      equal(await h.state('t'), 'locked');
      await h.later(1);
      const { state, failure } = await h.detail('t');
      deepEqual([state, failure], ['failed', 'incomplete']);
    },
  },
  {
    title: 'a count: an open task that declared it closes itself when failures for good stand in',
    async run(h) {
      await h.open('t', { options: { expect: 2, unitGrace: 1000, incomplete: 'release' } });
      await h.done('t', '1');
      await failForGood(h, 't', 'x');
      await h.later(999);
      equal(await h.state('t'), 'open');
      await h.later(1);
      const closed = await h.detail('t');
      deepEqual([closed.state, closed.closedBy], ['locked', 'expect']);
      await h.later(1000);
      equal((await h.claimed()).incomplete?.missing, 1);
    },
  },
  {
    title: 'a count: a live lock waits, also of a unit too many',
    async run(h) {
      const extra = await h.token('t', 'extra');
      await h.close('t', { expect: 1, unitGrace: 1000 });
      await h.done('t', '1');
      equal(await h.state('t'), 'locked');
      await h.failUnit('t', 'extra', extra);
      equal((await h.claimed()).incomplete, null);
    },
  },
];
