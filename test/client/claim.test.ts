/** A claim from its grant to its end, while the store is late. */
import { describe, expect, test } from 'vitest';
import type { Claim } from '../../src/index.js';
import type { UnrulyTusker } from '../harness/unruly-tusker.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';

async function claimed({ tusker, peer }: UnrulyTusker, options = {}): Promise<Claim> {
  await peer().close('t');
  return (await tusker.fetchReleased(options)) as Claim;
}

describe('news', () => {
  test('of a cancel that came before the answer to a waiting claim was read are heard', async () => {
    const all = unrulyTusker();
    const { tusker, store, time, peer } = all;
    // Somebody follows the events already.
    expect((await tusker.lock('another', 'u')).signal.aborted).toBe(false);
    await time.passes(5000);
    const others = peer();
    const answer = store.next('claim').holdsAnswer();
    const fetching = tusker.fetchReleased({ timeout: 60_000 });
    await others.close('t');
    await answer.arrived;
    await others.cancel('t', 'user left');
    await time.passes(900);
    answer.letGo();
    const { signal } = (await fetching) as Claim;
    await time.settles();
    expect(signal.reason).toMatchObject({ code: 'CANCELLED', reason: 'user left' });
  });

  test('of its own grant end nothing and ask nothing', async () => {
    const all = unrulyTusker();
    const { signal } = (await all.tusker.lock('another', 'u')) as { signal: AbortSignal };
    await all.time.passes(5000);
    const claim = await claimed(all);
    expect([signal.aborted, claim.signal.aborted]).toEqual([false, false]);
    await all.time.settles();
    expect(all.store.sent('extendClaim')).toEqual([]);
  });
});

describe('the end of a scope', () => {
  test('gives back what was not settled, attempt unspent', async () => {
    const all = unrulyTusker();
    {
      await using claim = await claimed(all);
      expect(claim.attempt).toBe(1);
    }
    expect(all.store.sent('giveBack')).toHaveLength(1);
    expect(await all.tusker.fetchReleased()).toMatchObject({ attempt: 1 });
  });

  test('sends nothing behind a completion', async () => {
    const all = unrulyTusker();
    {
      await using claim = await claimed(all);
      await claim.complete('r');
    }
    expect(all.store.batches.flat().map(({ verb }) => verb)).toEqual(['complete']);
  });

  test('is not an error when the claim was lost', async () => {
    const all = unrulyTusker();
    const claim = await claimed(all);
    await all.peer().cancel('t');
    await claim[Symbol.asyncDispose]();
    expect(all.store.sent('giveBack')).toHaveLength(1);
  });

  test('is an error when the store cannot be told', async () => {
    const all = unrulyTusker();
    const claim = await claimed(all);
    all.store.next('giveBack').rejects();
    await expect(claim[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'CONNECTION' });
  });
});

describe('a claim that is being settled', () => {
  test.each(['complete', 'fail', 'giveBack'] as const)('by %s is not renewed any more', async (verb) => {
    const all = unrulyTusker();
    const claim = await claimed(all, { lease: 9000 });
    const asked = all.store.next(verb === 'fail' ? 'failClaim' : verb).holdsCall();
    const settling = claim[verb]('text');
    await asked.arrived;
    expect(claim.isSettled).toBe(true);
    await all.time.passes(20_000);
    asked.letGo();
    await settling;
    expect(all.store.sent('extendClaim')).toEqual([]);
  });

  test('may be settled again the same way when nobody heard of the first time', async () => {
    const all = unrulyTusker();
    const claim = await claimed(all);
    all.store.next('complete').losesAnswer();
    await expect(claim.complete('r')).rejects.toMatchObject({ code: 'CONNECTION' });
    await claim.complete('r');
    expect(await all.tusker.result('t')).toBe('r');
  });
});

describe('an extension by hand', () => {
  test('counts from when it was sent, and the renewals follow it', async () => {
    const all = unrulyTusker();
    const claim = await claimed(all, { lease: 60_000 });
    all.store.next('extendClaim').takes(500);
    const extending = claim.extend(3000);
    await all.time.passes(500);
    expect(await extending).toEqual({ until: claim.until });
    await all.time.passes(499);
    expect(all.store.sent('extendClaim')).toHaveLength(1);
    await all.time.passes(1);
    expect(all.store.sent('extendClaim').map(({ at }) => at)).toEqual([0, 1000]);
  });

  test('that is refused aborts the signal with the error that it throws', async () => {
    const all = unrulyTusker();
    const claim = await claimed(all);
    await all.peer().cancel('t', 'gone');
    const error = await claim.extend(1000).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CANCELLED', reason: 'gone' });
    expect(claim.signal.reason).toBe(error);
  });

  test('that does not get through ends nothing', async () => {
    const all = unrulyTusker();
    const claim = await claimed(all);
    all.store.next('extendClaim').rejects();
    await expect(claim.extend(1000)).rejects.toMatchObject({ code: 'CONNECTION' });
    expect(claim.signal.aborted).toBe(false);
    await claim.complete();
  });
});
