import { describe, expect, vi } from 'vitest';
import { AT_ONCE, trap, workOff } from './trap.js';

describe('what goes in is checked, or kept as it is', () => {
  trap(
    'S16: attempts that are no number of attempts are refused by name, and nothing is lost',
    async ({ h, tusker }) => {
      const token = await h.token('t', 'u');
      for (const attempts of [Number.POSITIVE_INFINITY, Number.NaN, 0, -1, 0.5, 1001, 2 ** 53, '5', null]) {
        const refused = tusker.close('t', { attempts: attempts as number });
        await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'options.attempts' });
      }
      expect((await h.detail('t')).state).toBe('open');
      await tusker.close('t', { attempts: 1 });
      await h.unlock('t', 'u', token);
      expect(await workOff(h)).toEqual(['t']);
    },
  );

  trap('S17: a time limit that is none is refused by name, and every sweep goes on', async ({ h, tusker }) => {
    for (const timeout of [Number.POSITIVE_INFINITY, Number.NaN, 0, -1, 367 * 86_400_000, '30000', null]) {
      const refused = tusker.close('bad', { timeout: timeout as number });
      await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'options.timeout' });
    }
    expect(await h.state('bad')).toBeNull();
    await tusker.close('longest', { timeout: 366 * 86_400_000 });
    await tusker.close('t', { timeout: 1000, backoff: 0 });
    await h.claimed({ lease: 366 * 86_400_000 });
    await h.claimed();
    await h.advance(1000);
    expect(await tusker.timeoutProcessing()).toBe(1);
    expect([await h.state('longest'), await h.state('t')]).toEqual(['processing', 'released']);
  });

  trap(
    'S22: the clocks of clients do not matter: an hour ahead or behind ends nothing early',
    async ({ h, tusker }) => {
      const skew = (hours: number) => vi.setSystemTime(Date.now() + hours * 3_600_000);
      vi.useFakeTimers({ toFake: ['Date'] });
      try {
        skew(-1);
        await tusker.lock('t', 'u', { ttl: 60_000, renew: false });
        await tusker.close('q', AT_ONCE);
        const claim = await tusker.fetchReleased({ lease: 30_000 });
        skew(2);
        expect(await tusker.sweep()).toMatchObject({ locks: 0, attempts: 0 });
        expect([await tusker.timeoutLocks(1000), await tusker.timeoutProcessing()]).toEqual([0, 0]);
        expect(await h.units('t')).toEqual({ u: 'locked' });
        await h.advance(1000);
        expect(await tusker.timeoutLocks(1000)).toBe(1);
        skew(-3);
        await claim?.complete();
        expect(await h.state('q')).toBe('completed');
      } finally {
        vi.useRealTimers();
      }
    },
  );

  trap('S23: JSON comes back byte for byte: empty lists stay lists, long numbers keep their digits', async ({ h }) => {
    const text = '{"list":[],"deep":[[],{}],"big":12345678901234567890,"exact":1234567890123456,"e":1e3,"f":1.10}';
    const token = await h.token('t', 'u');
    await h.unlock('t', 'u', token, text);
    expect(await h.lock('t', 'u')).toEqual({ kind: 'done', result: text });
    await h.close('t', AT_ONCE, { info: text });
    expect((await h.claimed()).info).toBe(text);
    await h.failClaim('t', (await h.detail('t')).claim?.token ?? 0);
    const again = await h.claimed();
    expect([again.attempt, again.info]).toEqual([2, text]);
    await h.complete('t', again.token, text);
    expect((await h.detail('t')).result).toBe(text);
  });

  trap('S23: the values come back too, through the public interface', async ({ tusker }) => {
    const value = { list: [], exact: 1234567890123456, safe: Number.MAX_SAFE_INTEGER, tiny: 5e-324, minus: -0.1 };
    expect(await tusker.run('t', 'u', () => value)).toEqual(value);
    await tusker.close('t', { info: value });
    const claim = await tusker.fetchReleased();
    expect([claim?.info, await claim?.results()]).toEqual([value, [value]]);
  });

  trap('S27: info 0 stays 0; attempts 0 and timeout 0 are refused instead of replaced', async ({ h, tusker }) => {
    for (const info of [0, '', false, null]) {
      const task = `info-${String(info)}`;
      await tusker.close(task, { info });
      expect((await tusker.fetchReleased())?.info).toBe(info);
    }
    for (const options of [{ attempts: 0 }, { timeout: 0 }]) {
      const argument = `options.${Object.keys(options)[0]}`;
      await expect(tusker.close('t', options)).rejects.toMatchObject({ argument, value: 0 });
    }
    expect(await h.state('t')).toBeNull();
  });
});
