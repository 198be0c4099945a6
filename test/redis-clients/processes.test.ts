import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModules } from '../harness/shared.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { startTls } from '../redis-ground/tls.js';
import { onWire } from '../redis-ground/wire.js';

let dist: string;
/** A folder far from this project, with the package. */
let user: string;
let server: RedisServer;
beforeAll(async () => {
  dist = await builtModules();
  user = mkdtempSync(join(tmpdir(), 'tusker-user-'));
  // A link would lead back to the packages of this project.
  cpSync(dist, join(user, 'dist'), { recursive: true });
  copyFileSync(at('./children/use-url.mjs'), join(user, 'use-url.mjs'));
  writeFileSync(join(user, 'package.json'), '{ "type": "module" }');
  server = await startServer();
});
afterAll(async () => {
  rmSync(user, { recursive: true, force: true });
  await server.stop();
});

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What a program printed as JSON, once it has ended by itself. */
async function ran(script: string, args: string[], environment: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr.on('data', (bytes) => {
    err += bytes;
  });
  const [code, signal] = await once(child, 'close');
  expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' });
  return JSON.parse(out);
}

test.each(['ioredis', 'ioredis5', 'iovalkey', 'redis', 'redis5'])(
  'a program with %s ends when the adapter and its own client are closed',
  async (name) => {
    const said = await ran(at('./children/use-client.mjs'), [name, dist, String(server.port)]);
    expect(said).toEqual({ reply: 'PONG', popped: 'broken' });
  },
);

test.each(['url', 'ioredis', 'ioredis5', 'iovalkey'])(
  'a program with %s that stops while a connection is being made has nothing to wait for',
  async (name) => {
    expect(await ran(at('./children/stop-early.mjs'), [name, dist, String(server.port)])).toEqual([]);
  },
);

test('nor has one whose server is gone', async () => {
  const gone = await startServer();
  const killed = [String(gone.port), String(gone.pid)];
  expect(await ran(at('./children/stop-early.mjs'), ['url', dist, ...killed])).toEqual([]);
  await gone.stop();
});

/** The same for a program that opens a URL, in a folder where only these packages are installed. */
async function ranWith(
  packages: readonly string[],
  url: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<unknown> {
  const installed = join(user, 'node_modules');
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed);
  for (const name of packages) symlinkSync(at(`../../node_modules/${name}`), join(installed, name.replace('5', '')));
  return ran(join(user, 'use-url.mjs'), [url], environment);
}

test.each([
  [['ioredis'], 'ioredis'],
  [['ioredis5'], 'ioredis'],
  [['iovalkey'], 'iovalkey'],
  [['redis'], 'node-redis'],
  [['redis5'], 'node-redis'],
  [['redis', 'iovalkey'], 'iovalkey'],
  [['redis', 'iovalkey', 'ioredis'], 'ioredis'],
] as const)('where %j is installed a URL is opened with %s, and the program ends', async (packages, library) => {
  const url = `redis://127.0.0.1:${server.port}/2`;
  expect(await ranWith(packages, url)).toEqual({ library, reply: 'PONG', popped: 'broken' });
});

describe.each(['ioredis', 'ioredis5', 'iovalkey', 'redis', 'redis5'])('where %s is installed', (name) => {
  test('a wrong password is refused in the words of the server, and the program ends', async () => {
    await onWire(server.port, (wire) => wire.send('ACL', 'SETUSER', 'worker', 'on', '>right', '~*', '+@all'));
    const said = await ranWith([name], `redis://worker:wrong@127.0.0.1:${server.port}`);
    expect(said).toMatchObject({ message: expect.stringMatching(/^WRONGPASS /) });
  });

  test('a server that is not there is a ConnectionError, and the program ends', async () => {
    expect(await ranWith([name], 'redis://127.0.0.1:1')).toMatchObject({ code: 'CONNECTION' });
  });

  test('rediss: is TLS, and trusts what Node trusts', async () => {
    const tls = await startTls(server);
    const url = `rediss://127.0.0.1:${tls.port}`;
    expect(await ranWith([name], url)).toMatchObject({
      code: 'CONNECTION',
      message: expect.stringMatching(/certificate/),
    });
    expect(await ranWith([name], url, { NODE_EXTRA_CA_CERTS: tls.caFile })).toMatchObject({ reply: 'PONG' });
    await tls.stop();
  });
});

test('where no library is installed, the error says what to install', async () => {
  expect(await ranWith([], 'redis://127.0.0.1:6379')).toEqual({
    code: 'UNSUPPORTED_SERVER',
    message: expect.stringContaining('npm install ioredis'),
  });
});
