/** Real processes in the middle of `all()` that end, by SIGKILL and by SIGTERM, and another one that goes on. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { builtPackage } from '../harness/shared.js';
import { startRedis } from '../redis-ground/server.js';
import { temporaryFolder } from '../subjects.js';
import { until } from '../tuskers.js';

const ITEMS = ['a', 'slow-b', 'c', 'slow-d', 'e'];
const MINUTE = 60_000;

let dist: string;
beforeAll(async () => {
  dist = await builtPackage();
});

async function urls(): Promise<string[]> {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  return [`sqlite:${join(folder.path, 'tusker.db')}`, (await startRedis()).url];
}

/** A process that works on both slow items, and has done the others. */
async function atWork(url: string, ending: string, options: object): Promise<ChildProcess> {
  const script = new URL('children/all.mjs', import.meta.url);
  const child = fork(script, [dist, url, ending, JSON.stringify(options)], { execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const begun = new Set<unknown>();
  child.on('message', (item) => begun.add(item));
  await until('all items to be begun', () => begun.size === ITEMS.length);
  const tusker = createTusker(url);
  await until('three of them to be done', async () => (await tusker.explain('doc')).detail.units.done === 3);
  await tusker.stop();
  return child;
}

/** Goes on with what is left: what was worked on, and how long it took. */
async function goOn(url: string): Promise<{ results: string[]; worked: string[]; took: number }> {
  const tusker = createTusker(url);
  const worked: string[] = [];
  const began = performance.now();
  const results = await tusker.all('doc', ITEMS, (item) => {
    worked.push(item);
    return `${item} by another`;
  });
  const took = performance.now() - began;
  await tusker.stop();
  return { results, worked: worked.sort(), took };
}

const WHOLE = {
  results: ['a by the child', 'slow-b by another', 'c by the child', 'slow-d by another', 'e by the child'],
  worked: ['slow-b', 'slow-d'],
};

test('after SIGKILL another process goes on within seconds, on SQLite and on Redis', {
  timeout: 3 * MINUTE,
}, async () => {
  const ends = await Promise.all(
    (await urls()).map(async (url) => {
      const child = await atWork(url, 'none', {});
      child.kill('SIGKILL');
      await once(child, 'exit');
      return goOn(url);
    }),
  );
  for (const end of ends) {
    expect(end).toMatchObject(WHOLE);
    // Five seconds, and what a busy machine adds.
    expect(end.took).toBeLessThan(30_000);
  }
});

test.each(['stop', 'abort'])(
  'after SIGTERM and %s another process goes on at once, however long the locks would live',
  { timeout: 3 * MINUTE },
  async (ending) => {
    for (const url of await urls()) {
      const child = await atWork(url, ending, { ttl: 60 * MINUTE });
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      expect(code).toBe(0);
      const end = await goOn(url);
      expect(end).toMatchObject(WHOLE);
      expect(end.took).toBeLessThan(MINUTE);
    }
  },
);
