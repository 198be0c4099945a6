import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';

export const claimCases: readonly ConformanceCase[] = [
  {
    title: 'a released task is claimed once, the longest waiting first',
    async run(h) {
      await h.close('a', {}, { info: '1' });
      await h.close('b', {}, { info: '2' });
      const first = await h.claimed();
      deepEqual([first.task, first.info, first.attempt, first.incomplete], ['a', '1', 1, null]);
      equal((await h.claimed()).task, 'b');
      equal((await h.claim()).kind, 'none');
      equal((await h.stats()).processing, 2);
    },
  },
  {
    title: 'a batch of claims gives each its own task',
    async run(h) {
      for (const task of ['a', 'b', 'c']) await h.close(task);
      const calls = [1, 2, 3, 4].map(() => ({ nonce: h.nonce(), lease: 1000, worker: 'w' }));
      const outcomes = await h.store.claim(calls);
      const tasks = outcomes.map((outcome) => (outcome.kind === 'claimed' ? outcome.task : outcome.kind));
      deepEqual(tasks, ['a', 'b', 'c', 'none']);
    },
  },
  {
    title: 'a claim repeated with its nonce gives the same claim while it lives',
    async run(h) {
      await h.close('t');
      const nonce = h.nonce();
      const first = await h.claimed({ nonce });
      const again = await h.claimed({ nonce });
      deepEqual([again.task, again.token, again.attempt], [first.task, first.token, 1]);
      await h.complete('t', first.token);
      equal((await h.claim({ nonce })).kind, 'none');
    },
  },
  {
    title: 'one completion is accepted; a repeat of it answers the same; another token is stale',
    async run(h) {
      await h.close('t');
      const { token } = await h.claimed();
      deepEqual(await h.complete('t', token, '"r"'), { kind: 'completed' });
      deepEqual(await h.complete('t', token, '"other"'), { kind: 'completed' });
      equal((await h.complete('t', token + 1)).kind, 'stale');
      const detail = await h.detail('t');
      deepEqual([detail.state, detail.result], ['completed', '"r"']);
      equal((await h.stats()).completed, 1);
    },
  },
  {
    title: 'completing a task that is unknown or not claimed is stale and counts nothing',
    async run(h) {
      deepEqual(await h.complete('nope', 1), { kind: 'stale', currentToken: null, state: null });
      await h.close('t');
      equal((await h.complete('t', 1)).kind, 'stale');
      equal((await h.stats()).completed, 0);
    },
  },
  {
    title: 'a failed attempt returns after its delay, counted as delayed meanwhile',
    async run(h) {
      await h.close('t');
      const first = await h.claimed();
      equal((await h.failClaim('t', first.token, true, 5000)).kind, 'retrying');
      equal((await h.failClaim('t', first.token, true, 5000)).kind, 'retrying');
      const stats = await h.stats();
      deepEqual([stats.released, stats.delayed], [0, 1]);
      equal(await h.state('t'), 'released');
      equal((await h.claim()).kind, 'none');
      await h.advance(5000);
      equal((await h.claimed()).attempt, 2);
    },
  },
  {
    title: 'a claim repeated after its end takes nothing, and moves no delayed task into the queue',
    async run(h) {
      await h.close('t');
      const nonce = h.nonce();
      const { token } = await h.claimed({ nonce });
      await h.failClaim('t', token, true, 5000);
      await h.advance(5000);
      deepEqual(await h.claim({ nonce }), { kind: 'none', waiting: 0 });
      deepEqual([(await h.stats()).released, (await h.stats()).delayed], [0, 1]);
      equal((await h.claimed()).attempt, 2);
    },
  },
  {
    title: 'the backoff grows and has jitter within its bounds',
    async run(h) {
      await h.close('t', { attempts: 9, backoff: { base: 1000, factor: 2, max: 3000, jitter: 0.5 } });
      for (const full of [1000, 2000, 3000, 3000]) {
        const { token, now } = await h.claimed();
        const failed = await h.failClaim('t', token, true, null);
        ok(failed.kind === 'retrying' && failed.at - now >= full / 2 && failed.at - now <= full + 1000);
        await h.advance(full);
      }
    },
  },
  {
    title: 'attempts end: the last failure puts the task in failed with all errors',
    async run(h) {
      await h.close('t', { attempts: 2 });
      equal((await h.failClaim('t', (await h.claimed()).token)).kind, 'retrying');
      equal((await h.failClaim('t', (await h.claimed()).token)).kind, 'failed');
      const detail = await h.detail('t');
      deepEqual([detail.state, detail.failure, detail.errors.length], ['failed', 'attempts', 2]);
      deepEqual(detail.errors[1]?.error, '{"message":"no"}');
      equal((await h.stats()).failed, 1);
    },
  },
  {
    title: 'of the errors of attempts the last are told, a quarter of a mebibyte of them',
    async run(h) {
      await h.close('t', { attempts: 100 });
      const fail = async (error: string): Promise<void> => {
        const { token } = await h.claimed();
        await h.store.apply([{ verb: 'failClaim', task: 't', token, error, retry: true, delay: 0 }]);
      };
      for (let i = 0; i < 4; i++) await fail(JSON.stringify('é'.repeat(50_000)));
      deepEqual(
        (await h.detail('t')).errors.map(({ attempt }) => attempt),
        [3, 4],
      );
      await fail(JSON.stringify('e'.repeat(300_000)));
      deepEqual(
        (await h.detail('t')).errors.map(({ attempt }) => attempt),
        [5],
      );
      await fail('1');
      deepEqual(
        (await h.detail('t')).errors.map(({ attempt }) => attempt),
        [6],
      );
    },
  },
  {
    title: 'a failure without retry spends the other attempts',
    async run(h) {
      await h.close('t');
      const { token } = await h.claimed();
      equal((await h.failClaim('t', token, false)).kind, 'failed');
      equal((await h.detail('t')).failure, 'fatal');
    },
  },
  {
    title: 'a lease that runs out is a failed attempt; the stale worker writes nothing',
    async run(h) {
      await h.close('t', { backoff: { base: 0, factor: 1, max: 0, jitter: 0 } });
      const old = await h.claimed({ lease: 1000 });
      await h.later(1000);
      const fresh = await h.claimed();
      equal(fresh.attempt, 2);
      for (const outcome of [
        await h.complete('t', old.token),
        await h.failClaim('t', old.token),
        await h.extendClaim('t', old.token),
        await h.giveBack('t', old.token),
      ]) {
        deepEqual(outcome, { kind: 'stale', currentToken: fresh.token, state: 'processing' });
      }
      equal((await h.complete('t', fresh.token)).kind, 'completed');
      deepEqual((await h.detail('t')).errors.length, 1);
    },
  },
  {
    title: 'an overdue claim counts until the sweep ends it',
    async run(h) {
      await h.close('t');
      const { token } = await h.claimed({ lease: 1000 });
      await h.advance(5000);
      equal((await h.complete('t', token)).kind, 'completed');
    },
  },
  {
    title: 'renewed leases hold, but never past the time limit of the attempt',
    async run(h) {
      await h.close('t', { timeout: 3000 });
      const { token } = await h.claimed({ lease: 1000 });
      await h.later(900);
      const extended = await h.extendClaim('t', token, 1000);
      ok(extended.kind === 'extended' && extended.until - extended.now === 1000);
      await h.later(900);
      const capped = await h.extendClaim('t', token, 10_000);
      ok(capped.kind === 'extended' && capped.until - capped.now === 1200);
      await h.later(1200);
      equal((await h.extendClaim('t', token)).kind, 'stale');
    },
  },
  {
    title: 'a claim given back spends no attempt and returns to its place, a hundred times',
    async run(h) {
      await h.close('a', { attempts: 2 });
      await h.close('b');
      for (let i = 0; i < 100; i++) {
        const { task, token, attempt } = await h.claimed();
        deepEqual([task, attempt], ['a', 1]);
        deepEqual(await h.giveBack('a', token), { kind: 'given-back', spent: false });
        deepEqual(await h.giveBack('a', token), { kind: 'given-back', spent: false });
      }
      deepEqual(await h.giveBack('a', (await h.claimed()).token), { kind: 'given-back', spent: true });
      equal((await h.claimed()).attempt, 2);
    },
  },
  {
    title: 'an incomplete task released on purpose tells its worker what it lacks',
    async run(h) {
      await h.done('t', 'good');
      await h.failUnit('t', 'bad', await h.token('t', 'bad'), true);
      await h.token('t', 'dead', { ttl: 1000 });
      await h.close('t', { incomplete: 'release', expect: ['good', 'bad', 'gone', 'dead'], deadline: 5000 });
      await h.later(5000);
      const { incomplete, done } = await h.claimed();
      deepEqual(incomplete, { failed: 1, expired: 1, missing: 1, total: 3, names: ['bad', 'dead', 'gone'] });
      equal(done, 1);
    },
  },
  {
    title: 'a claim waits for a task, and is woken by its release',
    async run(h) {
      const waiting = h.store.claim([{ nonce: h.nonce(), lease: 1000, worker: 'w' }], 20_000);
      await h.close('t');
      const [outcome] = await waiting;
      equal(outcome?.kind, 'claimed');
    },
  },
  {
    title: 'a wait for a task ends at its time, and when it is aborted',
    async run(h) {
      const call = () => [{ nonce: h.nonce(), lease: 1000, worker: 'w' }];
      equal((await h.store.claim(call(), 20))[0]?.kind, 'none');
      const abort = new AbortController();
      const waiting = h.store.claim(call(), 60_000, abort.signal);
      abort.abort();
      equal((await waiting)[0]?.kind, 'none');
      await h.close('t');
      equal((await h.claimed()).task, 't');
    },
  },
];
