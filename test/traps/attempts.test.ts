import { describe, expect, vi } from 'vitest';
import { AT_ONCE, trap, workOff } from './trap.js';

describe('an attempt belongs to one worker', () => {
  trap('S7: a worker that dies right after its claim loses nothing: claiming is one step', async ({ h }) => {
    await h.close('t', AT_ONCE, { info: '"i"' });
    await h.claimed({ lease: 1000 });
    expect(await h.stats()).toMatchObject({ released: 0, locked: 0, processing: 1 });
    await h.later(1000);
    const next = await h.claimed();
    expect([next.task, next.attempt, next.info]).toEqual(['t', 2, '"i"']);
  });

  trap('S8: a claim that fails on its way leaves the task in the queue', async ({ h, clock }) => {
    await h.close('t');
    const failing = vi.spyOn(clock, 'now').mockImplementation(() => {
      throw new Error('no time');
    });
    await expect(h.claim()).rejects.toThrow('no time');
    failing.mockRestore();
    expect(await h.stats()).toMatchObject({ released: 1, processing: 0 });
    expect((await h.claimed()).attempt).toBe(1);
  });

  trap('S8: odd names and deep info are claimed like any other, what is no text never gets in', async ({ tusker }) => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 900; i++) deep = [deep];
    const names = ['\0', '{x}', 'a\r\nb', '__proto__', '𝒳', '%s', ' '];
    for (const name of names) await tusker.close(name, { info: { deep } });
    for (const name of names) {
      const claim = await tusker.fetchReleased();
      expect([claim?.task, claim?.info]).toEqual([name, { deep }]);
      await claim?.complete();
    }
    await expect(tusker.close('\ud800')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'task' });
    await expect(tusker.close('t', { info: ['\udc00'] })).rejects.toMatchObject({ argument: 'info[0]' });
    expect(await tusker.stats()).toMatchObject({ completed: names.length, released: 0, locked: 0 });
  });

  trap('S9: a stale worker cannot complete the run of the next one, and completions count once', async ({ h }) => {
    await h.close('t', AT_ONCE);
    const stale = await h.claimed({ lease: 1000 });
    await h.later(1000);
    const fresh = await h.claimed();
    const refused = { kind: 'stale', currentToken: fresh.token, state: 'processing' };
    expect(await h.complete('t', stale.token, '"stale"')).toEqual(refused);
    expect(await h.complete('t', fresh.token, '"fresh"')).toEqual({ kind: 'completed' });
    expect(await h.complete('t', stale.token, '"stale"')).toMatchObject({ kind: 'stale', state: 'completed' });
    expect([(await h.detail('t')).result, (await h.stats()).completed]).toEqual(['"fresh"', 1]);
  });

  trap('S10: a stale failure ends no lease, burns no attempt and queues nothing', async ({ h }) => {
    await h.close('t', AT_ONCE);
    const stale = await h.claimed({ lease: 1000 });
    await h.later(1000);
    const fresh = await h.claimed();
    expect(await h.failClaim('t', stale.token)).toMatchObject({ kind: 'stale', currentToken: fresh.token });
    expect((await h.claim()).kind).toBe('none');
    const { attempt, claim, errors } = await h.detail('t');
    expect([attempt, claim?.token, errors.length]).toEqual([2, fresh.token, 1]);
    expect(await h.complete('t', fresh.token)).toEqual({ kind: 'completed' });
  });

  trap('S11: a stale completion leaves no ghost in the queue: the task is run again, once', async ({ h }) => {
    await h.close('t', AT_ONCE);
    const stale = await h.claimed({ lease: 1000 });
    await h.later(1000);
    expect(await h.complete('t', stale.token)).toMatchObject({ kind: 'stale', state: 'released' });
    expect(await h.stats()).toMatchObject({ released: 1, completed: 0 });
    expect(await workOff(h)).toEqual(['t']);
    expect(await h.stats()).toMatchObject({ released: 0, processing: 0, completed: 1 });
  });

  trap('S12: a failure told twice is one failed attempt and one place in the queue', async ({ h }) => {
    await h.close('t', AT_ONCE);
    const { token } = await h.claimed();
    expect(await h.failClaim('t', token)).toMatchObject({ kind: 'retrying' });
    expect(await h.failClaim('t', token)).toMatchObject({ kind: 'retrying' });
    expect((await h.stats()).released).toBe(1);
    const second = await h.claimed();
    expect([second.attempt, (await h.claim()).kind]).toEqual([2, 'none']);
    expect((await h.detail('t')).errors).toHaveLength(1);
  });

  trap('S13: completing a task that nobody knows, or nobody claimed, counts nothing', async ({ h }) => {
    expect(await h.complete('no such', 1)).toEqual({ kind: 'stale', currentToken: null, state: null });
    await h.close('t');
    expect(await h.complete('t', 1)).toMatchObject({ kind: 'stale', state: 'released' });
    expect(await h.stats()).toMatchObject({ completed: 0, released: 1 });
    expect(await h.state('no such')).toBeNull();
  });
});
