/** Claims that are given up: what they get all the same reaches their waiter or goes back, and nothing comes of them later. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClaimOutcome } from '../../src/core/store.js';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import { LATE } from '../../src/stores/redis/waiters.js';
import { until } from '../redis-ground/until.js';
import { calls } from './cut-ground.js';
import { passing, proxied } from './proxied.js';
import { says, tell } from './tell.js';
import { call, claimed, howOf, oneOnEach, waits } from './waits.js';

test('a wait that is aborted is over at once, not when its pop is', async () => {
  const { server, h } = await proxied();
  const abort = new AbortController();
  const waiting = waits(h, 60_000, abort.signal);
  await says(server, 'clients', /blocked_clients:1\r/);
  const start = performance.now();
  abort.abort();
  expect(claimed(await waiting)).toEqual([]);
  // Half of what is waited for an answer that may be on its way.
  expect(performance.now() - start).toBeLessThan(LATE / 2);
});

test('a wait beside another one is over with its signal and its time, also at a server that is silent', async () => {
  const { server, proxy, h } = await proxied();
  const first = waits(h, 60_000).catch(() => []);
  await says(server, 'clients', /blocked_clients:1\r/);
  server.pause();
  onTestFinished(() => server.resume());
  const abort = new AbortController();
  const start = performance.now();
  const looking = passing(proxy, 'FCALL');
  const aborted = waits(h, 60_000, abort.signal);
  const short = waits(h, 200);
  await looking;
  abort.abort();
  expect(claimed([...(await aborted), ...(await short)])).toEqual([]);
  expect(performance.now() - start).toBeLessThan(2 * LATE);
  server.resume();
  await h.close('t');
  expect(claimed(await first)).toEqual(['t']);
});

test('a claim that comes after it was given up gets nothing', async () => {
  const { server, proxy, h, direct } = await proxied();
  const abort = new AbortController();
  const waiting = waits(h, 60_000, abort.signal);
  const { words } = await passing(proxy, 'FCALL', (of) => howOf({ words: of }) === '2');
  abort.abort();
  expect(claimed(await waiting)).toEqual([]);
  await direct.close('t');
  // As a server does that was paused, or a connection that was slow.
  await tell(server, ...words);
  expect(await direct.stats()).toMatchObject({ processing: 0, released: 1 });
  expect(claimed(await waits(h))).toEqual(['t']);
});

test('what the first page of a claim got reaches its worker when the second is lost; what that got goes back', async () => {
  const { proxy, h, direct } = await proxied({ retryFor: 150 });
  for (let i = 0; i < 40; i++) await direct.close(`t${i}`);
  let pages = 0;
  proxy.rule = (command) =>
    calls(FUNCTIONS.claim)(command) && howOf(command) === '0' && ++pages > 1 ? 'cut-before-reply' : undefined;
  const asked = Array.from({ length: 40 }, () => ({ nonce: h.nonce(), lease: 60_000, worker: 'w' }));
  expect(claimed(await h.store.claim(asked)).length).toBe(32);
  await until('the others are back', async () => (await direct.stats()).released === 8 || undefined);
  expect((await direct.claimed()).attempt).toBe(1);
});

describe('a wait whose look beforehand found no server', () => {
  test.each([1, 2])(
    'has the next task all the same (%i shards)',
    async (shards) => {
      const { proxy, h, direct } = await proxied({ shards, retryFor: 150 });
      const [task = '', other = ''] = [...oneOnEach(h, shards), 'last'];
      const first = waits(h);
      await passing(proxy, 'BZPOPMIN');
      // The lines are blocked: who comes now looks first. That is lost, and looked up, before it waits.
      let isGivenUp = false;
      proxy.rule = (command) => {
        if (!calls(FUNCTIONS.claim)(command)) return undefined;
        isGivenUp ||= howOf(command) === '1';
        return howOf(command) === '0' ? 'cut-before-reply' : undefined;
      };
      const second = waits(h);
      await until('its look is given up', async () => isGivenUp || undefined);
      await direct.close(task);
      await direct.close(other);
      const got = [...claimed(await first), ...claimed(await second)];
      expect(got.sort()).toEqual([task, other].sort());
      expect(await direct.stats()).toMatchObject({ processing: 2, released: 0 });
    },
    30_000,
  );
});

test('a library that is missing claims for nobody whose wait was aborted meanwhile', async () => {
  const { server, h, direct } = await proxied();
  for (const task of ['a', 'b']) await direct.close(task);
  for (const _ of [1, 2]) {
    const { task, token } = await direct.claimed();
    await direct.failClaim(task, token, true, 700);
  }
  const abort = new AbortController();
  const [staying, leaving] = [waits(h), waits(h, 60_000, abort.signal)];
  // Both stand behind one pop that blocks until tasks are ripe; one leaves, and the functions are gone when the pop ends.
  await says(server, 'clients', /blocked_clients:1\r/);
  abort.abort();
  expect(claimed(await leaving)).toEqual([]);
  await tell(server, 'FUNCTION', 'FLUSH');
  expect(claimed(await staying)).toHaveLength(1);
  expect(await direct.stats()).toMatchObject({ processing: 1, released: 1 });
});

describe('a claim whose answer was lost', () => {
  test('is handed to its waiter, whose time is over by then', async () => {
    const { proxy, h, direct } = await proxied();
    await direct.close('t');
    proxy.rule = (command) => {
      if (calls(FUNCTIONS.claim)(command) && howOf(command) === '2') return 'cut-before-reply';
      return calls(FUNCTIONS.claim)(command) ? { delay: 300 } : undefined;
    };
    expect(claimed(await waits(h, 100))).toEqual(['t']);
  });

  test('is looked for until that is answered: none of what it got is lost', async () => {
    const { proxy, h, direct } = await proxied({ retryFor: 100 });
    const many = (): Promise<ClaimOutcome[]> =>
      h.store.claim(
        Array.from({ length: 64 }, () => call(h)),
        10_000,
      );
    for (let i = 0; i < 40; i++) await direct.close(`t${i}`);
    // Each time all come that were asked for, twice as many are asked for the next time.
    for (const count of [4, 8]) expect(claimed(await many())).toHaveLength(count);
    let [lost, looks] = [0, 0];
    proxy.rule = (command) => {
      if (!calls(FUNCTIONS.claim)(command)) return undefined;
      if (howOf(command) === '1') return looks++ < 8 ? 'cut-before-request' : undefined;
      return lost++ === 0 ? 'cut-before-reply' : undefined;
    };
    expect(claimed(await many())).toHaveLength(16);
    expect(looks).toBe(9);
    expect(await direct.stats()).toMatchObject({ processing: 28, released: 12 });
  });
});
