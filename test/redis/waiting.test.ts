/** Waiters for a task whose connection breaks, whose server refuses, or whose store is closed. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ClaimCall, ClaimOutcome } from '../../src/core/store.js';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import type { History } from '../../src/testing/index.js';
import type { ProxiedCommand } from '../redis-ground/proxy.js';
import { until } from '../redis-ground/until.js';
import { calls } from './cut-ground.js';
import { passing, proxied } from './proxied.js';
import { info, ownServer, says, tell } from './tell.js';
import { storeAt } from './users.js';

const call = (h: History): ClaimCall => ({ nonce: h.nonce(), lease: 30_000, worker: 'w' });
const waits = (h: History, ms = 10_000, signal?: AbortSignal): Promise<ClaimOutcome[]> =>
  h.store.claim([call(h)], ms, signal);
const claimed = (outcomes: readonly ClaimOutcome[]): string[] =>
  outcomes.flatMap((outcome) => (outcome.kind === 'claimed' ? [outcome.task] : []));

/** How a claim asks: at once (0), only for what it got before (1), behind a pop (2). */
function howOf({ words }: ProxiedCommand): string | undefined {
  return words[3 + Number(words[2]) + 2];
}

/** The names of tasks, the first on each shard. */
function oneOnEach(h: History, shards: number): string[] {
  const found = new Map<number, string>();
  for (let i = 0; found.size < shards; i++) {
    const task = `t${i}`;
    if (!found.has(h.store.shardOf(task))) found.set(h.store.shardOf(task), task);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, task]) => task);
}

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

test('a claim that comes after it was given up gets nothing', async () => {
  const { server, proxy, h, direct } = await proxied();
  const abort = new AbortController();
  const waiting = waits(h, 60_000, abort.signal);
  const { words } = await passing(proxy, 'FCALL', (of) => howOf({ words: of } as ProxiedCommand) === '2');
  abort.abort();
  expect(claimed(await waiting)).toEqual([]);
  await direct.close('t');
  // As a server does that was paused, or a connection that was slow.
  await tell(server, ...words);
  expect(await direct.stats()).toMatchObject({ processing: 0, released: 1 });
  expect(claimed(await waits(h))).toEqual(['t']);
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

test('who waits at a server that refuses for good is told', async () => {
  const server = await ownServer();
  await tell(server, 'ACL', 'SETUSER', 'weak', 'on', '>secret', '~*', '&*', '+@all', '-bzpopmin');
  const h = await storeAt(server.port, {}, { username: 'weak', password: 'secret' });
  await expect(waits(h, 5000)).rejects.toMatchObject({ code: 'UNSUPPORTED_SERVER' });
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
