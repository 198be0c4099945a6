/** `tusker dashboard` as a real process. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { builtPackage } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';

let dist: string;
let folder: ReturnType<typeof temporaryFolder>;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  dist = await builtPackage();
});
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  folder.remove();
});

const url = () => `sqlite:${join(folder.path, 'tusker.db')}`;

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const main = join(dist, 'cli/main.js');
  const child = spawn(process.execPath, [main, 'dashboard', ...args], {
    env: { ...process.env, TUSKER_URL: url(), NODE_ENV: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  return child;
}

/** The first line that it prints. */
async function firstLine({ stdout }: ChildProcess): Promise<string> {
  let text = '';
  while (!text.includes('\n')) text += String((await once(stdout as NodeJS.ReadableStream, 'data'))[0]);
  return text.slice(0, text.indexOf('\n'));
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (part: Buffer) => {
    stderr += part.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

test('it prints where it is, shows the store read-only, and ends with 0 at SIGTERM', async () => {
  const tusker = createTusker(url());
  await tusker.namespace('songs').open('song');
  const child = start(['--port', '0', '-n', 'songs', '--open-namespaces', 'films,uploads']);
  const address = await firstLine(child);
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const session = await (await fetch(`${address}api/session`)).json();
  expect(session).toMatchObject({ namespaces: ['songs', 'films', 'uploads'], readOnly: true });
  const tasks = await (await fetch(`${address}api/tasks?namespace=songs`)).json();
  expect(tasks).toMatchObject({ tasks: [{ task: 'song' }] });
  const stream = await fetch(`${address}api/stream?of=overview&namespace=songs`);
  child.kill('SIGTERM');
  expect(await ended(child)).toMatchObject({ code: 0 });
  await stream.text().catch(() => {});
  await tusker.stop({ grace: 0 });
});

test('--write lets people change; --json prints one document', async () => {
  const child = start(['--port', '0', '--write', '--json']);
  const { url: address, readOnly } = JSON.parse(await firstLine(child)) as { url: string; readOnly: boolean };
  expect(readOnly).toBe(false);
  expect(await (await fetch(`${address}api/session`)).json()).toMatchObject({ readOnly: false });
  child.kill('SIGINT');
  expect((await ended(child)).code).toBe(0);
});

test('a token of the environment guards it, and is printed nowhere', async () => {
  const token = 'correct horse battery staple';
  const child = start(['--port', '0', '--host', '0.0.0.0'], { TUSKER_DASHBOARD_TOKEN: token });
  const printed: string[] = [];
  child.stderr?.on('data', (part: Buffer) => printed.push(part.toString()));
  const address = await firstLine(child);
  expect((await fetch(`${address}api/session`)).status).toBe(401);
  const allowed = await fetch(`${address}api/session`, { headers: { authorization: `Bearer ${token}` } });
  expect(allowed.status).toBe(200);
  child.kill('SIGTERM');
  await once(child, 'close');
  expect(`${address}${printed.join('')}`).not.toContain(token);
});

test('beyond this machine it does not start without a token', async () => {
  const { code, stderr } = await ended(start(['--port', '0', '--host', '0.0.0.0']));
  expect(code).toBe(2);
  expect(stderr).toContain(
    'INVALID_ARGUMENT: --host is "0.0.0.0"; allowed: a loopback address, unless token or authorize is given',
  );
});

test('a port that is taken is told', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const { code, stderr } = await ended(start(['--port', String(port)]));
  expect(code).not.toBe(0);
  expect(stderr).toContain('EADDRINUSE');
  taken.close();
});
