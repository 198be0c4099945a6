import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';

export const closingCases: readonly ConformanceCase[] = [
  {
    title: 'a close with nothing outstanding releases at once, also of a task never seen',
    async run(h) {
      await h.done('t', 'u');
      deepEqual(await h.close('t'), { kind: 'closed', state: 'released', outstanding: 0, done: 1 });
      deepEqual(await h.close('new'), { kind: 'closed', state: 'released', outstanding: 0, done: 0 });
      equal((await h.stats()).released, 2);
    },
  },
  {
    title: 'a close with a live lock waits; the last unlock releases once',
    async run(h) {
      const u = await h.token('t', 'u');
      const v = await h.token('t', 'v');
      deepEqual(await h.close('t'), { kind: 'closed', state: 'locked', outstanding: 2, done: 0 });
      deepEqual(await h.unlock('t', 'u', u), {
        kind: 'done',
        released: false,
        state: 'locked',
        outstanding: 1,
        done: 1,
      });
      deepEqual(await h.unlock('t', 'v', v), {
        kind: 'done',
        released: true,
        state: 'released',
        outstanding: 0,
        done: 2,
      });
      deepEqual(await h.unlock('t', 'v', v), {
        kind: 'done',
        released: false,
        state: 'released',
        outstanding: 0,
        done: 2,
      });
      equal((await h.stats()).released, 1);
    },
  },
  {
    title: 'units may start after the close while something is outstanding',
    async run(h) {
      const u = await h.token('t', 'u');
      await h.close('t');
      const v = await h.token('t', 'v');
      equal((await h.unlock('t', 'u', u)).kind, 'done');
      equal(await h.state('t'), 'locked');
      await h.unlock('t', 'v', v);
      equal(await h.state('t'), 'released');
    },
  },
  {
    title: "a caller's defaults count where no call of the task names anything, in open, close and replace",
    async run(h) {
      const backoff = { base: 5, factor: 2, max: 50, jitter: 0 };
      const defaults = { attempts: 9, backoff, unitGrace: 0, incomplete: 'release', retention: 600_000 } as const;
      await h.open('t', { options: { attempts: 3 }, defaults });
      await h.token('t', 'u');
      await h.close('t', { unitGrace: 7 }, { defaults: { ...defaults, attempts: 8, retention: 700_000, timeout: 50 } });
      const options = async () => (await h.detail('t')).options;
      const first = { ...(await options()), ...defaults, attempts: 3, unitGrace: 7, timeout: 50 };
      deepEqual(await options(), first);
      await h.close('t', { attempts: 4 }, { replace: true, defaults: { unitGrace: 1, worker: false, deadline: null } });
      deepEqual(await options(), { ...first, attempts: 4, worker: false, deadline: null });
      await h.close('bare', {}, { defaults: { attempts: 2, worker: false } });
      equal(await h.state('bare'), 'completed');
    },
  },
  {
    title: 'the first close wins; a later one answers already-closed and changes nothing',
    async run(h) {
      const u = await h.token('t', 'u');
      await h.close('t', { attempts: 2 }, { info: '"first"' });
      equal((await h.close('t', { attempts: 9 }, { info: '"second"' })).kind, 'already-closed');
      await h.unlock('t', 'u', u);
      const claim = await h.claimed();
      equal(claim.info, '"first"');
      equal(claim.attempts, 2);
      equal((await h.close('t')).kind, 'already-closed');
    },
  },
  {
    title: 'a close repeated with its nonce answers as the first did',
    async run(h) {
      const nonce = h.nonce();
      await h.token('t', 'u');
      equal((await h.close('t', {}, { nonce })).kind, 'closed');
      equal((await h.close('t', {}, { nonce })).kind, 'closed');
    },
  },
  {
    title: 'replace changes info and options while locked',
    async run(h) {
      const u = await h.token('t', 'u');
      await h.close('t', {}, { info: '1' });
      equal((await h.close('t', { attempts: 7 }, { info: '2', replace: true })).kind, 'closed');
      await h.unlock('t', 'u', u);
      const claim = await h.claimed();
      deepEqual([claim.info, claim.attempts], ['2', 7]);
    },
  },
  {
    title: 'a lock after the release is late, with the state',
    async run(h) {
      await h.close('t');
      deepEqual(await h.lock('t', 'u'), { kind: 'late', state: 'released', unitState: null });
      const { token } = await h.claimed();
      deepEqual(await h.lock('t', 'u'), { kind: 'late', state: 'processing', unitState: null });
      await h.complete('t', token);
      deepEqual(await h.lock('t', 'u'), { kind: 'late', state: 'completed', unitState: null });
    },
  },
  {
    title: 'expect as a count: close may come before, between and after the units',
    async run(h) {
      await h.close('before', { expect: 2 });
      equal(await h.state('before'), 'locked');
      await h.done('before', 'a');
      equal(await h.state('before'), 'locked');
      await h.done('before', 'b');
      equal(await h.state('before'), 'released');
      await h.done('after', 'a');
      await h.done('after', 'b');
      equal((await h.close('after', { expect: 2 })).state, 'released');
      equal((await h.close('none', { expect: 0 })).state, 'released');
    },
  },
  {
    title: 'expect as a list: extra units do not satisfy it, but a live lock waits',
    async run(h) {
      const extra = await h.token('t', 'extra');
      await h.close('t', { expect: ['a', 'b'] });
      await h.done('t', 'x');
      await h.done('t', 'a');
      equal((await h.detail('t')).unmet, 1);
      await h.done('t', 'b');
      equal(await h.state('t'), 'locked');
      await h.unlock('t', 'extra', extra);
      equal(await h.state('t'), 'released');
    },
  },
  {
    title: 'open declares a task; with expect it closes itself when that is met',
    async run(h) {
      deepEqual(await h.open('t', { info: '"i"', options: { expect: 1, attempts: 3 } }), {
        kind: 'opened',
        state: 'open',
      });
      equal((await h.open('t')).kind, 'already-open');
      await h.done('t', 'u');
      const claim = await h.claimed();
      deepEqual([claim.info, claim.attempts], ['"i"', 3]);
      deepEqual(await h.open('t'), { kind: 'late', state: 'processing' });
    },
  },
  {
    title: 'the first open of a task that a lock created declares it',
    async run(h) {
      const u = await h.token('t', 'u');
      equal((await h.open('t', { info: '7' })).kind, 'opened');
      await h.unlock('t', 'u', u);
      await h.close('t', {}, { info: undefined });
      equal((await h.claimed()).info, '7');
    },
  },
  {
    title: 'options that a close does not name keep their declared value',
    async run(h) {
      await h.open('t', { options: { attempts: 2, unitGrace: 5 } });
      await h.close('t', { timeout: 1000 });
      const { options } = await h.detail('t');
      deepEqual([options.attempts, options.unitGrace, options.timeout], [2, 5, 1000]);
    },
  },
  {
    title: 'closeWhenIdle closes a stream that died, with the declared info; an explicit close still gives its own',
    async run(h) {
      await h.open('t', { info: '"open"', closeWhenIdle: 1000, options: { expect: 5 } });
      await h.done('t', 'u');
      await h.later(999);
      equal(await h.state('t'), 'open');
      await h.later(1);
      const detail = await h.detail('t');
      deepEqual([detail.state, detail.closedBy], ['locked', 'idle']);
      equal((await h.close('t', {}, { info: '"close"' })).kind, 'closed');
      equal((await h.detail('t')).info, '"close"');
      equal((await h.close('t', {}, { info: '"again"' })).kind, 'already-closed');
    },
  },
  {
    title: 'a live lock is not idleness',
    async run(h) {
      await h.open('t', { closeWhenIdle: 1000 });
      const u = await h.token('t', 'u', { ttl: 10_000 });
      await h.later(5000);
      equal(await h.state('t'), 'open');
      await h.unlock('t', 'u', u);
      await h.later(1000);
      equal(await h.state('t'), 'released');
    },
  },
  {
    title: 'closeAfter closes that long after the first open',
    async run(h) {
      await h.open('t', { closeAfter: 1000 });
      await h.later(500);
      await h.done('t', 'u');
      await h.later(500);
      const detail = await h.detail('t');
      deepEqual([detail.state, detail.closedBy], ['released', 'age']);
    },
  },
  {
    title: 'an open task in which nothing happens for its idle time-out has failed as never closed',
    async run(h) {
      await h.lock('t', 'u', { ttl: 1000, idleTimeout: 60_000 });
      await h.later(1000);
      await h.later(59_999);
      equal(await h.state('t'), 'open');
      await h.later(1);
      const detail = await h.detail('t');
      deepEqual([detail.state, detail.failure], ['failed', 'never-closed']);
      deepEqual((await h.close('t')).kind, 'late');
    },
  },
  {
    title: 'worker: false completes at the release and keeps the unit results',
    async run(h) {
      await h.done('t', 'u', '"kept"');
      equal((await h.close('t', { worker: false })).state, 'completed');
      equal((await h.claim()).kind, 'none');
      deepEqual(await h.lock('t', 'u'), { kind: 'done', result: '"kept"' });
      await h.later(3_500_000);
      deepEqual(await h.lock('t', 'u'), { kind: 'done', result: '"kept"' });
      ok((await h.stats()).completed === 1);
    },
  },
];
