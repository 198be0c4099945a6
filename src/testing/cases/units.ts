import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';

export const unitCases: readonly ConformanceCase[] = [
  {
    title: 'the first lock creates the task, open, with one unit outstanding',
    async run(h) {
      equal((await h.lock('t', 'u')).kind, 'locked');
      const detail = await h.detail('t');
      equal(detail.state, 'open');
      deepEqual(detail.units, { locked: 1, done: 0, failed: 0, expired: 0 });
      equal(detail.outstanding, 1);
      equal((await h.stats()).open, 1);
    },
  },
  {
    title: 'a unit held by another answers held: who, and until when',
    async run(h) {
      await h.lock('t', 'u', { holder: 'web-3', ttl: 5000 });
      const outcome = await h.lock('t', 'u');
      equal(outcome.kind, 'held');
      if (outcome.kind !== 'held') return;
      equal(outcome.holder, 'web-3');
      ok(outcome.until - outcome.now <= 5000 && outcome.until > outcome.now);
    },
  },
  {
    title: 'tokens grow, also when a unit is locked anew and a name is used again',
    async run(h) {
      const first = await h.token('t', 'u');
      await h.failUnit('t', 'u', first);
      const second = await h.token('t', 'u');
      const other = await h.token('x', 'u');
      ok(first < second && second < other);
    },
  },
  {
    title: 'unlock makes the unit done and says where the task stands',
    async run(h) {
      const token = await h.token('t', 'u');
      await h.token('t', 'v');
      deepEqual(await h.unlock('t', 'u', token), {
        kind: 'done',
        released: false,
        state: 'open',
        outstanding: 1,
        done: 1,
      });
    },
  },
  {
    title: 'a done unit answers done with its result, byte for byte',
    async run(h) {
      const json = '{"n":1.10,"big":12345678901234567890,"list":[],"text":"\\u0000é"}';
      await h.done('t', 'u', json);
      deepEqual(await h.lock('t', 'u'), { kind: 'done', result: json });
    },
  },
  {
    title: 'unlock repeated is done again, and counts once',
    async run(h) {
      const token = await h.token('t', 'u');
      await h.unlock('t', 'u', token);
      const again = await h.unlock('t', 'u', token);
      equal(again.kind, 'done');
      equal((await h.detail('t')).units.done, 1);
    },
  },
  {
    title: 'a wrong token is lost and writes nothing',
    async run(h) {
      const token = await h.token('t', 'u');
      equal((await h.unlock('t', 'u', token + 1)).kind, 'lost');
      equal((await h.failUnit('t', 'u', token - 1)).kind, 'lost');
      equal((await h.extendLock('t', 'u', token + 1)).kind, 'lost');
      deepEqual(await h.units('t'), { u: 'locked' });
    },
  },
  {
    title: 'unlock of a unit or task never locked is lost and creates nothing',
    async run(h) {
      deepEqual(await h.unlock('nope', 'u', 5), { kind: 'lost', state: null });
      await h.token('t', 'u');
      deepEqual(await h.unlock('t', 'nope', null), { kind: 'lost', state: 'open' });
      equal(await h.state('nope'), null);
    },
  },
  {
    title: 'a failed unit can be locked again; its old token is lost then',
    async run(h) {
      const first = await h.token('t', 'u');
      equal((await h.failUnit('t', 'u', first)).kind, 'failed');
      equal((await h.failUnit('t', 'u', first)).kind, 'failed');
      equal((await h.unlock('t', 'u', first)).kind, 'lost');
      const second = await h.token('t', 'u');
      equal((await h.failUnit('t', 'u', first)).kind, 'lost');
      equal((await h.unlock('t', 'u', second)).kind, 'done');
      deepEqual((await h.detail('t')).units, { locked: 0, done: 1, failed: 0, expired: 0 });
    },
  },
  {
    title: 'a done unit cannot fail',
    async run(h) {
      const token = await h.token('t', 'u');
      await h.unlock('t', 'u', token);
      equal((await h.failUnit('t', 'u', token)).kind, 'lost');
      deepEqual(await h.units('t'), { u: 'done' });
    },
  },
  {
    title: 'an overdue lock still counts until something ends it',
    async run(h) {
      const token = await h.token('t', 'u', { ttl: 1000 });
      await h.advance(5000);
      equal((await h.extendLock('t', 'u', token)).kind, 'extended');
      await h.advance(90_000);
      equal((await h.unlock('t', 'u', token)).kind, 'done');
    },
  },
  {
    title: 'the sweep ends an overdue lock; its holder may still unlock or fail, not extend',
    async run(h) {
      const u = await h.token('t', 'u', { ttl: 1000 });
      const v = await h.token('t', 'v', { ttl: 1000 });
      await h.later(1001);
      deepEqual(await h.units('t'), { u: 'expired', v: 'expired' });
      equal((await h.extendLock('t', 'u', u)).kind, 'lost');
      equal((await h.unlock('t', 'u', u)).kind, 'done');
      equal((await h.failUnit('t', 'v', v)).kind, 'failed');
      deepEqual((await h.detail('t')).units, { locked: 0, done: 1, failed: 1, expired: 0 });
    },
  },
  {
    title: 'a new lock of the unit ends an overdue one',
    async run(h) {
      const old = await h.token('t', 'u', { ttl: 1000 });
      await h.advance(1001);
      const fresh = await h.token('t', 'u');
      ok(fresh > old);
      equal((await h.unlock('t', 'u', old)).kind, 'lost');
      deepEqual((await h.detail('t')).units, { locked: 1, done: 0, failed: 0, expired: 0 });
    },
  },
  {
    title: 'no lock lives past its longest hold, renewals included',
    async run(h) {
      const token = await h.token('t', 'u', { ttl: 1000, maxHold: 2000 });
      await h.advance(900);
      const extended = await h.extendLock('t', 'u', token, 60_000);
      equal(extended.kind, 'extended');
      if (extended.kind === 'extended') equal(extended.until - extended.now, 1100);
      await h.advance(1200);
      equal((await h.extendLock('t', 'u', token)).kind, 'lost');
    },
  },
  {
    title: 'a lock is found again by its nonce while it lives',
    async run(h) {
      const nonce = h.nonce();
      const first = await h.lock('t', 'u', { nonce });
      const again = await h.lock('t', 'u', { nonce });
      ok(first.kind === 'locked' && again.kind === 'locked' && first.token === again.token);
      equal((await h.detail('t')).units.locked, 1);
    },
  },
  {
    title: 'refresh gives a live lock a new deadline and keeps its token',
    async run(h) {
      const token = await h.token('t', 'u', { ttl: 1000 });
      await h.advance(500);
      const again = await h.lock('t', 'u', { ttl: 1000, refresh: true });
      ok(again.kind === 'locked' && again.token === token && again.until - again.now === 1000);
    },
  },
  {
    title: 'unlock without a token ends whatever lock there is',
    async run(h) {
      await h.token('t', 'u');
      equal((await h.unlock('t', 'u', null)).kind, 'done');
      equal((await h.unlock('t', 'u', null)).kind, 'done');
      equal((await h.detail('t')).units.done, 1);
    },
  },
  {
    title: 'calls of a batch take effect in order and answer each for itself',
    async run(h) {
      const { store } = h;
      const outcomes = await store.apply([
        h.lockCall('t', 'u'),
        h.lockCall('t', 'u'),
        h.lockCall('t', 'v'),
        { verb: 'unlock', task: 't', unit: 'u', token: null, result: '1' },
        { verb: 'unlock', task: 't', unit: 'nope', token: 3, result: null },
        h.lockCall('other', 'u'),
      ]);
      deepEqual(
        outcomes.map(({ kind }) => kind),
        ['locked', 'held', 'locked', 'done', 'lost', 'locked'],
      );
    },
  },
  {
    title: 'names are taken literally: NUL, braces, newlines, colons, __proto__, numbers',
    async run(h) {
      const names = [
        '\0',
        '{a}',
        'a\nb',
        'lock:x',
        '__proto__',
        'constructor',
        '01',
        '1',
        'ü',
        '𝒳',
        ' ',
        "'; drop table task; --",
      ];
      for (const name of names) await h.done(name, name, JSON.stringify(name));
      for (const name of names) {
        deepEqual(await h.lock(name, name), { kind: 'done', result: JSON.stringify(name) });
        equal((await h.detail(name)).units.done, 1);
      }
      equal((await h.stats()).open, names.length);
    },
  },
  {
    title: 'namespaces do not see each other',
    async run(h) {
      await h.done('t', 'u');
      const other = h.store.namespace(`other than ${h.store.name}`);
      const [detail] = await other.inspect(['t']);
      equal(detail, null);
      equal((await other.stats()).open, 0);
      equal((await h.stats()).open, 1);
    },
  },
];
