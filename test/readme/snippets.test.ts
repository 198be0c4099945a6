import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { builtPackage } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder();
afterAll(() => folder.remove());

/** What the documents take for granted: the names of their reader's program, and what an example before has imported. */
const AROUND = `
  import type { IncomingMessage, ServerResponse } from 'node:http';
  declare global {
    const createTusker: typeof import('tusker').createTusker;
    const isTuskerError: typeof import('tusker').isTuskerError;
    const httpAnswer: typeof import('tusker').httpAnswer;
    const initialize: typeof import('tusker').initialize;
    const memoryStore: typeof import('tusker/memory').memoryStore;
    const redisStore: typeof import('tusker/redis').redisStore;
    const dashboard: typeof import('tusker/dashboard').dashboard;
    const toNodeListener: typeof import('tusker/dashboard').toNodeListener;
    const serveDashboard: typeof import('tusker/dashboard').serveDashboard;
    const metrics: typeof import('tusker/telemetry').metrics;
    const instrument: typeof import('tusker/telemetry').instrument;
    const createTestTusker: typeof import('tusker/testing').createTestTusker;
    const ManualClock: typeof import('tusker/testing').ManualClock;
    const createServer: typeof import('node:http').createServer;
    const Redis: typeof import('ioredis').Redis;
    const api: typeof import('@opentelemetry/api');
    const tusker: import('tusker').Tusker;
    const songs: import('tusker').Tusker;
    const client: import('ioredis').Redis;
    const id: string, n: number, signal: AbortSignal, error: unknown, chunk: Uint8Array, chunks: string[], request: Request;
    const response: ServerResponse;
    const log: { info(text: string): void; warn(text: string): void };
    // Express, Fastify or Hono: what they are called is not ours.
    const app: any;
    const options: import('tusker/dashboard').DashboardOptions;
    const contextOf: import('tusker/telemetry').Instrumentation['contextOf'];
    const Deno: { serve(handler: (request: Request) => Promise<Response> | Response): void };
    function encode(...parts: unknown[]): Promise<string>;
    function merge(...parts: unknown[]): Promise<string>;
    function llm(text: string, options?: unknown): Promise<string>;
    function page(text: string, options?: unknown): Promise<void>;
    function isAdmin(request: Request): boolean;
    function makeSubject(): Promise<import('tusker/testing').Subject>;
  }
  export {};
`;

/** Examples in TypeScript; shapes in the reference are `typescript`, and no programs. */
function snippets() {
  const documents = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
  return documents
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(({ 1: code = '', index }) => {
        const line = text.slice(0, index).split('\n').length + 1;
        return { name: `${path.replaceAll('/', '-')}-${line}.mts`, code };
      });
    });
}

/** A module; an example that returns is the body of a function. */
function program(code: string): string {
  const returns = code.split('\n').length === 2 && /\breturn\b/.test(code);
  return returns ? `export async function example() { ${code} }\n` : `${code}\nexport {};\n`;
}

test('each example of the README and the documents is right for a strict compiler', { timeout: 120_000 }, async () => {
  await builtPackage();
  mkdirSync(join(folder.path, 'node_modules/@opentelemetry'), { recursive: true });
  symlinkSync(ROOT, join(folder.path, 'node_modules/tusker'));
  for (const name of ['ioredis', '@types', '@opentelemetry/api']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder.path, 'node_modules', name));
  }
  const all = snippets();
  expect(all.length).toBeGreaterThan(20);
  for (const { name, code } of all) writeFileSync(join(folder.path, name), program(code));
  writeFileSync(join(folder.path, 'around.d.mts'), AROUND);
  const options = {
    strict: true,
    noImplicitAny: false,
    noEmit: true,
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable', 'dom'],
    skipLibCheck: true,
    types: ['node'],
  };
  writeFileSync(join(folder.path, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.mts'] }));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: folder.path, encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
