import { describe, expect } from 'vitest';
import { trap, workOff } from './trap.js';

describe('a task is released once', () => {
  trap('S1: the last unlock before the close is done, and the close releases', async ({ h }) => {
    const token = await h.token('t', 'u');
    expect(await h.unlock('t', 'u', token)).toMatchObject({ kind: 'done', state: 'open', released: false });
    expect(await h.close('t')).toMatchObject({ kind: 'closed', state: 'released' });
    expect(await workOff(h)).toEqual(['t']);
  });

  trap('S2: further unlocks after the release, of this unit or another, release nothing', async ({ h }) => {
    const token = await h.token('t', 'u');
    await h.close('t');
    expect(await h.unlock('t', 'u', token)).toMatchObject({ kind: 'done', released: true });
    expect(await h.unlock('t', 'u', token)).toMatchObject({ kind: 'done', released: false });
    expect(await h.unlock('t', 'u', null)).toMatchObject({ kind: 'done', released: false });
    expect(await h.unlock('t', 'other', null)).toMatchObject({ kind: 'lost' });
    expect(await h.stats()).toMatchObject({ released: 1 });
    expect(await workOff(h)).toEqual(['t']);
    await h.unlock('t', 'u', token);
    await h.unlock('t', 'other', null);
    expect(await workOff(h)).toEqual([]);
  });

  trap('S3: unlocking a name that was never locked releases nothing, before and after the release', async ({ h }) => {
    await h.close('empty');
    expect(await h.unlock('empty', 'nope', null)).toMatchObject({ kind: 'lost' });
    await h.token('waits', 'u');
    await h.close('waits');
    expect(await h.unlock('waits', 'nope', null)).toMatchObject({ kind: 'lost', state: 'locked' });
    expect(await h.unlock('waits', 'nope', 1)).toMatchObject({ kind: 'lost', state: 'locked' });
    expect(await workOff(h)).toEqual(['empty']);
  });

  trap('S4: a lock after the release is late and releases nothing', async ({ h, tusker }) => {
    await h.close('t');
    expect(await h.lock('t', 'u')).toEqual({ kind: 'late', state: 'released', unitState: null });
    await expect(tusker.lock('t', 'u')).rejects.toMatchObject({ code: 'TASK_RELEASED', state: 'released' });
    expect(await h.unlock('t', 'u', null)).toMatchObject({ kind: 'lost' });
    expect(await workOff(h)).toEqual(['t']);
  });

  trap('S5: a slow holder whose lock was swept and the task released unlocks too late, to no effect', async ({ h }) => {
    const slow = await h.token('t', 'u', { ttl: 1000 });
    await h.close('t', { unitGrace: 0, incomplete: 'release' });
    await h.later(1000);
    expect(await h.state('t')).toBe('released');
    expect(await h.unlock('t', 'u', slow)).toMatchObject({ kind: 'lost', state: 'released' });
    expect((await h.claimed()).incomplete).toEqual({ failed: 0, expired: 1, missing: 0, total: 1, names: ['u'] });
    expect(await h.unlock('t', 'u', slow)).toMatchObject({ kind: 'lost', state: 'processing' });
    expect((await h.stats()).released).toBe(0);
  });

  trap('S5: a slow holder whose lock was swept while the task waits still hands its work in', async ({ h }) => {
    const slow = await h.token('t', 'u', { ttl: 1000 });
    await h.close('t', { unitGrace: 5000 });
    await h.later(1000);
    expect(await h.unlock('t', 'u', slow, '"late"')).toMatchObject({ kind: 'done', released: true });
    expect((await h.claimed()).incomplete).toBeNull();
    expect((await h.claim()).kind).toBe('none');
  });

  trap('S6: a late lock on a running task is refused, and no sweep releases the task meanwhile', async ({ h }) => {
    await h.close('t', { timeout: 3_600_000 });
    const { token } = await h.claimed({ lease: 3_600_000 });
    expect(await h.lock('t', 'late', { ttl: 1000 })).toEqual({ kind: 'late', state: 'processing', unitState: null });
    await h.later(60_000);
    await h.store.timeoutLocks(0, null, 100);
    expect((await h.claim()).kind).toBe('none');
    expect(await h.complete('t', token)).toEqual({ kind: 'completed' });
  });

  trap(
    'S14: a second close changes neither info nor attempts, while units are locked or the task runs',
    async ({ h }) => {
      const token = await h.token('t', 'u');
      await h.close('t', { attempts: 2 }, { info: '"first"' });
      expect(await h.close('t', { attempts: 99 }, { info: '"second"' })).toMatchObject({ kind: 'already-closed' });
      await h.unlock('t', 'u', token);
      const claim = await h.claimed();
      expect([claim.info, claim.attempts]).toEqual(['"first"', 2]);
      const later = await h.close('t', { attempts: 99 }, { info: '"third"', replace: true });
      expect(later).toMatchObject({ kind: 'already-closed', state: 'processing' });
      const { info, options } = await h.detail('t');
      expect([info, options.attempts]).toEqual(['"first"', 2]);
    },
  );

  trap('S15: a close retried after the completion does not run the task again', async ({ h }) => {
    await h.done('t', 'u');
    await h.close('t');
    expect(await workOff(h)).toEqual(['t']);
    expect(await h.close('t')).toMatchObject({ kind: 'already-closed', state: 'completed' });
    expect(await h.lock('t', 'u')).toEqual({ kind: 'late', state: 'completed', unitState: 'done' });
    expect(await workOff(h)).toEqual([]);
    expect((await h.stats()).completed).toBe(1);
  });
});
