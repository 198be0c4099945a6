import { describe, expect } from 'vitest';
import type { Call, Store } from '../../src/index.js';
import { AT_ONCE, trap, workOff } from './trap.js';

/** Applies many calls in batches that a store takes. */
async function applyAll(store: Store, calls: readonly Call[]): Promise<void> {
  for (let i = 0; i < calls.length; i += 256) await store.apply(calls.slice(i, i + 256));
}

/** Ends all locks not renewed for `ms`, a page at a time: how many each page ended. */
async function endOldLocks(store: Store, ms: number): Promise<number[]> {
  const steps: number[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: { ended: number; cursor: string | null } = await store.timeoutLocks(ms, cursor, 100);
    steps.push(page.ended);
    cursor = page.cursor;
    if (cursor === null) return steps;
  }
}

/** The median time of one call, in ms. */
async function median(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 15; i++) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[7] ?? 0;
}

describe('a call happens as a whole or not at all', () => {
  trap('S18: a call that is refused in a batch changes nothing, and its neighbours happen', async ({ h }) => {
    const token = await h.token('t', 'u');
    await h.close('t');
    const outcomes = await h.store.apply([
      { verb: 'unlock', task: 't', unit: 'u', token: token + 1, result: null },
      { verb: 'complete', task: 't', token, result: null },
      { verb: 'unlock', task: 't', unit: 'u', token, result: null },
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['lost', 'stale', 'done']);
    expect(await workOff(h)).toEqual(['t']);
  });
});

describe('what a sweep looks at', () => {
  trap('S19: a sweep with nothing due costs the same with 20 000 tasks as with 20', async ({ h }) => {
    const tasks = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => h.lockCall(`t${from + i}`, 'u'));
    await applyAll(h.store, tasks(0, 20));
    const few = await median(() => h.store.sweep(100));
    await applyAll(h.store, tasks(20, 20_000));
    const many = await median(() => h.store.sweep(100));
    expect((await h.stats()).open).toBe(20_000);
    expect(many).toBeLessThan(few + 10);
  });

  trap('S19: ending the old locks of many tasks goes in steps of bounded size', async ({ h }) => {
    const calls = Array.from({ length: 2000 }, (_, i) => h.lockCall(`t${i}`, 'u'));
    await applyAll(h.store, calls);
    await h.advance(1000);
    const steps = await endOldLocks(h.store, 1000);
    expect(steps.reduce((sum, ended) => sum + ended, 0)).toBe(2000);
    expect(Math.max(...steps)).toBeLessThanOrEqual(100);
  });

  trap('S20: sweeping one namespace touches no other, whatever its tasks are called', async ({ h }) => {
    const other = h.store.namespace('other');
    const names = ['closed', 'released', 'processing', 'failed', 'completed', 'lock:t', 'task', 'unit', '1', '*'];
    const [mine] = await other.apply([{ ...h.lockCall('t', '1700000000000'), ttl: 3_600_000 }]);
    expect(mine).toMatchObject({ kind: 'locked' });
    for (const name of names) {
      await h.token(name, '123', { ttl: 1000 });
      await h.close(name, { unitGrace: 0, incomplete: 'release' });
    }
    await h.later(1000);
    await endOldLocks(h.store, 0);
    expect((await workOff(h)).sort()).toEqual([...names].sort());
    const [untouched] = await other.inspect(['t']);
    expect(untouched).toMatchObject({ state: 'open', units: { locked: 1, expired: 0 } });
    expect(await h.state('t')).toBeNull();
  });

  trap('S21: a task whose name holds a prefix of the first tusker is released like any other', async ({ h }) => {
    const names = ['lock:x', 'lock:lock:x', 'x:lock:', 'lock:'];
    for (const name of names) {
      await h.token(name, 'lock:u');
      await h.close(name, { unitGrace: 0, incomplete: 'release' });
    }
    await h.advance(1000);
    await endOldLocks(h.store, 1000);
    expect((await workOff(h)).sort()).toEqual([...names].sort());
  });
});

describe('counters and what is kept', () => {
  trap('S28: no counter goes below zero, and the tasks add up, after every step of a clumsy history', async ({ h }) => {
    const check = async () => {
      const stats = await h.stats();
      const { open, locked, released, delayed, processing, tombstones, deadLetters } = stats;
      expect(Math.min(...Object.values(stats))).toBeGreaterThanOrEqual(0);
      return open + locked + released + delayed + processing + tombstones + deadLetters;
    };
    const token = await h.token('t', 'u');
    await h.close('t', { ...AT_ONCE, attempts: 2 });
    const steps: (() => Promise<unknown>)[] = [() => h.unlock('t', 'u', token), () => h.unlock('t', 'u', null)];
    steps.push(
      () => h.unlock('t', 'nope', null),
      () => h.complete('t', 1),
      () => h.failClaim('t', 1),
    );
    for (const step of [...steps, ...steps]) {
      await step();
      expect(await check()).toBe(1);
    }
    for (const _ of [1, 2]) {
      const claim = await h.claimed();
      const ends = [
        () => h.failClaim('t', claim.token),
        () => h.complete('t', claim.token),
        () => h.giveBack('t', claim.token),
      ];
      for (const end of [...ends, ...steps]) {
        await end();
        expect(await check()).toBe(1);
      }
    }
    expect(await h.stats()).toMatchObject({ failed: 1, completed: 0, deadLetters: 1, processing: 0, released: 0 });
  });

  trap(
    'S29: a failed task is kept whole and can be retried with its info and the results of its units',
    async ({ h }) => {
      await h.done('t', 'u', '"part"');
      await h.close('t', { attempts: 1 }, { info: '"info"' });
      await h.failClaim('t', (await h.claimed()).token);
      const { errors, info } = await h.detail('t');
      expect([errors.map(({ error }) => error), info]).toEqual([['{"message":"no"}'], '"info"']);
      expect(await h.retry('t')).toEqual({ kind: 'retried', state: 'released' });
      const claim = await h.claimed();
      const page = await h.store.units({ task: 't', token: claim.token }, ['u']);
      expect([claim.info, claim.attempt, page.kind === 'units' && page.units[0]?.result]).toEqual([
        '"info"',
        1,
        '"part"',
      ]);
    },
  );

  trap(
    'S29: at most 10 000 failed tasks are kept, the oldest go first, and the counter knows them all',
    async ({ h }) => {
      const names = Array.from({ length: 10_030 }, (_, i) => `t${i}`);
      const fail = (task: string): Call[] => [
        { ...h.lockCall(task, 'u') },
        { verb: 'cancel', task, reason: '', nonce: h.nonce() },
      ];
      await applyAll(h.store, names.slice(0, 30).flatMap(fail));
      await h.advance(1);
      await applyAll(h.store, names.slice(30).flatMap(fail));
      await h.sweep();
      expect(await h.stats()).toMatchObject({ failed: 10_030, deadLetters: 10_000 });
      expect([await h.state('t0'), await h.state('t29'), await h.state('t30')]).toEqual([null, null, 'failed']);
    },
  );
});
