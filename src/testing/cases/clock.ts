import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import type { History } from '../history.js';

const HOURS = 7_200_000;

/** The clock is set back by two hours at once after something was written where these tasks are, and the next sweep comes at once. */
async function setBack(h: History, ...tasks: readonly string[]): Promise<void> {
  await h.advance(1000);
  for (const task of tasks) equal((await h.unlock(task, 'of nobody', 1)).kind, 'lost');
  await h.advance(-HOURS);
  await h.sweep();
}

/** A clock that is set back makes no lease, grace or idle time longer: each keeps what was left of it. */
export const clockCases: readonly ConformanceCase[] = [
  {
    title: 'a clock set back leaves a lock what was left of it, and no more',
    async run(h) {
      await h.token('t', 'u', { ttl: 60_000 });
      await setBack(h, 't');
      const { live, now } = await h.detail('t');
      equal((live[0]?.until ?? 0) - now, 59_000);
      await h.later(58_999);
      equal((await h.detail('t')).units.locked, 1);
      await h.later(1);
      deepEqual((await h.detail('t')).units, { locked: 0, done: 0, failed: 0, expired: 1 });
    },
  },
  {
    title: 'a clock set back leaves a claim and its time limit what was left of them',
    async run(h) {
      await h.close('a', { timeout: 900_000, backoff: { base: 1000, factor: 1, max: 1000, jitter: 0 } });
      await h.close('b', { timeout: 20_000 });
      const claims = [await h.claimed({ lease: 10_000 }), await h.claimed({ lease: 10_000 })];
      for (const { task, token } of claims) await h.extendClaim(task, token, task === 'a' ? 10_000 : 900_000);
      await setBack(h, 'a', 'b');
      await h.later(8999);
      equal(await h.state('a'), 'processing');
      await h.later(1);
      deepEqual([await h.state('a'), await h.state('b')], ['released', 'processing']);
      equal((await h.complete('a', claims.find(({ task }) => task === 'a')?.token ?? 0)).kind, 'stale');
      await h.later(10_000);
      equal(await h.state('b'), 'released');
      equal((await h.claimed()).task, 'a');
    },
  },
  {
    title:
      'a clock set back right after a claim, before which nothing was written for long, leaves it its lease at most',
    async run(h) {
      await h.close('t');
      await h.advance(HOURS / 2);
      const { token } = await h.claimed({ lease: 10_000 });
      await h.advance(-HOURS);
      await h.sweep();
      equal(await h.state('t'), 'processing');
      await h.later(10_000);
      equal(await h.state('t'), 'released');
      equal((await h.complete('t', token)).kind, 'stale');
    },
  },
  {
    title: 'a clock set back leaves grace, deadline, idle time and age what was left of them',
    async run(h) {
      await h.failUnit('grace', 'u', await h.token('grace', 'u'));
      await h.close('grace', { unitGrace: 5000 });
      await h.close('deadline', { expect: 1, deadline: 7000 });
      await h.open('idle', { closeWhenIdle: 9000 });
      await h.open('age', { closeAfter: 11_000 });
      await setBack(h, 'grace', 'deadline', 'idle', 'age');
      const states = async () => Promise.all(['grace', 'deadline', 'idle', 'age'].map((task) => h.state(task)));
      await h.later(3999);
      deepEqual(await states(), ['locked', 'locked', 'open', 'open']);
      await h.later(1);
      deepEqual(await states(), ['failed', 'locked', 'open', 'open']);
      await h.later(2000);
      deepEqual(await states(), ['failed', 'failed', 'open', 'open']);
      await h.later(2000);
      deepEqual(await states(), ['failed', 'failed', 'released', 'open']);
      await h.later(2000);
      deepEqual(await states(), ['failed', 'failed', 'released', 'released']);
    },
  },
  {
    title:
      'a clock set back over and over leaves a lock its own length at most, though nothing but sweeps is asked for',
    async run(h) {
      await h.token('t', 'u', { ttl: 60_000 });
      for (let i = 0; i < 3; i++) {
        await h.later(30_000);
        await h.advance(-HOURS);
        await h.sweep();
        const { live, now } = await h.detail('t');
        ok((live[0]?.until ?? 0) - now <= 60_000);
      }
      await h.later(60_000);
      equal((await h.detail('t')).units.expired, 1);
    },
  },
  {
    title: 'tokens and cursors of events grow through a clock set back',
    async run(h) {
      const before = await h.token('t', 'u', { ttl: 1000 });
      const { cursor } = await h.store.events({ limit: 10, after: '0' });
      await setBack(h, 't');
      await h.later(1000);
      ok((await h.token('t', 'u')) > before);
      await h.close('t2');
      const page = await h.store.events({ limit: 10, after: cursor });
      deepEqual([page.gap, page.events.some(({ task }) => task === 't2')], [false, true]);
    },
  },
  {
    title: 'when nothing is counted by it any more the time of the store is the clock again',
    async run(h) {
      await h.open('t');
      const { createdAt } = await h.detail('t');
      await setBack(h, 't');
      equal((await h.detail('t')).now, createdAt + 1000);
      await h.cancel('t');
      await h.sweep();
      await h.open('later');
      equal((await h.detail('later')).createdAt, createdAt + 1000 - HOURS);
      equal(await h.state('t'), 'failed');
    },
  },
];
