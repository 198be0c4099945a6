/** A Redis that is not there: what ends by itself gives up soon, what runs on says so once and tries on. */
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../redis-ground/ports.js';
import { startServer } from '../redis-ground/server.js';
import { Program, until } from './program.js';

/** After which time a command gives up, and what a busy machine may add, in ms. */
const GIVES_UP_AFTER = 3000;
const SLACK = 4000;

/** Nobody listens there. */
class NoRedis {
  readonly name = 'a Redis that is not there';
  async open(): Promise<string> {
    return `redis://:geheim@127.0.0.1:${await freePort()}`;
  }
  async end(): Promise<void> {}
}

const program = new Program(new NoRedis());
const portOf = (url: string): number => Number(new URL(url).port);

const ENDING: readonly (readonly string[])[] = [
  ['stats'],
  ['tasks'],
  ['explain', 'song'],
  ['open', 'song'],
  ['close', 'song'],
  ['cancel', 'song'],
  ['sweep'],
  ['events'],
  ['lock', 'song', '1'],
  ['lock', 'song', '1', '--wait', '1m'],
  ['unlock', 'song', '1', '--token', '1'],
  ['exec', 'song', '1', '--', 'true'],
  ['result', 'song'],
  ['work', '--once', '--wait', '1m', '--', 'true'],
  ['work', '--failed', '--once', '--wait', '1m', '--', 'true'],
  ['units', 'song'],
];

async function silentPort(): Promise<number> {
  const server = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('commands that end by themselves give up after 3 s', () => {
  test.each(['nothing listens', 'nobody answers'])('where %s', async (how) => {
    const port = how === 'nobody answers' ? await silentPort() : portOf(program.url);
    const began = performance.now();
    const runs = ENDING.map(async (args) => {
      const url = ['--url', `redis://:geheim@127.0.0.1:${port}`];
      const at = args.includes('--') ? args.indexOf('--') : args.length;
      const { code, stdout, stderr } = await program.run(...args.slice(0, at), ...url, ...args.slice(at));
      return { args, code, stdout, stderr, took: performance.now() - began };
    });
    for (const { args, code, stdout, stderr, took } of await Promise.all(runs)) {
      expect({ args, code, stdout }).toEqual({ args, code: 69, stdout: '' });
      expect(stderr).toContain(`Redis at 127.0.0.1:${port}`);
      expect(stderr).toMatch(how === 'nobody answers' ? /answer/ : /ECONNREFUSED/);
      expect(stderr).not.toMatch(/geheim|maxRetries/);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(took).toBeLessThan(GIVES_UP_AFTER + SLACK);
    }
  });

  test('doctor says that nobody answers', async () => {
    const port = await silentPort();
    const { code, stdout } = await program.run('doctor', '--url', `redis://127.0.0.1:${port}`);
    expect(code).toBe(69);
    expect(stdout).toMatch(new RegExp(`BAD +connection +Redis at 127.0.0.1:${port} did not answer within 3000 ms`));
  });
});

const RUNNING_ON: readonly (readonly string[])[] = [
  ['work', '--', 'cat'],
  ['sweep', '--loop', '--every', '50ms'],
  ['events', '-f'],
  ['stats', '--watch', '--every', '100ms'],
  ['dashboard', '--port', '0'],
];

test.each(RUNNING_ON)(
  '%s %s says once that nobody answers, tries on, and works when there is a server',
  async (...args) => {
    const run = program.start(...args);
    await until('the word', () => run.complained().includes('trying on'));
    const server = await startServer({
      port: portOf(program.url),
      config: { requirepass: 'geheim' },
      password: 'geheim',
    });
    onTestFinished(() => server.stop());
    await until('the other word', () => run.complained().includes('the store answers again'));
    run.kill('SIGTERM');
    const { code, stderr } = await run.ended;
    expect(code).toBe(0);
    expect(stderr.match(/CONNECTION: /g)).toHaveLength(1);
    expect(stderr).toMatch(/CONNECTION: .*Redis at 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    expect(stderr).not.toMatch(/geheim/);
  },
);

test.each(RUNNING_ON)('%s %s can be ended while nobody answers', async (...args) => {
  const run = program.start(...args);
  await until('the word', () => run.complained().includes('trying on'));
  const began = performance.now();
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(performance.now() - began).toBeLessThan(SLACK);
});

test.each(RUNNING_ON)('%s %s ends at once where a password is wrong', async (...args) => {
  const server = await startServer({ port: portOf(program.url), config: { requirepass: 'other' }, password: 'other' });
  onTestFinished(() => server.stop());
  const { code, stderr } = await program.run(...args);
  expect(code).toBe(69);
  expect(stderr).toMatch(/UNSUPPORTED_SERVER: Redis at .* refused the user or password: WRONGPASS/);
});
