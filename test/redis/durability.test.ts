/** What survives: the server's sudden death, and the loss of a master that was waited for. */
import { expect, onTestFinished, test } from 'vitest';
import type { RedisServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { ownServer, tell } from './tell.js';
import { storeAt } from './users.js';

/** What was acknowledged for a task before the server died. */
interface Acknowledged {
  token?: number;
  isDone?: true;
  isClosed?: true;
  isCompleted?: true;
}

test('appendfsync always: a server killed at any moment has lost nothing that was acknowledged', async () => {
  const server = await ownServer({ appendonly: 'yes', appendfsync: 'always' });
  const h = await storeAt(server.port, { commandTimeout: 500, retryFor: 600 });
  const known = new Map<string, Acknowledged>();
  const lane = async (name: string): Promise<void> => {
    for (let i = 0; ; i++) {
      const task = `${name}${i}`;
      const acknowledged: Acknowledged = {};
      known.set(task, acknowledged);
      acknowledged.token = await h.token(task, 'u');
      await h.unlock(task, 'u', acknowledged.token, '"part"');
      acknowledged.isDone = true;
      await h.close(task);
      acknowledged.isClosed = true;
      const claim = await h.claimed();
      await h.complete(claim.task, claim.token, '"whole"');
      (known.get(claim.task) ?? acknowledged).isCompleted = true;
    }
  };
  for (let round = 0; round < 3; round++) {
    const lanes = ['a', 'b', 'c', 'd'].map((name) => lane(`${round}${name}`).catch(() => {}));
    await until('much is known', async () => (known.size > (round + 1) * 60 ? true : undefined));
    await server.kill();
    await Promise.all(lanes);
    await server.start();
    await until('the client is back', () => h.stats());
    const tasks = [...known.keys()];
    const details = [];
    for (let at = 0; at < tasks.length; at += 100) details.push(...(await h.store.inspect(tasks.slice(at, at + 100))));
    for (const [at, task] of tasks.entries()) {
      const { token, isDone, isClosed, isCompleted } = known.get(task) ?? {};
      const detail = details[at];
      if (token !== undefined) expect(detail, task).not.toBeNull();
      if (isDone) expect(detail?.units, task).toMatchObject({ done: 1, locked: 0 });
      if (isClosed) expect(detail?.closedAt, task).not.toBeNull();
      if (isCompleted) expect(detail, task).toMatchObject({ state: 'completed', result: '"whole"' });
    }
  }
  expect([...known.values()].filter(({ isCompleted }) => isCompleted).length).toBeGreaterThan(100);
});

/** A replica is slow to acknowledge for the first second of its life: they are ready when it has acknowledged a write. */
async function pair(): Promise<[RedisServer, RedisServer]> {
  const master = await ownServer({ 'repl-diskless-sync-delay': 0 });
  const replica = await ownServer({ replicaof: `127.0.0.1 ${master.port}` });
  await tell(master, 'SET', 'first', 'write');
  await until('the replica acknowledges', async () => {
    const told = String(await tell(master, 'INFO', 'replication'));
    const [, written] = /master_repl_offset:(\d+)/.exec(told) ?? [];
    return (written !== '0' && told.includes(`state=online,offset=${written},`)) || undefined;
  });
  return [master, replica];
}

test('waitForReplicas: what was acknowledged is with the replica when the master dies at that moment', async () => {
  const [master, replica] = await pair();
  const h = await storeAt(master.port, { waitForReplicas: 1, commandTimeout: 2000 });
  const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => h.token(`t${i}`, 'u')));
  await Promise.all(tokens.map((token, i) => h.unlock(`t${i}`, 'u', token, '"part"')));
  await h.close('t0');
  const claim = await h.claimed();
  await master.kill();
  await tell(replica, 'REPLICAOF', 'NO', 'ONE');
  const after = await storeAt(replica.port, { namespace: h.store.name });
  const details = await after.store.inspect(tokens.map((_, i) => `t${i}`));
  for (const detail of details) expect(detail?.units).toMatchObject({ done: 1, locked: 0 });
  expect(await after.complete('t0', claim.token)).toEqual({ kind: 'completed' });
});

test('waitForReplicas: a shortfall is unknown, not failed; the repeat has the effect of one', async () => {
  const [master, replica] = await pair();
  const h = await storeAt(master.port, { waitForReplicas: 1, commandTimeout: 700, retryFor: 500 });
  const token = await h.token('t', 'u');
  replica.pause();
  onTestFinished(() => replica.resume());
  await expect(h.unlock('t', 'u', token, '"part"')).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringMatching(/unknown.*0 of 1 replicas/s),
  });
  expect((await h.detail('t')).units).toMatchObject({ done: 1 });
  replica.resume();
  const again = () => h.unlock('t', 'u', token, '"part"').catch(() => undefined);
  expect(await until('the replica follows', again)).toMatchObject({ kind: 'done', done: 1 });
});
