import { deepEqual, equal } from 'node:assert/strict';
import type { LockOutcome } from '../../core/store.js';
import type { ConformanceCase } from '../conformance-case.js';
import type { History } from '../history.js';

/** Locks units of tasks in one batch, so that what the store writes of them may be the same byte for byte. */
async function lockTogether(h: History, units: readonly (readonly [task: string, unit: string])[]): Promise<number[]> {
  const calls = units.map(([task, unit]) => {
    const { nonce: _, ...call } = h.lockCall(task, unit);
    return call;
  });
  const outcomes = (await h.store.apply(calls)) as LockOutcome[];
  return outcomes.map((outcome) => (outcome.kind === 'locked' ? outcome.token : 0));
}

export const sharingCases: readonly ConformanceCase[] = [
  {
    title: 'units locked in one batch go their own ways',
    async run(h) {
      const names = ['a', 'b', 'c', 'd', 'e'] as const;
      const [a = 0, b = 0, c = 0] = await lockTogether(
        h,
        names.map((unit) => ['t', unit] as const),
      );
      await h.advance(1000);
      equal((await h.extendLock('t', 'a', a, 600_000)).kind, 'extended');
      equal((await h.failUnit('t', 'b', b, true)).kind, 'failed');
      equal((await h.unlock('t', 'c', c, '"c"')).kind, 'done');
      await h.later(59_000);
      equal((await h.lock('t', 'e')).kind, 'locked');
      deepEqual(await h.units('t'), { a: 'locked', b: 'failed', c: 'done', d: 'expired', e: 'locked' });
      const page = await h.store.units({ task: 't' }, names);
      const units = page.kind === 'units' ? page.units : [];
      deepEqual(
        units.map(({ lockedAt, renewedAt, final, error }) => [renewedAt - lockedAt, final, error !== null]),
        [
          [1000, false, false],
          [0, true, true],
          [0, false, false],
          [0, false, false],
          [0, false, false],
        ],
      );
    },
  },
  {
    title: 'tasks that were made, closed and claimed in one batch go their own ways',
    async run(h) {
      const tasks = ['a', 'b', 'c'] as const;
      const tokens = await lockTogether(
        h,
        tasks.map((task) => [task, 'u'] as const),
      );
      const nonce = h.nonce();
      const rest = { verb: 'close', nonce, idleTimeout: 1000, info: null, options: { expect: 1 } } as const;
      await h.store.apply(tasks.map((task) => ({ ...rest, task, replace: false })));
      equal((await h.unlock('a', 'u', tokens[0] ?? 0)).kind, 'done');
      equal((await h.cancel('b', 'no')).kind, 'cancelled');
      const { task, token } = await h.claimed();
      equal(task, 'a');
      await h.complete('a', token, '"whole"');
      equal((await h.retry('b')).kind, 'retried');
      const states = (await h.store.inspect(tasks)).map((detail) => [
        detail?.state,
        detail?.unmet,
        detail?.attempt,
        detail?.result,
        detail?.failure,
      ]);
      deepEqual(states, [
        ['completed', 0, 1, '"whole"', null],
        ['locked', 1, 0, null, null],
        ['locked', 1, 0, null, null],
      ]);
      deepEqual([await h.units('b'), await h.units('c')], [{ u: 'expired' }, { u: 'locked' }]);
    },
  },
  {
    title: 'namespaces in which the same happened at the same moment go their own ways',
    async run(h) {
      const stores = [h.store, h.store.namespace(`another one than ${h.store.name}`)];
      const lock = h.lockCall('t', 'u');
      const close = { verb: 'close', task: 't', nonce: h.nonce(), idleTimeout: 1000, info: null } as const;
      const tokens: number[] = [];
      for (const store of stores) {
        const [locked] = await store.apply([lock, { ...close, options: { attempts: 2 }, replace: false }]);
        tokens.push(locked.kind === 'locked' ? locked.token : 0);
      }
      const [first, second] = stores as [typeof h.store, typeof h.store];
      const fail = { verb: 'failUnit', task: 't', unit: 'u', error: '"no"', final: true } as const;
      await first.apply([{ ...fail, token: tokens[0] ?? 0 }]);
      const [there] = await second.inspect(['t']);
      deepEqual(
        [there?.state, there?.units, there?.failure],
        ['locked', { locked: 1, done: 0, failed: 0, expired: 0 }, null],
      );
      const [done] = await second.apply([{ verb: 'unlock', task: 't', unit: 'u', token: tokens[1] ?? 0, result: '1' }]);
      equal(done.kind === 'done' && done.state, 'released');
      const [here] = await first.inspect(['t']);
      deepEqual([here?.state, here?.failure, here?.units.failed], ['failed', 'incomplete', 1]);
    },
  },
];
