import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';

export const lettingGoCases: readonly ConformanceCase[] = [
  {
    title: 'a lock that was let go is free for others at once; it has expired, not failed',
    async run(h) {
      const u = await h.token('t', 'u');
      deepEqual(await h.letGo('t', 'u', u), {
        kind: 'let-go',
        released: false,
        state: 'open',
        outstanding: 1,
        done: 0,
      });
      deepEqual(await h.units('t'), { u: 'expired' });
      equal((await h.letGo('t', 'u', u)).kind, 'let-go');
      equal((await h.extendLock('t', 'u', u)).kind, 'lost');
      const next = await h.token('t', 'u');
      ok(next > u);
      equal((await h.letGo('t', 'u', u)).kind, 'lost');
      equal((await h.unlock('t', 'u', u)).kind, 'lost');
      deepEqual(await h.units('t'), { u: 'locked' });
      equal((await h.unlock('t', 'u', next)).kind, 'done');
      equal((await h.letGo('t', 'u', next)).kind, 'lost');
      deepEqual(await h.letGo('none', 'u', 1), { kind: 'lost', state: null });
    },
  },
  {
    title: 'the holder of a lock that was let go may still unlock: the work was done',
    async run(h) {
      const u = await h.token('t', 'u');
      await h.letGo('t', 'u', u);
      equal((await h.unlock('t', 'u', u, '"late"')).kind, 'done');
      deepEqual(await h.units('t'), { u: 'done' });
      const failed = await h.token('t', 'v');
      await h.failUnit('t', 'v', failed);
      equal((await h.letGo('t', 'v', failed)).kind, 'lost');
    },
  },
  {
    title: 'a closed task waits for a unit that was let go until the grace is over, and not longer',
    async run(h) {
      const u = await h.token('t', 'u');
      await h.close('t', { unitGrace: 1000, incomplete: 'release' });
      await h.later(500);
      equal((await h.letGo('t', 'u', u)).kind, 'let-go');
      await h.later(999);
      equal(await h.state('t'), 'locked');
      await h.later(1);
      equal(await h.state('t'), 'released');
      deepEqual((await h.claimed()).incomplete?.names, ['u']);
    },
  },
  {
    title: 'without a grace the last lock that is let go releases the task; a repeat changes nothing',
    async run(h) {
      const u = await h.token('t', 'u');
      await h.close('t', { unitGrace: 0, incomplete: 'release' });
      const first = await h.letGo('t', 'u', u);
      equal(first.kind === 'let-go' && first.released, true);
      const again = await h.letGo('t', 'u', u);
      equal(again.kind === 'let-go' && again.released, false);
      equal((await h.stats()).released, 1);
    },
  },
];
