import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { until } from '../../redis-ground/until.js';
import { onWire } from '../../redis-ground/wire.js';
import type { RecipePlace } from './programs.js';
import { namespaceOf, recipePlace, timesOf } from './programs.js';

let place: RecipePlace;
beforeAll(async () => {
  place = await recipePlace();
  const install = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', install, { cwd: place.path, encoding: 'utf8', timeout: 200_000 });
  if (status !== 0) throw new Error(`npm ci in examples/recipes: ${stderr}`);
}, 300_000);

async function doneOf(tasks: ReturnType<typeof namespaceOf>, task: string): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const { result } of tasks.units(task, { state: 'done' })) results.push(result);
  return results;
}

test('map-reduce: killed twice, it goes on, and no call that was answered is paid again', {
  timeout: 120_000,
}, async () => {
  const calls = join(place.path, 'calls.txt');
  const lines = (word: string) =>
    existsSync(calls)
      ? readFileSync(calls, 'utf8')
          .split('\n')
          .filter((line) => line.startsWith(word))
      : [];
  const run = () => place.start('map-reduce.mjs', ['book', '20'], { CALLS: calls, TAKES: '150' });
  const books = namespaceOf(place, 'default');
  const stored: { prompt: string; calls: number }[] = [];
  const callsFor = (prompt: string) => lines('begin').filter((line) => line === `begin ${prompt}`).length;

  for (const enough of [4, 12]) {
    const program = run();
    await until(`${enough} answers`, async () => lines('end').length >= enough || undefined);
    await program.end('SIGKILL');
    const prompts = (await doneOf(books, 'book')).map((answer) => String(answer).toLowerCase());
    expect(prompts.length).toBeGreaterThan(0);
    for (const prompt of prompts) stored.push({ prompt, calls: callsFor(prompt) });
  }
  const last = run();
  expect(await last.ended()).toBe(0);
  expect(JSON.parse(last.output)).toEqual({ pages: 20, summary: 'SUMMARISE 20 SUMMARIES' });
  expect(stored.filter(({ prompt, calls }) => callsFor(prompt) !== calls)).toEqual([]);
  const paid = lines('begin').length;
  expect(paid).toBeLessThanOrEqual(21 + 2 * 4); // only what was under way at a kill

  const again = run();
  expect(await again.ended()).toBe(0);
  expect(again.output).toBe(last.output);
  expect(lines('begin')).toHaveLength(paid);
});

test('crawl: BullMQ jobs that add jobs are joined when the last is done, though a worker is killed', {
  timeout: 120_000,
}, async () => {
  const env = { LOCK: '2000', TAKES: '150' };
  const [killed, other] = [place.start('crawl.mjs', [], env), place.start('crawl.mjs', [], env)];
  await Promise.all([killed.said('ready'), other.said('ready')]);
  const begun = place.start('crawl.mjs', ['site']);
  const crawls = namespaceOf(place, 'crawls');
  await until('some pages are read', async () => (await doneOf(crawls, 'site')).length >= 3 || undefined);
  await killed.end('SIGKILL');

  expect(await begun.ended()).toBe(0);
  expect(begun.output).toContain('{"pages":40,"links":66}');
  expect(await timesOf(crawls, 'site', 'claimed')).toBe(1);
  expect(await other.end('SIGTERM')).toBe(0);
});

test('consumer: messages twice, out of order, of a killed consumer: each song is whole, once', {
  timeout: 120_000,
}, async () => {
  const env = { TAKES: '300' };
  const [killed, other] = [place.start('consumer.mjs', [], env), place.start('consumer.mjs', [], env)];
  await Promise.all([killed.said('ready'), other.said('ready')]);
  const send = (song: string, ...words: (string | number)[]) =>
    onWire(place.redis.port, (wire) => wire.send('XADD', 'chunks', '*', 'song', song, ...words));
  await send('tune', 'total', 9);
  for (const n of [5, 2, 9, 9, 1, 3, 5, 8, 4, 7, 2, 6]) await send('tune', 'n', n, 'text', `${n}a`);
  const songs = namespaceOf(place, 'songs');
  await until('the one to be killed has a chunk that was sent once', async () => {
    for await (const { unit, holder } of songs.units('tune', { state: 'locked' }))
      if ('134678'.includes(unit) && holder?.endsWith(`:${killed.process.pid}`)) return true;
    return undefined;
  });
  await killed.end('SIGKILL');

  expect(await songs.result('tune', { timeout: 40_000 })).toBe('1A2A3A4A5A6A7A8A9A');
  expect(await timesOf(songs, 'tune', 'claimed')).toBe(1);
  await send('tune', 'n', 4, 'text', '4a'); // once more, much later
  await send('poor', 'total', 1);
  await send('poor', 'n', 1, 'text', '');
  await expect(songs.result('poor', { timeout: 40_000 })).rejects.toThrow('no sound in it');
  await until('all is acknowledged', async () => {
    const groups = (await onWire(place.redis.port, (wire) => wire.send('XINFO', 'GROUPS', 'chunks'))) as unknown[][];
    const group = groups[0] ?? [];
    const field = (name: string) => group[group.indexOf(name) + 1];
    return (field('pending') === 0 && field('lag') === 0) || undefined;
  });
  expect(await timesOf(songs, 'tune', 'created')).toBe(1);
  expect(await other.end('SIGTERM')).toBe(0);
});
