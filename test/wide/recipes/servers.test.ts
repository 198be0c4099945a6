import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { freePort } from '../../redis-ground/ports.js';
import { until } from '../../redis-ground/until.js';
import type { Program, RecipePlace } from './programs.js';
import { namespaceOf, recipePlace, timesOf } from './programs.js';

let place: RecipePlace;
beforeAll(async () => {
  place = await recipePlace();
}, 120_000);

interface Server {
  readonly program: Program;
  readonly url: string;
}

async function server(program: string, env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const port = await freePort();
  const started = place.start(program, [], { FOLDER: place.path, PORT: String(port), ...env });
  await started.said('ready');
  return { program: started, url: `http://127.0.0.1:${port}` };
}

const json = async (response: Response): Promise<unknown> => ({ status: response.status, ...(await response.json()) });

test('upload: any server takes any chunk; the chunk of a killed one is sent to another, and all are merged once', {
  timeout: 120_000,
}, async () => {
  const servers = await Promise.all([server('upload.mjs'), server('upload.mjs'), server('upload.mjs')]);
  const [a, b, c] = servers as [Server, Server, Server];
  const chunks = Array.from({ length: 12 }, () => randomBytes(50_000));
  const put = (to: Server, n: number) =>
    fetch(`${to.url}/uploads/film/${n}`, { method: 'PUT', body: chunks[n - 1] as Buffer<ArrayBuffer> });

  const half = request(`${a.url}/uploads/film/5`, { method: 'PUT' });
  half.on('error', () => {}); // its server dies
  half.write(chunks[4]?.subarray(0, 20_000));
  const uploads = namespaceOf(place, 'uploads');
  await until('chunk 5 is at work', async () => {
    for await (const { unit, state } of uploads.units('film')) if (unit === '5' && state === 'locked') return true;
    return undefined;
  });
  const others = [12, 3, 7, 1, 9, 11, 2, 10, 4, 6].map((n) => put(servers[n % 3] as Server, n));
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual(others.map(() => 200));
  expect(await (await fetch(`${b.url}/uploads/film/12`, { method: 'POST' })).json()).toMatchObject({ state: 'locked' });
  await a.program.end('SIGKILL');
  const merged = fetch(`${c.url}/uploads/film`).then(json);
  expect(await json(await put(b, 5))).toMatchObject({ status: 200, bytes: 50_000 });
  expect((await put(c, 8)).status).toBe(200);

  expect(await merged).toMatchObject({ status: 200, chunks: 12 });
  const wholes = readdirSync(place.path).filter((name) => name.endsWith('.whole'));
  expect(wholes).toHaveLength(1);
  expect(readFileSync(join(place.path, wholes[0] ?? '')).equals(Buffer.concat(chunks))).toBe(true);
  expect(await timesOf(uploads, 'film', 'claimed')).toBe(1);
  expect((await put(b, 5)).status).toBe(200); // sent again: it was part of it
  expect((await put(b, 13)).status).toBe(410);
});

test('deploy: after SIGTERM what is short is finished, and another server has the rest at once', {
  timeout: 120_000,
}, async () => {
  const old = await server('deploy.mjs', { GRACE: '2000' });
  const put = (to: Server, path: string) => fetch(`${to.url}${path}`, { method: 'PUT' });
  expect((await put(old, '/merged/1')).status).toBe(200);
  await fetch(`${old.url}/merged/1?takes=8000`, { method: 'POST' });
  await old.program.said('merging merged');
  const successor = await server('deploy.mjs');
  const long = put(old, '/song/1?takes=300000');
  await old.program.said('encoding song 1');
  const short = put(old, '/song/2?takes=500');
  await old.program.said('encoding song 2');

  old.program.process.kill('SIGTERM');
  expect((await short).status).toBe(200);
  expect((await long).status).toBe(503);
  expect(await (await put(successor, '/song/1')).json()).toBe('song-1.mp3'); // a lock of a dead one would last a minute
  expect(await old.program.ended()).toBe(0);
  expect(old.program.output).toContain('gave merged back');
  expect(old.program.output).toMatch(/\nstopped\n/);

  const songs = namespaceOf(place, 'songs');
  const { pid } = successor.program.process;
  expect(await songs.result('merged', { timeout: 30_000 })).toMatchObject({ attempt: 1, by: pid });
  successor.program.process.kill('SIGTERM');
  await once(successor.program.process, 'exit');
});
