import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';

export const byHandCases: readonly ConformanceCase[] = [
  {
    title: 'retry returns a task that failed in processing to the queue, attempts anew',
    async run(h) {
      await h.close('t', { attempts: 1 }, { info: '"i"' });
      await h.failClaim('t', (await h.claimed()).token);
      const nonce = h.nonce();
      deepEqual(await h.retry('t', nonce), { kind: 'retried', state: 'released' });
      deepEqual(await h.retry('t', nonce), { kind: 'retried', state: 'released' });
      deepEqual(await h.retry('t'), { kind: 'not-failed', state: 'released' });
      const claim = await h.claimed();
      deepEqual([claim.attempt, claim.info], [1, '"i"']);
      equal((await h.complete('t', claim.token)).kind, 'completed');
    },
  },
  {
    title: 'after a retry a claim may be given back a hundred times more without an attempt',
    async run(h) {
      const giveBack = async (times: number): Promise<boolean[]> => {
        const spent: boolean[] = [];
        for (let i = 0; i < times; i++) {
          const outcome = await h.giveBack('t', (await h.claimed()).token);
          spent.push(outcome.kind === 'given-back' && outcome.spent);
        }
        return spent;
      };
      await h.close('t', { attempts: 2 });
      equal((await giveBack(100)).includes(true), false);
      await h.failClaim('t', (await h.claimed()).token, false);
      equal((await h.retry('t')).kind, 'retried');
      equal((await giveBack(100)).includes(true), false);
      deepEqual(await giveBack(1), [true]);
      equal((await h.claimed()).attempt, 2);
    },
  },
  {
    title: 'retry returns an incomplete task to locked, finals cleared, with deadline and grace of a minute at least',
    async run(h) {
      const bad = await h.token('t', 'bad');
      await h.failUnit('t', 'bad', bad, true);
      equal((await h.close('t', { unitGrace: 0, deadline: 1000 })).state, 'failed');
      deepEqual(await h.retry('t'), { kind: 'retried', state: 'locked' });
      await h.later(59_999);
      equal(await h.state('t'), 'locked');
      equal((await h.done('t', 'bad')).kind, 'done');
      equal((await h.claimed()).incomplete, null);
    },
  },
  {
    title: 'retry counts expected names anew',
    async run(h) {
      await h.failUnit('t', 'a', await h.token('t', 'a'), true);
      await h.done('t', 'b');
      equal((await h.close('t', { expect: ['a', 'b'] })).state, 'failed');
      await h.retry('t');
      equal((await h.detail('t')).unmet, 1);
      await h.done('t', 'a');
      equal(await h.state('t'), 'released');
    },
  },
  {
    title: 'retry returns a task never closed to open',
    async run(h) {
      await h.done('t', 'u');
      await h.later(86_400_000);
      equal(await h.state('t'), 'failed');
      deepEqual(await h.retry('t'), { kind: 'retried', state: 'open' });
      await h.done('t', 'v');
      equal((await h.close('t')).state, 'released');
    },
  },
  {
    title: 'release sends a task to the workers with what there is',
    async run(h) {
      await h.done('t', 'a');
      const live = await h.token('t', 'b');
      const nonce = h.nonce();
      deepEqual(await h.release('t', nonce), { kind: 'released', state: 'released' });
      deepEqual(await h.release('t', nonce), { kind: 'released', state: 'released' });
      equal((await h.release('t')).kind, 'late');
      equal((await h.unlock('t', 'b', live)).kind, 'lost');
      deepEqual((await h.claimed()).incomplete, { failed: 0, expired: 1, missing: 0, total: 1, names: ['b'] });
    },
  },
  {
    title: 'release takes the delay from a task that waits for its next attempt',
    async run(h) {
      await h.close('t');
      await h.failClaim('t', (await h.claimed()).token, true, 60_000);
      await h.release('t');
      equal((await h.claimed()).attempt, 2);
    },
  },
  {
    title: 'cancel ends a task from any state that has not ended, and its holders are told',
    async run(h) {
      const lock = await h.token('open', 'u');
      deepEqual(await h.cancel('open', 'why'), { kind: 'cancelled' });
      deepEqual(await h.extendLock('open', 'u', lock), { kind: 'lost', state: 'failed', cancelled: 'why' });
      await h.close('busy');
      const { token } = await h.claimed();
      await h.cancel('busy', 'why');
      const stale = await h.complete('busy', token);
      deepEqual(stale, { kind: 'stale', currentToken: null, state: 'failed', cancelled: 'why' });
      const detail = await h.detail('busy');
      deepEqual([detail.failure, detail.reason], ['cancelled', 'why']);
      deepEqual(await h.cancel('busy'), { kind: 'already-ended', state: 'failed' });
      equal((await h.stats()).processing, 0);
    },
  },
  {
    title: 'remove takes ended tasks only, and leaves a stub that answers late for five minutes',
    async run(h) {
      await h.close('t', { worker: false });
      await h.token('open', 'u');
      deepEqual(await h.remove('open'), { kind: 'not-ended', state: 'open' });
      deepEqual(await h.remove('t'), { kind: 'removed' });
      deepEqual(await h.remove('t'), { kind: 'not-found' });
      equal(await h.state('t'), null);
      deepEqual(await h.lock('t', 'u'), { kind: 'late', state: 'completed', unitState: null });
      await h.later(300_000);
      equal((await h.lock('t', 'u')).kind, 'locked');
    },
  },
  {
    title: 'what is not known is not found',
    async run(h) {
      for (const outcome of [await h.retry('x'), await h.release('x'), await h.cancel('x'), await h.remove('x')]) {
        deepEqual(outcome, { kind: 'not-found' });
      }
      deepEqual(await h.store.inspect(['x']), [null]);
    },
  },
  {
    title: 'a retried task keeps what its units did, and their old locks stay lost',
    async run(h) {
      await h.done('t', 'good', '1');
      const old = await h.token('t', 'slow');
      await h.close('t');
      await h.cancel('t');
      await h.retry('t');
      deepEqual(await h.units('t'), { good: 'done', slow: 'expired' });
      equal((await h.extendLock('t', 'slow', old)).kind, 'lost');
      ok((await h.token('t', 'slow')) > old);
    },
  },
];
