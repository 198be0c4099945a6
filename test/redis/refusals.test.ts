/** What the server says no to, provoked for real, and what the caller gets. */
import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startProxy } from '../redis-ground/proxy.js';
import { until } from '../redis-ground/until.js';
import { Wire } from '../redis-ground/wire.js';
import { callsOf, met, ownServer, refusalsOf, says, tell } from './tell.js';
import { storeAt } from './users.js';

describe('functions that are not there', () => {
  test('the library is sent once, and the answer is the right one', async () => {
    const redis = await ownServer();
    const h = await storeAt(redis.port);
    await h.token('t', 'u');
    await tell(redis, 'FUNCTION', 'FLUSH');
    await tell(redis, 'CONFIG', 'RESETSTAT');
    expect(await h.unlock('t', 'u', null)).toMatchObject({ kind: 'done', done: 1 });
    expect(await callsOf(redis, 'function\\|load')).toBe(1);
    await h.token('t', 'v');
    expect(await callsOf(redis, 'function\\|load')).toBe(1);
  });
});

describe('not now: the call is tried again until the server is ready', () => {
  test('LOADING: a call that comes while the server reads its file is answered after it', async () => {
    const config = { 'key-load-delay': 200, 'loading-process-events-interval-bytes': 1024 };
    const redis = await ownServer({ ...config, 'enable-debug-command': 'yes' });
    const h = await storeAt(redis.port);
    const token = await h.token('t', 'u');
    await tell(redis, 'DEBUG', 'POPULATE', 5000, 'filler', 200);
    await tell(redis, 'SAVE');
    const restarted = redis.restart();
    await until('the server loads', async () => {
      const reply = await tell(redis, 'GET', 'x').catch((error: Error) => error.message);
      return /^LOADING/.test(String(reply)) || undefined;
    });
    expect(await h.unlock('t', 'u', token)).toMatchObject({ kind: 'done', done: 1 });
    expect(await refusalsOf(redis, 'LOADING')).toBeGreaterThan(1);
    await restarted;
  });

  test('READONLY: what a replica refuses is done once it is a master again', async () => {
    const config = { 'repl-diskless-sync-delay': 0 };
    const [redis, other] = [await ownServer(config), await ownServer(config)];
    const h = await storeAt(redis.port);
    const token = await h.token('t', 'u');
    await tell(other, 'REPLICAOF', '127.0.0.1', redis.port);
    await until('the other has all', async () => ((await tell(other, 'DBSIZE')) as number) > 0 || undefined);
    await tell(other, 'REPLICAOF', 'NO', 'ONE');
    await tell(redis, 'REPLICAOF', '127.0.0.1', other.port);
    const unlocking = h.unlock('t', 'u', token);
    await met(redis, 'READONLY');
    await tell(redis, 'REPLICAOF', 'NO', 'ONE');
    expect(await unlocking).toMatchObject({ kind: 'done', done: 1 });
  });

  test('MASTERDOWN: reads wait for a replica that has lost its master', async () => {
    const redis = await ownServer({ 'replica-serve-stale-data': 'no' });
    const h = await storeAt(redis.port);
    await h.token('t', 'u');
    await tell(redis, 'REPLICAOF', '127.0.0.1', 1);
    const reading = h.state('t');
    await met(redis, 'MASTERDOWN');
    await tell(redis, 'REPLICAOF', 'NO', 'ONE');
    expect(await reading).toBe('open');
  });

  test('BUSY: a script of somebody else that takes its time is waited for', async () => {
    const redis = await ownServer({ 'busy-reply-threshold': 50 });
    const proxy = await startProxy(redis);
    onTestFinished(() => proxy.stop());
    const h = await storeAt(proxy.port);
    await h.token('t', 'u');
    const wire = await Wire.open(redis.port);
    const endless = wire.send('EVAL', 'while true do end', 0).catch((error: Error) => error.message);
    await until('the server is busy', async () => {
      const reply = await tell(redis, 'GET', 'x').catch((error: Error) => error.message);
      return /^BUSY/.test(String(reply)) || undefined;
    });
    const refusedOnce = proxy.passed(2, ({ name }) => name === 'FCALL');
    const unlocking = h.unlock('t', 'u', null);
    await refusedOnce;
    await tell(redis, 'SCRIPT', 'KILL');
    expect(await unlocking).toMatchObject({ kind: 'done', done: 1 });
    expect(await endless).toMatch(/killed/);
    wire.close();
  });

  test('UNBLOCKED: a worker that waits at a server which becomes a replica waits on, and gets its task', async () => {
    const redis = await ownServer();
    const h = await storeAt(redis.port);
    await h.claim();
    const waiting = h.store.claim([{ nonce: h.nonce(), lease: 30_000, worker: 'w' }], 20_000);
    await until(
      'the worker is blocked',
      async () => /blocked_clients:1/.test(String(await tell(redis, 'INFO', 'clients'))) || undefined,
    );
    await tell(redis, 'REPLICAOF', '127.0.0.1', 1);
    await met(redis, 'UNBLOCKED');
    await tell(redis, 'REPLICAOF', 'NO', 'ONE');
    await h.close('t');
    expect(await waiting).toMatchObject([{ kind: 'claimed', task: 't', attempt: 1 }]);
  });

  test('a refusal that does not end is a ConnectionError which says that nothing was written', async () => {
    const redis = await ownServer();
    const h = await storeAt(redis.port, { retryFor: 300 });
    const token = await h.token('t', 'u');
    await tell(redis, 'REPLICAOF', '127.0.0.1', 1);
    await expect(h.unlock('t', 'u', token)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringMatching(/nothing was written.*READONLY/),
    });
    await tell(redis, 'REPLICAOF', 'NO', 'ONE');
    expect(await h.state('t')).toBe('open');
  });
});

describe('no answer: unknown, never assumed failed', () => {
  test('a server that hangs and goes on: the call is sent again with its nonce, and has the effect of one', async () => {
    const redis = await ownServer();
    const proxy = await startProxy(redis);
    onTestFinished(() => proxy.stop());
    const h = await storeAt(proxy.port, { commandTimeout: 200 });
    await h.token('t', 'v');
    redis.pause();
    const sent = proxy.passed(1, ({ name }) => name === 'FCALL');
    const locking = h.token('t', 'u');
    await sent;
    const opened = proxy.connectionsSoFar;
    await until('another connection is tried', async () => proxy.connectionsSoFar > opened || undefined);
    redis.resume();
    const token = await locking;
    expect((await h.detail('t')).units).toMatchObject({ locked: 2 });
    expect((await h.unlock('t', 'u', token)).kind).toBe('done');
  });

  test('a server that hangs on: a ConnectionError says that the effect is unknown; the repeat finds it', async () => {
    const redis = await ownServer();
    const h = await storeAt(redis.port, { commandTimeout: 100, retryFor: 500 });
    await h.token('t', 'v');
    const call = h.lockCall('t', 'u');
    redis.pause();
    const start = performance.now();
    await expect(h.store.apply([call])).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringMatching(/unknown/),
    });
    expect(performance.now() - start).toBeLessThan(3000);
    redis.resume();
    // By now both tries may have run: one lock all the same.
    const [outcome] = await h.store.apply([call]);
    expect(outcome.kind).toBe('locked');
    expect((await h.detail('t')).units).toMatchObject({ locked: 2 });
  });

  test('a server that is gone: a ConnectionError in time; when it is back calls go on by themselves', async () => {
    const redis = await ownServer({ appendonly: 'yes', appendfsync: 'always' });
    const h = await storeAt(redis.port, { commandTimeout: 300, retryFor: 500 });
    const token = await h.token('t', 'u');
    await redis.kill();
    await expect(h.unlock('t', 'u', token)).rejects.toMatchObject({ code: 'CONNECTION' });
    await redis.start();
    expect(await until('the client is back', () => h.unlock('t', 'u', token))).toMatchObject({ kind: 'done', done: 1 });
  });
});

describe('nothing is written', () => {
  test('MISCONF: a server that cannot save refuses by name, and the call works once it can', async () => {
    const redis = await ownServer({ save: '3600 1', dbfilename: 'taken' });
    const h = await storeAt(redis.port);
    const token = await h.token('t', 'u');
    mkdirSync(`${redis.dir}/taken`);
    await tell(redis, 'BGSAVE');
    await says(redis, 'persistence', /rdb_last_bgsave_status:err/);
    for (const call of [h.lock('t', 'v'), h.unlock('t', 'u', token)]) {
      await expect(call).rejects.toMatchObject({
        code: 'SERVER_REFUSED',
        message: expect.stringMatching(/cannot save to disk.*MISCONF/),
      });
    }
    rmSync(`${redis.dir}/taken`, { recursive: true });
    await tell(redis, 'BGSAVE');
    await says(redis, 'persistence', /rdb_last_bgsave_status:ok/);
    expect(await h.unlock('t', 'u', token)).toMatchObject({ kind: 'done', done: 1 });
  });

  test('NOREPLICAS: too few replicas are named, nothing is written, reads go on', async () => {
    const redis = await ownServer();
    const h = await storeAt(redis.port);
    const token = await h.token('t', 'u');
    await tell(redis, 'CONFIG', 'SET', 'min-replicas-to-write', 1);
    await expect(h.unlock('t', 'u', token)).rejects.toMatchObject({
      code: 'SERVER_REFUSED',
      message: expect.stringMatching(/min-replicas-to-write/),
    });
    expect((await h.detail('t')).units).toMatchObject({ locked: 1, done: 0 });
    await tell(redis, 'CONFIG', 'SET', 'min-replicas-to-write', 0);
    expect(await h.unlock('t', 'u', token)).toMatchObject({ kind: 'done', done: 1 });
  });
});

describe('fails at once, with what to change', () => {
  const password = 'secret-of-the-test';

  async function failsAtOnce(call: Promise<unknown>, message: RegExp): Promise<void> {
    const start = performance.now();
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'UNSUPPORTED_SERVER', message: expect.stringMatching(message) });
    expect(String(error)).not.toContain(password);
    expect(performance.now() - start).toBeLessThan(5000);
  }

  test('NOPERM: the right that lacks is named', async () => {
    const redis = await ownServer();
    await tell(redis, 'ACL', 'SETUSER', 'weak', 'on', `>${password}`, '~*', '&*', '+@all', '-fcall');
    const h = await storeAt(redis.port, {}, { username: 'weak', password });
    await failsAtOnce(h.token('t', 'u'), /has not all the rights.*fcall/i);
  });

  test('NOPERM inside of a script: a lacking right is not taken for a broken record', async () => {
    const redis = await ownServer();
    await tell(redis, 'ACL', 'SETUSER', 'weak', 'on', `>${password}`, '~*', '&*', '+@all', '-hset');
    const h = await storeAt(redis.port, {}, { username: 'weak', password });
    await failsAtOnce(h.token('t', 'u'), /has not all the rights/i);
  });

  test('NOPERM: a key that is not the user’s', async () => {
    const redis = await ownServer();
    await tell(redis, 'ACL', 'SETUSER', 'weak', 'on', `>${password}`, '~other:*', '&*', '+@all');
    const h = await storeAt(redis.port, {}, { username: 'weak', password });
    await failsAtOnce(h.token('t', 'u'), /has not all the rights.*key/i);
  });

  test('NOAUTH: a client without the password', async () => {
    const redis = await ownServer();
    await tell(redis, 'CONFIG', 'SET', 'requirepass', password);
    const h = await storeAt(redis.port);
    await failsAtOnce(h.token('t', 'u'), /asks for a password/);
  });

  test('WRONGPASS: a client with another password', async () => {
    const redis = await ownServer();
    await tell(redis, 'CONFIG', 'SET', 'requirepass', password);
    const h = await storeAt(redis.port, {}, { username: 'default', password: 'another' });
    await failsAtOnce(h.token('t', 'u'), /password/);
  });

  test('an eviction policy that would delete tasks is refused with the setting to change', async () => {
    const redis = await ownServer({ 'maxmemory-policy': 'allkeys-lru' });
    const h = await storeAt(redis.port);
    await failsAtOnce(h.token('t', 'u'), /maxmemory-policy is allkeys-lru.*CONFIG SET maxmemory-policy noeviction/s);
    await tell(redis, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    expect(await h.token('t', 'u')).toBeGreaterThan(0);
  });

  test('an eviction policy that deletes only keys with an expiry deletes no task, and is not refused', async () => {
    const redis = await ownServer({ 'maxmemory-policy': 'volatile-lru' });
    const h = await storeAt(redis.port);
    const token = await h.token('t', 'u');
    await tell(redis, 'SET', 'of somebody else', 'x', 'EX', '1000');
    await tell(redis, 'CONFIG', 'SET', 'maxmemory', '1');
    await expect(h.lock('t', 'u2')).rejects.toMatchObject({ code: 'SERVER_REFUSED' });
    expect(Number(await tell(redis, 'EXISTS', 'of somebody else'))).toBe(0);
    expect((await h.unlock('t', 'u', token)).kind).toBe('done');
  });

  test('another number of shards than the namespace has', async () => {
    const redis = await ownServer();
    const first = await storeAt(redis.port, { namespace: 'one', shards: 4 });
    await first.token('t', 'u');
    const second = await storeAt(redis.port, { namespace: 'one', shards: 2 });
    await expect(second.token('t', 'u')).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'options.shards',
      allowed: expect.stringMatching(/^4/),
    });
  });
});
