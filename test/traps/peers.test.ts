import { describe, expect } from 'vitest';
import type { Call } from '../../src/index.js';
import { listed } from '../tuskers.js';
import { AT_ONCE, trap, workOff } from './trap.js';

describe('units', () => {
  trap('bullmq#3403: units need not be known first: the set is open until the end is known', async ({ h }) => {
    for (const unit of ['1', '2', '3']) await h.done('stream', unit);
    const last = await h.token('stream', '4');
    expect(await h.close('stream', { expect: 5 })).toMatchObject({ state: 'locked', outstanding: 2 });
    await h.unlock('stream', '4', last);
    expect(await h.state('stream')).toBe('locked');
    expect(await h.done('stream', '5')).toMatchObject({ released: true });
  });

  trap('sidekiq#6852 #5524 #4361: a unit told twice counts once, whether unlocked or failed', async ({ h }) => {
    await h.close('t', { expect: 3 });
    const a = await h.token('t', 'a');
    for (let i = 0; i < 3; i++) await h.unlock('t', 'a', a);
    expect((await h.detail('t')).unmet).toBe(2);
    const b = await h.token('t', 'b');
    for (let i = 0; i < 3; i++) await h.failUnit('t', 'b', b, true);
    const { state, unmet, units } = await h.detail('t');
    expect([state, unmet, units]).toEqual(['locked', 2, { locked: 0, done: 1, failed: 1, expired: 0 }]);
  });

  trap('sidekiq-batch#90: units that end in the same moment release once', async ({ h }) => {
    const names = Array.from({ length: 50 }, (_, i) => `u${i}`);
    const tokens = await Promise.all(names.map((name) => h.token('t', name)));
    await h.close('t');
    const unlocks = names.flatMap((unit, i): Call[] => {
      const call = { verb: 'unlock', task: 't', unit, token: tokens[i] ?? 0, result: null } as const;
      return [call, call];
    });
    const outcomes = await Promise.all(unlocks.map((call) => h.store.apply([call])));
    expect(outcomes.flat().filter((outcome) => 'released' in outcome && outcome.released)).toHaveLength(1);
    expect(await workOff(h)).toEqual(['t']);
  });

  trap('bullmq 6.7: a unit added to a finished task is told so, and its work is not called', async ({ h, tusker }) => {
    await h.close('t');
    await workOff(h);
    expect(await h.lock('t', 'late')).toEqual({ kind: 'late', state: 'completed', unitState: null });
    const never = () => Promise.reject(new Error('called'));
    await expect(tusker.run('t', 'late', never)).rejects.toMatchObject({ code: 'TASK_RELEASED', state: 'completed' });
  });

  trap('bullmq#1323, celery#5000: results are read in pages and in natural order', async ({ h, tusker }) => {
    const body = JSON.stringify('x'.repeat(1000));
    const names = Array.from({ length: 3000 }, (_, i) => String(i));
    for (let i = 0; i < names.length; i += 100) {
      const batch = names
        .slice(i, i + 100)
        .flatMap((unit): Call[] => [
          h.lockCall('t', unit),
          { verb: 'unlock', task: 't', unit, token: null, result: body },
        ]);
      await h.store.apply(batch);
    }
    await h.close('t');
    const page = await h.store.units({ task: 't' }, names);
    expect(page.kind === 'units' && page.units.length).toBeLessThanOrEqual(1000);
    const claim = await tusker.fetchReleased();
    const read = claim === null ? [] : await listed(claim.units());
    expect(read.map(({ unit }) => unit)).toEqual(names);
  });
});

describe('nothing waits for ever', () => {
  trap('bullmq#3362 #800, celery#4207: a unit whose holder is gone ends the waiting in its grace', async ({ h }) => {
    for (const incomplete of ['fail', 'release'] as const) {
      await h.token(incomplete, 'lost', { ttl: 1000 });
      await h.close(incomplete, { unitGrace: 5000, incomplete });
    }
    await h.later(1000);
    await h.later(4999);
    expect([await h.state('fail'), await h.state('release')]).toEqual(['locked', 'locked']);
    await h.later(1);
    expect([await h.state('fail'), await h.state('release')]).toEqual(['failed', 'released']);
    expect((await h.claimed()).incomplete).toMatchObject({ expired: 1, names: ['lost'] });
  });

  trap('bullmq#3122 #1333, celery#2911: a unit that failed, or never came, ends the waiting too', async ({ h }) => {
    await h.failUnit('failed', 'u', await h.token('failed', 'u'));
    await h.close('failed', { unitGrace: 5000 });
    await h.close('missing', { expect: ['never'], deadline: 5000 });
    await h.later(5000);
    const [failed, missing] = await h.store.inspect(['failed', 'missing']);
    expect([failed?.state, failed?.incomplete?.failed]).toEqual(['failed', 1]);
    expect([missing?.state, missing?.incomplete?.names]).toEqual(['failed', ['never']]);
  });

  trap(
    'trigger.dev#4397 #4016: a stream that dies before its end closes by itself, or fails as never closed',
    async ({ h }) => {
      await h.open('declared', { closeWhenIdle: 10_000, info: '"i"' });
      for (const task of ['declared', 'undeclared']) await h.done(task, 'u');
      await h.later(10_000);
      expect([await h.state('declared'), await h.state('undeclared')]).toEqual(['released', 'open']);
      expect((await h.claimed()).info).toBe('"i"');
      await h.later(86_400_000);
      expect((await h.detail('undeclared')).failure).toBe('never-closed');
    },
  );

  trap('oban#954, unstract#2026: the last unit done and the task queued are one step', async ({ h }) => {
    const token = await h.token('t', 'u');
    await h.close('t');
    expect(await h.unlock('t', 'u', token)).toMatchObject({ released: true, state: 'released' });
    const events = await h.store.events({ after: '0', limit: 100 });
    expect(events.events.map(({ kind }) => kind)).toEqual(['created', 'closed', 'released']);
    expect((await h.claimed()).task).toBe('t');
  });

  trap('sidekiq#3130: what a task waits for can be asked at any moment', async ({ h, tusker }) => {
    const waitsFor = async () => (await tusker.explain('t')).waitsFor.map(({ what, unit }) => [what, unit]);
    const u = await h.token('t', 'u', { ttl: 1000 });
    expect(await waitsFor()).toEqual([
      ['lock', 'u'],
      ['close', undefined],
    ]);
    await h.close('t', { ...AT_ONCE, expect: ['u', 'v'] });
    expect(await waitsFor()).toEqual([
      ['lock', 'u'],
      ['expected', 'v'],
    ]);
    await h.later(1000);
    expect(await waitsFor()).toContainEqual(['unit', 'u']);
    await h.unlock('t', 'u', u);
    await h.done('t', 'v');
    expect(await waitsFor()).toEqual([['worker', undefined]]);
    await h.claimed();
    expect(await waitsFor()).toEqual([['attempt', undefined]]);
  });

  trap('bullmq#4484, ioredis#1888: a wait for a task settles: in its time, and when aborted', async ({ tusker }) => {
    expect(await tusker.fetchReleased({ timeout: 20 })).toBeNull();
    const abort = new AbortController();
    const aborted = tusker.fetchReleased({ timeout: 60_000, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
  });

  trap('bullmq#4484, ioredis#1888: a wait for a task settles when the client stops', async ({ tusker }) => {
    const start = performance.now();
    const waiting = tusker.fetchReleased({ timeout: 5000 });
    const settled = expect(waiting).rejects.toMatchObject({ code: 'STOPPED' });
    await tusker.stop({ grace: 0 });
    await settled;
    expect(performance.now() - start).toBeLessThan(2500);
  });

  trap('sidekiq#3083 #4914: what has ended is kept for a bounded time, then nothing is left', async ({ h }) => {
    await h.done('completed', 'u', '"r"');
    await h.close('completed');
    await workOff(h);
    await h.token('failed', 'u');
    await h.cancel('failed');
    await h.done('abandoned', 'u');
    await h.close('removed', { worker: false });
    await h.remove('removed');
    for (const _ of [1, 2, 3]) await h.later(8 * 86_400_000);
    for (const state of ['open', 'locked', 'released', 'processing', 'completed', 'failed', 'delayed'] as const) {
      expect((await h.store.tasks({ state, limit: 10 })).tasks).toEqual([]);
    }
    const query = { limit: 10 };
    for (const task of ['completed', 'failed', 'abandoned', 'removed']) {
      expect(await h.store.unitNames({ ...query, task })).toEqual({ kind: 'not-found' });
    }
    expect(await h.stats()).toMatchObject({ tombstones: 0, deadLetters: 0, open: 0 });
    expect((await h.store.sweep(100)).nextDue).toBeNull();
  });
});
