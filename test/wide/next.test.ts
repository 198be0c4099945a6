import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ScratchProject } from '../package/scratch-project.js';
import { freePort } from '../redis-ground/ports.js';
import { until } from '../tuskers.js';

const project = new ScratchProject();
const NEXT = 'node_modules/next/dist/bin/next';
const SOURCES = {
  'layout.jsx': 'export default ({ children }) => <html lang="en"><body>{children}</body></html>;',
  'page.jsx': 'export default () => <p>up</p>;',
  'api/route.js': `import { createTusker } from 'tusker';
    const tusker = createTusker(process.env.TARGET ?? 'memory:'); // the build loads it, too
    export const dynamic = 'force-dynamic';
    export async function GET() { return Response.json(await tusker.run('t', 1, () => 'part')); }`,
};

beforeAll(() => {
  project.install('next@16.4.6', 'react@19.2.0', 'react-dom@19.2.0');
  mkdirSync(join(project.path, 'app/api'), { recursive: true });
  for (const [name, text] of Object.entries(SOURCES)) project.write(`app/${name}`, text);
  process.env.NEXT_TELEMETRY_DISABLED = '1';
}, 300_000);

async function answerWith(target: string): Promise<unknown> {
  const port = await freePort();
  const server = spawn(process.execPath, [NEXT, 'start', '-H', '127.0.0.1', '-p', String(port)], {
    cwd: project.path,
    env: { ...process.env, TARGET: target },
    stdio: 'ignore',
  });
  try {
    let answer: unknown;
    await until('an answer of Next', async () => {
      const response = await fetch(`http://127.0.0.1:${port}/api`).catch(() => undefined);
      answer = response?.ok ? await response.json() : undefined;
      return answer !== undefined;
    });
    return answer;
  } finally {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
}

test('Next 16 builds and serves a route on memory without libsql, and on a file with it', {
  timeout: 300_000,
}, async () => {
  const { status, stdout, stderr } = project.run(process.execPath, NEXT, 'build');
  expect({ status, told: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, told: '' });
  expect(await answerWith('memory:')).toBe('part');
  project.install('libsql@0.5.29');
  expect(await answerWith(`sqlite:${join(project.path, 'next.db')}`)).toBe('part');
});
