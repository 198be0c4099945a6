/** Waiters for a task whose connection breaks, whose server refuses, or whose store is closed. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import type { ProxiedCommand } from '../redis-ground/proxy.js';
import { until } from '../redis-ground/until.js';
import { calls } from './cut-ground.js';
import { passing, proxied } from './proxied.js';
import { info, ownServer, says, tell } from './tell.js';
import { storeAt } from './users.js';
import { call, claimed, oneOnEach, waits } from './waits.js';

/** How long the pops block that come to the proxy, in ms. */
async function popsDuring(wait: () => Promise<unknown>, proxy: { rule: unknown }): Promise<number[]> {
  const pops: number[] = [];
  proxy.rule = ({ name, words }: ProxiedCommand) => {
    if (name === 'BZPOPMIN') pops.push(1000 * Number(words[2]));
  };
  await wait();
  return pops;
}

test('a pop ends when the first delayed task is ready', async () => {
  const { proxy, h } = await proxied();
  await h.close('t');
  await h.failClaim('t', (await h.claimed()).token, true, 300);
  const pops = await popsDuring(async () => expect(claimed(await waits(h))).toEqual(['t']), proxy);
  expect(pops.length).toBeGreaterThan(0);
  expect(Math.max(...pops)).toBeLessThanOrEqual(300);
});

test('a pop ends when the wait of its waiter does', async () => {
  const { proxy, h } = await proxied();
  const pops = await popsDuring(async () => expect(claimed(await waits(h, 150))).toEqual([]), proxy);
  expect(pops.length).toBeGreaterThan(0);
  expect(Math.max(...pops)).toBeLessThanOrEqual(150);
});

test('a wait that is longer than a timer can be is not over at once', async () => {
  const { proxy, h, direct } = await proxied();
  const waiting = waits(h, 366 * 86_400_000);
  await passing(proxy, 'BZPOPMIN');
  await direct.close('t');
  expect(claimed(await waiting)).toEqual(['t']);
});

test('nothing is sent that names a connection: after a restart its number is a stranger’s', async () => {
  const { proxy, h, direct } = await proxied();
  const sent = new Set<string>();
  const watch = ({ name, words }: ProxiedCommand): undefined => {
    sent.add(name === 'CLIENT' ? `CLIENT ${words[1]?.toUpperCase()}` : name);
  };
  proxy.rule = watch;
  const abort = new AbortController();
  const waiting = waits(h, 60_000, abort.signal);
  await passing(proxy, 'BZPOPMIN');
  await proxy.next('cut-before-request', ({ name }) => name === 'BZPOPMIN');
  proxy.rule = watch;
  await until('it pops again', async () => sent.has('BZPOPMIN') || undefined);
  abort.abort();
  expect(claimed(await waiting)).toEqual([]);
  await direct.close('t');
  expect(claimed(await waits(h))).toEqual(['t']);
  // Libraries tell their name.
  expect([...sent].filter((name) => name.startsWith('CLIENT') && name !== 'CLIENT SETINFO')).toEqual([]);
  expect(sent).toContain('FCALL');
});

describe('several shards', () => {
  test('a line that breaks is replaced: its waiter has the next task there', async () => {
    const { proxy, h, direct } = await proxied({ shards: 2 });
    for (const task of oneOnEach(h, 2)) {
      const waiting = waits(h);
      const shard = h.store.shardOf(task);
      await proxy.next(
        'cut-before-request',
        ({ name, words }) => name === 'BZPOPMIN' && Boolean(words[1]?.includes(`/${shard}.`)),
      );
      await direct.close(task);
      expect(claimed(await waiting)).toEqual([task]);
    }
  });

  test('a waiter whose claim found no server asks again', async () => {
    const { proxy, h, direct } = await proxied({ shards: 2, retryFor: 100 });
    const [task = ''] = oneOnEach(h, 2);
    const waiting = waits(h);
    await passing(proxy, 'BZPOPMIN');
    let lost = 0;
    proxy.rule = (command) => {
      const isOfShard = command.words.some((word) => word.includes(`/${h.store.shardOf(task)}.`));
      return isOfShard && calls(FUNCTIONS.claim)(command) && lost++ < 12 ? 'cut-before-request' : undefined;
    };
    await direct.close(task);
    expect(claimed(await waiting)).toEqual([task]);
    expect(lost).toBeGreaterThan(12);
  });

  test('a claim that is repeated gets the task of the first one, and no second', async () => {
    const server = await ownServer();
    const h = await storeAt(server.port, { shards: 4 });
    for (const task of oneOnEach(h, 4)) await h.close(task);
    const same = call(h);
    const [first] = claimed(await h.store.claim([same]));
    for (let repeat = 0; repeat < 12; repeat++) expect(claimed(await h.store.claim([same]))).toEqual([first]);
    expect(await h.stats()).toMatchObject({ processing: 1, released: 3 });
  });
});

test('who waits at a server that never answers is told so, not that there is nothing', async () => {
  const { proxy, h } = await proxied({ retryFor: 60_000 });
  proxy.goDown();
  await expect(waits(h, 3500)).rejects.toMatchObject({ code: 'CONNECTION' });
});

test('a claim behind a pop waits for replicas, as any write', async () => {
  const { proxy, h, direct } = await proxied({ waitForReplicas: 1, commandTimeout: 700, retryFor: 200 });
  const behind: string[] = [];
  let isBehindPop = false;
  proxy.rule = ({ name }) => {
    if (name === 'BZPOPMIN') isBehindPop = true;
    if (isBehindPop && behind.length < 3) behind.push(name);
  };
  await direct.close('t');
  // There is no replica: what is granted is unknown, and reaches nobody.
  await expect(waits(h, 1500)).resolves.not.toMatchObject([{ kind: 'claimed' }]);
  expect(behind).toEqual(['BZPOPMIN', 'FCALL', 'WAIT']);
}, 30_000);

test('who waits at a server that refuses for good is told', async () => {
  const server = await ownServer();
  await tell(server, 'ACL', 'SETUSER', 'weak', 'on', '>secret', '~*', '&*', '+@all', '-bzpopmin');
  const h = await storeAt(server.port, {}, { username: 'weak', password: 'secret' });
  await expect(waits(h, 300_000)).rejects.toMatchObject({ code: 'UNSUPPORTED_SERVER' });
});

test('who waits when the store is closed is told so', async () => {
  const server = await ownServer();
  const h = await storeAt(server.port);
  const ended = expect(waits(h)).rejects.toMatchObject({ code: 'STOPPED' });
  await says(server, 'clients', /blocked_clients:1\r/);
  await h.store.close();
  await ended;
}, 20_000);

test('a connection at which nobody has waited for ten seconds is ended', async () => {
  const server = await ownServer();
  const h = await storeAt(server.port);
  await h.close('t');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  expect(claimed(await waits(h))).toEqual(['t']);
  // One more asks.
  const connections = async (): Promise<number> =>
    Number(/connected_clients:(\d+)/.exec(await info(server, 'clients'))?.[1]) - 1;
  // The user's own, and one for calls.
  expect(await connections()).toBe(3);
  vi.advanceTimersByTime(10_000);
  await until('it is ended', async () => (await connections()) === 2 || undefined, 5000);
});
