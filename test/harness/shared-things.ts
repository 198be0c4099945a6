import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { SharedFacts, SharedName } from './shared.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Chromium's flags: what it does besides, and would need a network for, is switched off. */
const CHROMIUM = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** Something that a run of the tests has once: what its users need to know of it, and how it ends. */
interface Thing<Facts> {
  readonly facts: Facts;
  end(): Promise<void> | void;
}
type Makers = { readonly [Name in SharedName]: () => Promise<Thing<SharedFacts[Name]>> };

/** The things that all files of a run share. Each is made when it is asked for first, and ends with the run. */
export class SharedThings {
  readonly #made = new Map<string, Promise<Thing<SharedFacts[SharedName]>>>();

  /** For a worker, where each has one of its own. @throws Error when it cannot be made; who asks again is told the same */
  async get<Name extends SharedName>(name: Name, worker = ''): Promise<SharedFacts[Name]> {
    const key = name === 'redis' ? `${name} ${worker}` : name;
    const made = this.#made.get(key) ?? this.#makers[name]();
    this.#made.set(key, made);
    return (await made).facts as SharedFacts[Name];
  }

  isOne(name: string): name is SharedName {
    return Object.hasOwn(this.#makers, name);
  }

  readonly #makers: Makers = {
    build: async () => {
      await node('scripts/build.mjs');
      return { facts: { path: join(ROOT, 'dist'), modules: join(ROOT, 'build') }, end: () => {} };
    },
    tarball: async () => {
      await this.get('build');
      const folder = mkdtempSync(join(tmpdir(), 'tusker-tarball-'));
      await ran('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]);
      const [name = ''] = readdirSync(folder);
      return { facts: { path: join(folder, name) }, end: () => rmSync(folder, { recursive: true, force: true }) };
    },
    browser: async () => {
      const server = await chromium.launchServer(CHROMIUM);
      return { facts: { endpoint: server.wsEndpoint() }, end: () => server.close() };
    },
    redis: async () => {
      const { startServer } = await import('../redis-ground/server.js');
      const server = await startServer();
      return { facts: { port: server.port }, end: () => server.stop() };
    },
    cluster: async () => {
      const { startCluster } = await import('../redis-ground/cluster.js');
      const cluster = await startCluster();
      return { facts: { nodes: cluster.facts }, end: () => cluster.stop() };
    },
    sentinels: async () => {
      const { startSentinels } = await import('../redis-ground/sentinel.js');
      const sentinels = await startSentinels();
      return { facts: sentinels.facts, end: () => sentinels.stop() };
    },
  };

  async end(): Promise<void> {
    const made = await Promise.allSettled(this.#made.values());
    await Promise.all(made.map((one) => one.status === 'fulfilled' && one.value.end()));
  }
}

function node(...args: readonly string[]): Promise<void> {
  return ran(process.execPath, args);
}

/** @throws Error with what the program printed */
async function ran(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${said}`);
}
