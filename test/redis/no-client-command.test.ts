/** Waiting lines name no connection: none of a stranger is ever cut, and a server without CLIENT serves them all the same. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClaimOutcome } from '../../src/core/store.js';
import type { History } from '../../src/testing/index.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import type { RedisConfig, RedisServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { Wire } from '../redis-ground/wire.js';
import { callsOf, info, ownServer, says, tell } from './tell.js';
import { storeAt, storeOf } from './users.js';

const HOUR = 3_600_000;
const STRANGERS = 30;

function waits(h: History, signal: AbortSignal): Promise<ClaimOutcome[]> {
  return h.store.claim([{ nonce: h.nonce(), lease: 30_000, worker: 'w' }], HOUR, signal);
}

async function blocked(server: RedisServer): Promise<number> {
  return Number(/blocked_clients:(\d+)/.exec(await info(server, 'clients'))?.[1]);
}

async function connected(server: RedisServer): Promise<number> {
  return Number(/connected_clients:(\d+)/.exec(await info(server, 'clients'))?.[1]);
}

async function strangers(server: RedisServer): Promise<Wire[]> {
  const wires = await Promise.all(Array.from({ length: STRANGERS }, () => Wire.open(server.port)));
  onTestFinished(() => {
    for (const wire of wires) wire.close();
  });
  return wires;
}

/** Waits and readers that are let go, cut and begun anew. */
async function comeAndGo(h: History, server: RedisServer): Promise<void> {
  const { cursor: after } = await h.store.events({ limit: 10 });
  for (let i = 0; i < 3; i++) {
    const abort = new AbortController();
    const reading = h.store.events({ after, limit: 10, wait: HOUR, signal: abort.signal });
    const waiting = waits(h, abort.signal);
    await until('both wait', async () => (await blocked(server)) >= 2 || undefined);
    abort.abort();
    await Promise.all([reading, waiting]);
  }
}

test('after a restart, where numbers of connections begin anew, no stranger is cut', async () => {
  const server = await ownServer({ appendonly: 'yes', appendfsync: 'always' });
  const stores = await Promise.all(Array.from({ length: 4 }, () => storeAt(server.port)));
  const abort = new AbortController();
  const waiting = stores.map((h) => waits(h, abort.signal));
  await until('all wait', async () => (await blocked(server)) === 4 || undefined);
  await server.kill();
  await server.start();
  const wires = await strangers(server);
  await until('all wait again', async () => (await blocked(server)) === 4 || undefined);
  abort.abort();
  await Promise.all(waiting);
  await Promise.all(stores.map((h) => comeAndGo(h, server)));
  expect(await Promise.all(wires.map((wire) => wire.send('PING')))).toEqual(wires.map(() => 'PONG'));
  const named = await Promise.all(['id', 'kill', 'unblock', 'list'].map((what) => callsOf(server, `client\\|${what}`)));
  expect(named).toEqual([0, 0, 0, 0]);
}, 20_000);

const REFUSALS: Record<string, { config: RedisConfig; after: (server: RedisServer) => Promise<unknown> }> = {
  'is renamed': { config: { 'rename-command': 'CLIENT ""' }, after: async () => {} },
  'is no right of the user': { config: {}, after: (server) => tell(server, 'ACL', 'SETUSER', 'default', '-client') },
};

describe.each(Object.keys(REFUSALS))('where CLIENT %s', (how) => {
  test.each(LIBRARIES)(
    'waits and events are served as ever, and no connection is left over: $name',
    async (library) => {
      const { config, after } = REFUSALS[how] ?? { config: {}, after: async () => {} };
      const server = await ownServer(config);
      await after(server);
      const h = await storeOf(library.single(server.port));
      const { cursor } = await h.store.events({ limit: 10 });
      const waiting = waits(h, new AbortController().signal);
      const reading = h.store.events({ after: cursor, limit: 10, wait: HOUR });
      await says(server, 'clients', /blocked_clients:2\r/);
      await h.close('t');
      expect(await waiting).toMatchObject([{ kind: 'claimed', task: 't' }]);
      expect((await reading).events.length).toBeGreaterThan(0);
      await comeAndGo(h, server);
      // The user's own, one for calls, one on which claims are waited for, one for events, and this look.
      expect(await connected(server)).toBeLessThanOrEqual(5);
    },
  );
});
