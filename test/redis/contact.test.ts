/** What `tusker.on` and workers tell of the way to the server, while it is away and when it is back. */
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import type { RedisLike } from '../../src/stores/redis/index.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { IOREDIS_FAMILY, LIBRARIES } from '../redis-clients/libraries.js';
import { freePort } from '../redis-ground/ports.js';
import { startProxy } from '../redis-ground/proxy.js';
import { startRedis, startServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { onWire } from '../redis-ground/wire.js';
import { ownServer } from './tell.js';

/** What people are promised, in ms, and what a busy machine may add. */
const TOLD_WITHIN = 1000;
const SLACK = 2000;

interface Told {
  readonly name: string;
  readonly event: unknown;
  readonly at: number;
}

/** All that is told, in its order. */
function listen(source: Pick<Tusker, 'on'>): Told[] {
  const told: Told[] = [];
  const hear = (name: string) => (event: unknown) => void told.push({ name, event, at: performance.now() });
  source.on('error', hear('error')).on('reconnecting', hear('reconnecting')).on('connected', hear('connected'));
  return told;
}

const namesOf = (told: readonly Told[]): string[] => told.map(({ name }) => name);

/** Without repetitions in a row. */
const orderOf = (told: readonly Told[]): string[] => namesOf(told).filter((name, at, all) => name !== all[at - 1]);

function ended(tusker: Tusker): Tusker {
  onTestFinished(async () => void (await tusker.stop({ grace: 0, timeout: 500 })));
  return tusker;
}

const over = (client: object): Tusker => ended(createTusker({ store: redisStore(client as RedisLike) }) as Tusker);
const at = (url: string): Tusker => ended(createTusker(url) as Tusker);

/** Asks for something that nobody waits for. */
const ask = (tusker: Tusker): void => void tusker.stats().catch(() => {});

const has = (told: readonly Told[], name: string) => async (): Promise<Told | undefined> =>
  told.find((one) => one.name === name);

async function silentPort(): Promise<number> {
  const server = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe.each(LIBRARIES)('through $name', (library) => {
  test('a server that dies and comes back: error, reconnecting, connected', async () => {
    const redis = await startRedis();
    const proxy = await startProxy(redis);
    onTestFinished(() => proxy.stop());
    const user = await library.single(proxy.port);
    onTestFinished(() => user.end());
    const tusker = over(user.client);
    const told = listen(tusker);
    await tusker.stats();
    const server = `Redis at 127.0.0.1:${proxy.port}`;
    const first = await until('the first contact', has(told, 'connected'));
    expect(first.event).toEqual({ server, after: null });
    proxy.goDown();
    told.length = 0;
    const asked = tusker.stats();
    await until(
      'a second try',
      async () => namesOf(told).filter((name) => name === 'reconnecting').length > 1 || undefined,
    );
    proxy.goUp();
    await asked;
    await until('the end of it', has(told, 'connected'));
    expect(orderOf(told)).toEqual(['error', 'reconnecting', 'connected']);
    expect(told[0]?.event).toMatchObject({ code: 'CONNECTION', message: expect.stringContaining(server) });
    const [tried] = told.filter(({ name }) => name === 'reconnecting');
    expect(tried?.event).toMatchObject({ server, attempt: 1, error: { code: 'CONNECTION' } });
    expect(told.at(-1)?.event).toMatchObject({ server, after: expect.any(Number) });
  });

  test.each(['closed', 'silent'])(
    'a %s port is told of within a second, and each second what is tried',
    async (kind) => {
      const port = kind === 'closed' ? await freePort() : await silentPort();
      const user = library.lonely({ host: '127.0.0.1', port });
      onTestFinished(() => user.end());
      const tusker = over(user.client);
      const told = listen(tusker);
      const began = performance.now();
      ask(tusker);
      await until(
        'two tries',
        async () => namesOf(told).filter((name) => name === 'reconnecting').length > 1 || undefined,
      );
      expect(namesOf(told).slice(0, 3)).toEqual(['error', 'reconnecting', 'reconnecting']);
      const [error, first, second] = told as [Told, Told, Told];
      expect(first.at - began).toBeLessThan(TOLD_WITHIN + SLACK);
      expect(second.at - first.at).toBeGreaterThan(TOLD_WITHIN / 2);
      expect((error.event as Error).message).toContain(`Redis at 127.0.0.1:${port}`);
    },
  );

  test('a wrong password is told with its code, and is no end of the listening', async () => {
    const redis = await startServer({ config: { requirepass: 'geheim' }, password: 'geheim' });
    onTestFinished(() => redis.stop());
    const user = library.lonely({ host: '127.0.0.1', port: redis.port }, { password: 'another' });
    onTestFinished(() => user.end());
    const tusker = over(user.client);
    const told = listen(tusker);
    ask(tusker);
    const { event } = await until('the error', has(told, 'error'));
    expect(event).toMatchObject({ code: 'UNSUPPORTED_SERVER', message: expect.stringContaining('WRONGPASS') });
    await onWire(redis.port, (wire) => wire.send('CONFIG', 'SET', 'requirepass', 'another'), 'geheim');
    await tusker.stats();
    await until('the contact', has(told, 'connected'));
    expect(namesOf(told)).toEqual(['error', 'reconnecting', 'connected']);
  });
});

test.each(IOREDIS_FAMILY)('$name as a Cluster whose nodes are all gone', async (library) => {
  const address = { host: '127.0.0.1', port: await freePort() };
  const user = await library.cluster([address]);
  onTestFinished(() => user.end());
  const tusker = over(user.client);
  const told = listen(tusker);
  ask(tusker);
  const { event } = await until('the error', has(told, 'error'));
  expect((event as Error).message).toContain(`the Redis Cluster of 127.0.0.1:${address.port}: connect ECONNREFUSED`);
  await until('a try', has(told, 'reconnecting'));
});

describe('whoever listens', () => {
  test('one that is taken away hears nothing more, one that throws or rejects disturbs nobody', async () => {
    const tusker = at(`redis://127.0.0.1:${await freePort()}`);
    const heard: string[] = [];
    const gone = (): void => void heard.push('gone');
    tusker.on('error', gone).off('error', gone);
    tusker.on('error', () => {
      throw new Error('by the listener');
    });
    tusker.on('error', async () => Promise.reject(new Error('by the listener')));
    tusker.on('error', () => void heard.push('last'));
    const warnings = warned('TUSKER_LISTENER');
    ask(tusker);
    await until('both warnings', async () => warnings.length === 2 || undefined);
    expect(heard).toEqual(['last']);
  });

  test('all namespaces of a connection tell the same', async () => {
    const tusker = at(`redis://127.0.0.1:${await freePort()}`);
    const told = listen(tusker.namespace('songs') as Tusker);
    ask(tusker);
    await until('the error', has(told, 'error'));
  });

  test('what is no event, and what is no function, is refused', () => {
    const tusker = at('memory:');
    expect(() => tusker.on('close' as 'error', () => {})).toThrow(/event is "close"; allowed: 'error'/);
    expect(() => tusker.on('error', null as unknown as () => void)).toThrow(/listener is null; allowed: a function/);
    expect(() => tusker.off('error', 1 as unknown as () => void)).toThrow(/listener is 1/);
  });

  test('an end on purpose is no trouble: after stop nothing is told', async () => {
    const redis = await startRedis();
    const tusker = at(redis.url);
    const told = listen(tusker);
    const worker = tusker.work(() => null);
    await until('the contact', has(told, 'connected'));
    await tusker.stop();
    expect(namesOf(told)).toEqual(['connected']);
    expect(worker.listenerCount('error')).toBe(0);
  });
});

/** The warnings of one code that this process gets. */
function warned(code: string): Error[] {
  const warnings: Error[] = [];
  const hear = (warning: Error & { code?: string }): void => void (warning.code === code && warnings.push(warning));
  process.on('warning', hear);
  onTestFinished(() => void process.off('warning', hear));
  return warnings;
}

describe('workers', () => {
  test('pass it on, within a second', async () => {
    const redis = await ownServer();
    const tusker = at(redis.url);
    const worker = tusker.work(() => null);
    const told = listen(worker as unknown as Tusker);
    await until('the contact', has(told, 'connected'));
    told.length = 0;
    await redis.kill();
    const began = performance.now();
    const error = await until('the error', has(told, 'error'));
    expect(error.at - began).toBeLessThan(TOLD_WITHIN + SLACK);
    await until('a try', has(told, 'reconnecting'));
    await redis.start();
    await until('the contact again', has(told, 'connected'));
    expect(orderOf(told)).toEqual(['error', 'reconnecting', 'connected']);
  });

  test('to whom nobody listens warn once together, and again of the next outage', async () => {
    const warnings = warned('TUSKER_WORKER');
    const redis = await ownServer();
    const tusker = at(redis.url);
    for (const name of ['songs', 'films']) tusker.namespace(name).work(() => null);
    const told: unknown[] = [];
    tusker.on('connected', (event) => void told.push(event)).on('reconnecting', (event) => void told.push(event));
    for (const outages of [1, 2]) {
      await until('the contact', async () => told.length > 0 || undefined);
      await redis.kill();
      told.length = 0;
      await until('two tries', async () => told.length > 1 || undefined);
      expect(warnings.map(({ message }) => /trouble.*: CONNECTION: /.test(message))).toEqual(Array(outages).fill(true));
      told.length = 0;
      await redis.start();
      await until('an answer', async () => told.some((event) => !('error' in (event as object))) || undefined);
    }
  });

  test('warn nobody who listens to the tusker', async () => {
    const warnings = warned('TUSKER_WORKER');
    const tusker = at(`redis://127.0.0.1:${await freePort()}`);
    const told = listen(tusker);
    tusker.work(() => null);
    await until('a try', has(told, 'reconnecting'));
    expect(warnings).toEqual([]);
  });
});
