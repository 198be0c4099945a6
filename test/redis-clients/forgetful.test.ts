/** Programs that forget `stop()`: a Redis at a URL keeps them alive no longer than the other stores do. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { Holding } from '../../src/stores/redis/clients/holding.js';
import { builtModules } from '../harness/shared.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let folder: string;
let server: RedisServer;
let url: string;
let tusker: Tusker;
beforeAll(async () => {
  const built = await builtModules();
  folder = mkdtempSync(join(tmpdir(), 'tusker-forgetful-'));
  // A link would lead back to the packages of this project.
  cpSync(built, join(folder, 'dist'), { recursive: true });
  copyFileSync(at('./children/forgetful.mjs'), join(folder, 'forgetful.mjs'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  server = await startServer();
  url = `redis://127.0.0.1:${server.port}`;
  tusker = createTusker(url);
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await tusker.stop();
  await server.stop();
});

describe.each(['ioredis', 'ioredis5', 'iovalkey', 'redis', 'redis5'])('a program with %s', (library) => {
  beforeAll(() => {
    const installed = join(folder, 'node_modules');
    rmSync(installed, { recursive: true, force: true });
    mkdirSync(installed);
    symlinkSync(at(`../../node_modules/${library}`), join(installed, library.replace('5', '')));
  });

  /** What it printed by its end, which comes by itself. `whenReady` runs when it says that it is. */
  async function said(what: string, whenReady?: (child: ChildProcess) => Promise<void>): Promise<string> {
    const script = [join(folder, 'forgetful.mjs'), url, what, `awaited-${library}`];
    const child = spawn(process.execPath, script, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 30_000 });
    const ended = once(child, 'close');
    let acted: Promise<void> | undefined;
    let text = '';
    child.stdout.on('data', (bytes) => {
      text += bytes;
      acted ??= whenReady?.(child);
    });
    expect(await ended).toEqual([0, null]);
    await acted;
    return text;
  }

  /** Tasks that take their time, one behind the other. */
  async function merged(name: string): Promise<void> {
    for (let number = 0; number < 10; number++) {
      const task = `${name}-${library}-${number}`;
      await tusker.run(task, 1, () => 'part');
      await tusker.close(task);
      expect(await tusker.result(task, { timeout: 20_000 })).toBe(task);
    }
  }

  test('ends by itself when its calls are answered', async () => {
    expect(await said('run')).toBe('run\ntrue\n');
  });

  test('ends by itself while it only holds a lock and listens for its end', async () => {
    expect(await said('lock')).toBe('locked\n');
  });

  test('is kept alive by a call until that is answered', async () => {
    expect(await said('call')).toBe('answered\n');
  });

  test('is kept alive by a command whose time nobody measures', async () => {
    const program = [join(folder, 'dist/cli/main.js'), 'doctor', '--url', url, '--json'];
    const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 30_000 });
    let text = '';
    child.stdout.on('data', (bytes) => {
      text += bytes;
    });
    await once(child, 'close');
    expect(text).toContain('"clock"');
  });

  test('is kept alive by a worker until that is stopped', async () => {
    const text = await said('work', async (child) => {
      await merged('worked');
      child.kill('SIGUSR2');
    });
    expect(text).toBe('ready\n');
  });

  test('is kept alive by a wait for a result', async () => {
    const awaited = `awaited-${library}`;
    const text = await said('result', async () => {
      const worker = tusker.work(({ task }) => task);
      await merged('meanwhile');
      await tusker.run(awaited, 1, () => 'part');
      await tusker.close(awaited);
      await tusker.result(awaited);
      await worker.stop();
    });
    expect(text).toBe(`ready\n${awaited}\n`);
  });
});

test('a stream of a connector of one’s own, which cannot be let go, answers all the same', async () => {
  const holding = new Holding(() => ({}));
  holding.ready();
  expect(await holding.until(Promise.resolve('PONG'))).toBe('PONG');
});
