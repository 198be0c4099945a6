/** Calls whose answers are lost, late or refused: what is sent again, on which connection, and what they leave behind. */
import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/core/store.js';
import { slotOf } from '../../src/stores/redis/clients/slot.js';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import { ShardKeys } from '../../src/stores/redis/keys.js';
import type { History } from '../../src/testing/index.js';
import { IOREDIS_FAMILY } from '../redis-clients/libraries.js';
import type { ClusterNode } from '../redis-ground/cluster.js';
import { sharedCluster } from '../redis-ground/cluster.js';
import type { ProxiedCommand } from '../redis-ground/proxy.js';
import { until } from '../redis-ground/until.js';
import { calls, strike } from './cut-ground.js';
import type { Proxied } from './proxied.js';
import { proxied } from './proxied.js';
import { ownServer, tell } from './tell.js';
import { storeOf } from './users.js';
import { oneOnEach } from './waits.js';

/** How many keys a call on one task names that needs all: of the shard and of the task. */
const ALL_KEYS = '20';

test('a call that is being tried again ends when its store is closed, as stopped', async () => {
  const { proxy, h } = await proxied({ retryFor: 3000 });
  proxy.goDown();
  const ended = expect(h.stats()).rejects.toMatchObject({ code: 'STOPPED' });
  await h.store.close();
  await ended;
});

test('a call may have more time than a timer can be long', async () => {
  const { h } = await proxied({ commandTimeout: 366 * 86_400_000, retryFor: 1000 });
  expect(await h.stats()).toMatchObject({ open: 0 });
});

describe('a call that was lost once is of unknown fate, whatever refuses the tries that follow', () => {
  const tried = async ({ server, proxy, direct }: Proxied, h: History): Promise<void> => {
    const token = await direct.token('t', 'u');
    let struck = 0;
    const first = new Promise<void>((resolve) => {
      proxy.rule = (command) => {
        if (!calls(FUNCTIONS.apply)(command)) return undefined;
        resolve();
        return struck++ === 0 ? 'cut-before-reply' : 'cut-before-request';
      };
    });
    const unlocking = expect(h.unlock('t', 'u', token)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringMatching(/unknown/),
    });
    await first;
    await tell(server, 'REPLICAOF', '127.0.0.1', 1);
    proxy.rule = undefined;
    await unlocking;
  };

  test('that the store makes', async () => {
    const ground = await proxied({ retryFor: 1000 });
    await tried(ground, ground.h);
  });

  test.each(IOREDIS_FAMILY)('through $name, which would make a second one by itself', async (one) => {
    const ground = await proxied();
    const { proxy, h: other } = ground;
    const h = await storeOf(one.single(proxy.port), { namespace: other.store.name, retryFor: 1000 });
    await h.stats();
    await tried(ground, h);
  });

  test('when the address leads to a Cluster by now, which is no place for its client', async () => {
    const { proxy, h } = await proxied();
    const cluster = await sharedCluster();
    const owner = await cluster.masterOf(slotOf(new ShardKeys(h.store.name).key('tasks')));
    const hit = strike(proxy, 'cut-before-reply', FUNCTIONS.apply);
    proxy.leadTo(cluster.nodes.find((node) => node !== owner) as ClusterNode);
    await expect(h.lock('t', 'u')).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringMatching(/effect is unknown.*Cluster/s),
    });
    await hit;
  });
});

test('two calls on one unit are repeated each by itself: a lost answer changes neither', async () => {
  const { proxy, h } = await proxied();
  const token = await h.token('t', 'u');
  const hit = strike(proxy, 'cut-before-reply', FUNCTIONS.apply);
  const failing: Call = { verb: 'failUnit', task: 't', unit: 'u', token, error: '{}', final: false };
  expect(await h.store.apply([failing, h.lockCall('t', 'u')])).toMatchObject([{ kind: 'failed' }, { kind: 'locked' }]);
  await hit;
});

test('what fails at the second trip takes nothing from those that the first has answered', async () => {
  const { proxy, h, direct } = await proxied({ retryFor: 200 });
  await direct.open('needy', { options: { expect: 9 } });
  proxy.rule = (command) =>
    calls(FUNCTIONS.apply)(command) && command.words[2] === ALL_KEYS ? 'cut-before-request' : undefined;
  expect(await h.store.apply([h.lockCall('needy', 'u'), h.lockCall('plain', 'u')])).toMatchObject([
    { kind: 'error', error: { code: 'CONNECTION' } },
    { kind: 'locked' },
  ]);
});

test.each([1, 2])('what is lost takes nothing from what was answered beside it (%i shards)', async (shards) => {
  const { proxy, h, direct } = await proxied({ shards, commandTimeout: 100, retryFor: 300 });
  const [one = '', other = ''] = [oneOnEach(h, shards)[0], shards === 1 ? 'other' : oneOnEach(h, shards)[1]];
  // Too large for one call of the library.
  const unlocking = async (task: string): Promise<Call> => {
    const token = await direct.token(task, 'u');
    return { verb: 'unlock', task, unit: 'u', token, result: JSON.stringify('x'.repeat(200_000)) };
  };
  const unlocks = [await unlocking(one), await unlocking(other)];
  proxy.rule = ({ words }) => (words.includes(other) ? 'stall-request' : undefined);
  expect(await h.store.apply(unlocks)).toMatchObject([
    { kind: 'done' },
    { kind: 'error', error: { code: 'CONNECTION' } },
  ]);
});

describe('a stuck connection is worked around', () => {
  const open = ({ proxy }: Proxied, count: number): Promise<true> =>
    until(`${count} open connections`, async () => proxy.openConnections === count || undefined, 5000);

  test('by another, which is kept in its place', async () => {
    const ground = await proxied({ commandTimeout: 300 });
    const { proxy, h } = ground;
    const token = await h.token('t', 'u');
    const hit = strike(proxy, 'stall-reply', FUNCTIONS.apply);
    expect(await h.unlock('t', 'u', token)).toMatchObject({ kind: 'done', done: 1 });
    await hit;
    await open(ground, 1);
    const { connectionsSoFar } = proxy;
    await h.stats();
    expect(proxy.connectionsSoFar).toBe(connectionsSoFar);
  });

  test('and one that comes too late for its call is ended', async () => {
    const ground = await proxied({ commandTimeout: 150, retryFor: 300 });
    const { proxy, h } = ground;
    proxy.rule = ({ connection }) => (connection === 0 ? 'stall-reply' : { delay: 400 });
    await expect(h.stats()).rejects.toMatchObject({ code: 'CONNECTION' });
    await open(ground, 0);
  });
});

describe('replicated writes', () => {
  /** A master behind the proxy whose one replica follows. */
  async function replicated(): Promise<Proxied> {
    const ground = await proxied(
      { waitForReplicas: 1, commandTimeout: 10_000, retryFor: 2000 },
      { 'repl-diskless-sync-delay': 0 },
    );
    await ownServer({ replicaof: `127.0.0.1 ${ground.server.port}` });
    await until('the replica follows', async () =>
      /state=online/.test(String(await tell(ground.server, 'INFO', 'replication'))) ? true : undefined,
    );
    return ground;
  }

  test('their connection is replaced when it breaks', async () => {
    const { proxy, h } = await replicated();
    const token = await h.token('t', 'u');
    const hit = strike(proxy, 'cut-before-reply', FUNCTIONS.apply);
    expect(await h.unlock('t', 'u', token)).toMatchObject({ kind: 'done', done: 1 });
    await hit;
  });

  test('their connection is made anew when it did not come to be', async () => {
    const { proxy, h } = await replicated();
    const hit = proxy.next('cut-before-request', ({ name }) => name === 'PING');
    expect(await h.token('t', 'u')).toBeGreaterThan(0);
    await hit;
  });

  test('a claim is one of them, and the question for replicas stands behind it on its connection', async () => {
    const { proxy, h } = await replicated();
    await h.close('t');
    const seen: ProxiedCommand[] = [];
    proxy.rule = (command) => {
      seen.push(command);
      return undefined;
    };
    expect(await h.claimed()).toMatchObject({ task: 't' });
    const claim = seen.find(calls(FUNCTIONS.claim));
    const wait = seen.find(({ name }) => name === 'WAIT');
    expect(wait).toMatchObject({ connection: claim?.connection, index: Number(claim?.index) + 1 });
  });
});
