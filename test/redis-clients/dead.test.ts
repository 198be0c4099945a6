/** A Redis that is dead or wrong: what the caller is told names the server and its last word, or that of the socket. */
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { createSentinel } from 'redis';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import type { RedisLike } from '../../src/stores/redis/index.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { endAfterFile } from '../harness/endings.js';
import { freePort } from '../redis-ground/ports.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { startTls } from '../redis-ground/tls.js';
import { until } from '../redis-ground/until.js';
import type { Address, Library, UserClient } from './libraries.js';
import { IOREDIS_FAMILY, LIBRARIES, NODE_REDIS_FAMILY } from './libraries.js';

const PASSWORD = 'geheim-wie-nie';
const OPTIONS = { retryFor: 300, commandTimeout: 2000 };

async function ownServer(...options: Parameters<typeof startServer>): Promise<RedisServer> {
  const server = await startServer(...options);
  endAfterFile(() => server.stop());
  return server;
}

/** Takes connections, and says nothing. */
async function silentPort(): Promise<number> {
  const server = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endAfterFile(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A server that has as many clients as it takes: another one is told so, and closed. */
async function fullServer(): Promise<number> {
  const server = await ownServer({ config: { maxclients: 1 } });
  await until('the only place is taken', async () => {
    const client = connect(server.port, '127.0.0.1').on('error', () => {});
    endAfterFile(() => client.destroy());
    client.write('PING\r\n');
    const answer = await new Promise<string>((resolve) => client.once('data', (part) => resolve(String(part))));
    return answer.startsWith('+PONG') || undefined;
  });
  return server.port;
}

interface Fault {
  readonly address: Address;
  readonly isTls?: boolean;
  readonly password?: string;
  readonly options?: { readonly retryFor: number; readonly commandTimeout: number };
  readonly code: string;
  readonly words: readonly (string | RegExp)[];
}

const faults = new Map<string, Fault>();
beforeAll(async () => {
  const [closed, silent, full] = [await freePort(), await silentPort(), await fullServer()];
  const guarded = await ownServer({ config: { requirepass: PASSWORD }, password: PASSWORD });
  const tls = await startTls(guarded);
  endAfterFile(() => tls.stop());
  const at = (port: number): Address => ({ host: '127.0.0.1', port });
  const connection = { code: 'CONNECTION' };
  faults.set('a closed port', { address: at(closed), ...connection, words: ['ECONNREFUSED', 'nothing listens there'] });
  faults.set('a port that says nothing', {
    address: at(silent),
    options: { retryFor: 100, commandTimeout: 100 },
    ...connection,
    words: ['did not answer within 100 ms'],
  });
  faults.set('a server with a password that was not given', {
    address: at(guarded.port),
    code: 'UNSUPPORTED_SERVER',
    words: ['asks for a password'],
  });
  faults.set('another password', {
    address: at(guarded.port),
    password: 'another-secret',
    code: 'UNSUPPORTED_SERVER',
    words: ['refused the user or password', 'WRONGPASS'],
  });
  faults.set('a server with as many clients as it takes', {
    address: at(full),
    ...connection,
    words: ['ERR max number of clients reached'],
  });
  faults.set('a certificate that is not trusted', {
    address: at(tls.port),
    isTls: true,
    ...connection,
    words: ['self-signed certificate', 'NODE_EXTRA_CA_CERTS'],
  });
  faults.set('a server that wants TLS', { address: at(tls.port), ...connection, words: ['does it want TLS'] });
  faults.set('a host that does not resolve', {
    address: { host: 'no-such-host.invalid', port: 6379 },
    ...connection,
    words: [/ENOTFOUND|EAI_AGAIN/],
  });
});

/** What a library says of its own instead. */
const LIBRARY_WORDS =
  /maxRetries|max retries|enableOfflineQueue|retryStrategy|Socket closed|Connection is closed|reading 'destroy'/i;

const NAMES = [
  'a closed port',
  'a port that says nothing',
  'a server with a password that was not given',
  'another password',
  'a server with as many clients as it takes',
  'a certificate that is not trusted',
  'a server that wants TLS',
  'a host that does not resolve',
];

/** What a read and a write hear. */
async function heard(client: object, options: object): Promise<{ code: string; message: string }[]> {
  const tusker = createTusker({ store: redisStore(client as RedisLike, options) });
  const calls = await Promise.allSettled([tusker.stats(), tusker.open('task')]);
  await tusker.stop();
  return calls.map((call) => {
    if (call.status === 'fulfilled') throw new Error('it was answered');
    return call.reason as { code: string; message: string };
  });
}

function lonely(library: Library, { address, password, isTls = false }: Fault): UserClient {
  const user = library.lonely(address, password === undefined ? {} : { password }, { tls: isTls });
  onTestFinished(() => user.end());
  return user;
}

describe.each(LIBRARIES)('through $name', (library) => {
  test.each(NAMES)('%s: host, port and the last word are told, nothing of the library, no password', async (name) => {
    const fault = faults.get(name) as Fault;
    const { address, code, words, options = OPTIONS } = fault;
    for (const error of await heard(lonely(library, fault).client, options)) {
      expect(error.code).toBe(code);
      expect(error.message).toContain(`Redis at ${address.host}:${address.port}`);
      for (const word of words) expect(error.message).toMatch(word);
      expect(error.message).not.toMatch(LIBRARY_WORDS);
      expect(error.message).not.toMatch(/geheim|another-secret/);
    }
  });

  test('a read of which no answer came says nothing of an effect; a write does', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    const user = await library.single(server.port);
    onTestFinished(() => user.end());
    const options = { retryFor: 400, commandTimeout: 300 };
    const tusker = createTusker({ store: redisStore(user.client as RedisLike, options) });
    await tusker.stats();
    server.pause();
    const [read, write] = await Promise.allSettled([tusker.stats(), tusker.open('task')]);
    server.resume();
    await tusker.stop();
    expect(read).toMatchObject({ reason: { code: 'CONNECTION', message: expect.stringMatching(/^No answer in /) } });
    expect(read).toMatchObject({ reason: { message: expect.not.stringContaining('effect') } });
    expect(write).toMatchObject({ reason: { message: expect.stringContaining('effect is unknown') } });
  });
});

describe.each(NODE_REDIS_FAMILY)('$name', (library) => {
  test('a client that was never connected: each call says so at once', async () => {
    const user = library.lonely({ host: '127.0.0.1', port: await freePort() }, {}, { isIdle: true });
    const began = performance.now();
    for (const error of await heard(user.client, {})) {
      expect(error).toMatchObject({ code: 'CONNECTION', message: expect.stringContaining('call its connect() first') });
    }
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

/** Whoever leads to the server is gone, too. */
describe.each(IOREDIS_FAMILY)('through $name', (library) => {
  test.each(['cluster', 'sentinel'] as const)('%s: the nodes are named, and why none can be reached', async (kind) => {
    const address = { host: '127.0.0.1', port: await freePort() };
    const user = await library[kind]([address]);
    onTestFinished(() => user.end());
    for (const { message } of await heard(user.client, OPTIONS)) {
      expect(message).toMatch(
        kind === 'cluster' ? 'the Redis Cluster of 127.0.0.1:' : 'behind the Sentinels 127.0.0.1:',
      );
      expect(message).toContain(`ECONNREFUSED 127.0.0.1:${address.port}`);
      expect(message).not.toMatch(LIBRARY_WORDS);
    }
  });
});

test('node-redis whose Sentinels are gone: why none can be reached', async () => {
  const port = await freePort();
  const client = createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port }] });
  client.on('error', () => {});
  void client.connect().catch(() => {});
  onTestFinished(() => client.destroy());
  for (const { message } of await heard(client, { ...OPTIONS, commandTimeout: 3000 })) {
    expect(message).toContain(`behind the Sentinels: connect ECONNREFUSED 127.0.0.1:${port}`);
  }
});
