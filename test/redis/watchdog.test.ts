/** Connections that stay open and never answer: they are replaced, and work goes on. */
import { expect, onTestFinished, test } from 'vitest';
import type { RedisProxy } from '../redis-ground/proxy.js';
import { startProxy } from '../redis-ground/proxy.js';
import type { RedisServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { ownServer, says } from './tell.js';
import { storeAt } from './users.js';

async function behindProxy(): Promise<{ server: RedisServer; proxy: RedisProxy }> {
  const server = await ownServer();
  const proxy = await startProxy(server);
  onTestFinished(() => proxy.stop());
  return { server, proxy };
}

const CLAIM = { lease: 30_000, worker: 'w' };

test.each(['stall-request', 'stall-reply'] as const)('a blocking pop that meets %s is given up', async (fault) => {
  const { server, proxy } = await behindProxy();
  const h = await storeAt(proxy.port);
  const releaser = await storeAt(server.port, { namespace: h.store.name });
  await h.claim();
  const hit = proxy.next(fault, ({ name }) => name === 'BZPOPMIN');
  const waiting = h.store.claim([{ nonce: h.nonce(), ...CLAIM }], 30_000);
  await hit;
  const start = performance.now();
  await releaser.close('t');
  expect(await waiting).toMatchObject([{ kind: 'claimed', task: 't', attempt: 1 }]);
  expect(performance.now() - start).toBeLessThan(6000);
  expect(await releaser.stats()).toMatchObject({ processing: 1, released: 0 });
  expect(proxy.openConnections).toBeLessThan(4);
});

test('a claim whose reply never comes: the task is found again by its nonce', async () => {
  const { server, proxy } = await behindProxy();
  const h = await storeAt(proxy.port);
  const releaser = await storeAt(server.port, { namespace: h.store.name });
  await releaser.close('t');
  await h.stats();
  const hit = proxy.next('stall-reply', ({ name, index }) => name === 'FCALL' && index > 1);
  const waiting = h.store.claim([{ nonce: h.nonce(), ...CLAIM }], 30_000);
  await hit;
  expect(await waiting).toMatchObject([{ kind: 'claimed', task: 't', attempt: 1 }]);
});

test('a server that stops for longer than the watchdog waits: when it goes on, so does the worker', async () => {
  const { server, proxy } = await behindProxy();
  const h = await storeAt(proxy.port, { commandTimeout: 200 });
  await h.claim();
  const waiting = h.store.claim([{ nonce: h.nonce(), ...CLAIM }], 30_000);
  await says(server, 'clients', /blocked_clients:1\r/);
  const opened = proxy.connectionsSoFar;
  server.pause();
  await until('the watchdog gives up its connection', async () => proxy.connectionsSoFar > opened || undefined);
  server.resume();
  await h.close('t');
  expect(await waiting).toMatchObject([{ kind: 'claimed', task: 't', attempt: 1 }]);
  expect(await h.stats()).toMatchObject({ processing: 1, released: 0 });
});

test('a stuck connection of the caller’s own is worked around: the call is answered on another', async () => {
  const { server, proxy } = await behindProxy();
  const h = await storeAt(proxy.port, { commandTimeout: 300 });
  const token = await h.token('t', 'u');
  const hit = proxy.next('stall-reply', ({ name }) => name === 'FCALL');
  const unlocking = h.unlock('t', 'u', token, '1');
  await hit;
  expect(await unlocking).toMatchObject({ kind: 'done', done: 1 });
  const observer = await storeAt(server.port, { namespace: h.store.name });
  expect(await observer.units('t')).toEqual({ u: 'done' });
});
