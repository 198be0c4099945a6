import { expect, test, vi } from 'vitest';
import { createTusker } from '../../src/index.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { onWire } from '../redis-ground/wire.js';
import { linesOf, Program, until } from './program.js';

/** A server that keeps what it has acknowledged when it is killed. */
class DurableRedis {
  readonly name = 'a Redis that is killed';
  #server: RedisServer | undefined;

  get server(): RedisServer {
    if (!this.#server) throw new Error('there is a server in a test only');
    return this.#server;
  }

  async open(): Promise<string> {
    await this.#server?.stop();
    this.#server = await startServer({ config: { appendonly: 'yes', appendfsync: 'always' } });
    return this.#server.url;
  }

  async end(): Promise<void> {
    await this.#server?.stop();
  }
}

const redis = new DurableRedis();
const program = new Program(redis);

const open = async (...names: string[]): Promise<void> => {
  await using tusker = createTusker(program.url);
  for (const name of names) await tusker.open(name);
};

test('events -f goes on where it was when the server comes back: nothing is lost, nothing comes twice', async () => {
  const { kill, ended, written } = program.start('events', '-f', '--json', '--since', '0');
  await open('one', 'two');
  await until('the first ones', () => written().includes('two'));
  await redis.server.restart();
  await open('three');
  await until('the one after the restart', () => written().includes('three'));
  kill('SIGTERM');
  const { code, stdout } = await ended;
  expect([code, linesOf(stdout)]).toEqual([0, await program.jsonLines('events')]);
});

test('work --failed starts before its server does, says so once, and goes on after a restart: nothing is lost', async () => {
  await open('one', 'two');
  await program.run('cancel', 'one');
  await program.run('cancel', 'two');
  await redis.server.kill();
  const { kill, ended, written, complained } = program.start('work', '--failed', '--', 'true');
  await until('its word', () => complained().includes('trying on until the store answers'));
  await redis.server.start();
  await until('both', () => written().match(/acknowledged/g)?.length === 2);
  await redis.server.restart();
  await open('three');
  await program.run('cancel', 'three');
  await until('the one after the restart', () => written().includes('acknowledged three'));
  kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

test('sweep --loop goes on sweeping when the server comes back', async () => {
  const { kill, ended, written } = program.start('sweep', '--loop', '--every', '50ms', '--json');
  const lockFor = async (unit: string): Promise<void> => {
    await using tusker = createTusker(program.url);
    await tusker.lock('song', unit, { ttl: 1, renew: false });
  };
  await lockFor('1');
  await until('the first sweep', () => linesOf(written()).length === 1);
  await redis.server.restart();
  await lockFor('2');
  await until('the second sweep', () => linesOf(written()).length === 2);
  kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});

test('a page says that the store does not answer, can be left meanwhile, and goes on when it comes back', async () => {
  await open('stream-42');
  const { type, ended, written } = program.startOnTerminal('stats', '--watch', '--every', '100ms');
  const page = (): string => written().split('\u001b[H').at(-1) ?? '';
  const isTold = (): boolean => page().includes('The store has not answered for ');
  await until('the page', () => page().includes('stream-42'));
  // The clock of the run goes on by more than it takes for granted.
  const now = performance.now.bind(performance);
  let passed = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + passed);
  try {
    redis.server.pause();
    passed += 5000;
    await until('the word', isTold);
    redis.server.resume();
    await until('an answer', () => !isTold());
    redis.server.pause();
    passed += 5000;
    await until('the word again', isTold);
    type('q');
    await until('the screen of before', () => written().endsWith('\u001b[?1049l'));
    redis.server.resume();
    expect((await ended).code).toBe(0);
  } finally {
    clock.mockRestore();
  }
});

test('the password of a URL is not shown on the page', async () => {
  const url = program.url.replace('redis://', 'redis://default:secret@');
  await onWire(redis.server.port, (wire) => wire.send('CONFIG', 'SET', 'requirepass', 'secret'));
  const { type, ended, written } = program.startOnTerminal('stats', '--watch', '--url', url);
  await until('the page', () => written().includes('nothing waits'));
  type('q');
  await ended;
  expect(written()).toContain('redis://default:…@127.0.0.1');
  expect(written()).not.toContain('secret');
});
