/** Consumers of failed tasks that are killed while they have one in hand. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { randomFrom, seed } from '../harness/budget.js';
import { builtPackage } from '../harness/shared.js';
import { startRedis } from '../redis-ground/server.js';
import { temporaryFolder } from '../subjects.js';
import { until } from '../tuskers.js';
import { child, exited, message, readFacts } from './processes.js';

let dist: string;
beforeAll(async () => {
  dist = await builtPackage();
});

const LEASE = 1000;

interface Ground {
  readonly url: string;
  readonly facts: string;
  readonly tusker: Tusker;
}

async function groundOn(store: 'SQLite' | 'Redis'): Promise<Ground> {
  const folder = temporaryFolder();
  const server = store === 'Redis' ? await startRedis() : undefined;
  const url = server?.url ?? `sqlite:${join(folder.path, 'tusker.db')}`;
  const tusker = createTusker(url) as Tusker;
  onTestFinished(async () => {
    await tusker.stop();
    await server?.stop();
    folder.remove();
  });
  return { url, facts: join(folder.path, 'facts'), tusker };
}

/** Before the first one there is no file. */
function factsSoFar(path: string): string[][] {
  return existsSync(path) ? readFacts(path) : [];
}

async function fails(tusker: Tusker, tasks: readonly string[]): Promise<void> {
  for (const task of tasks) {
    await tusker.open(task);
    await tusker.cancel(task);
  }
}

describe.each(['SQLite', 'Redis'] as const)('over %s', (store) => {
  test('SIGKILL within a handler: another process is given the failed task when the lease is over', async () => {
    const { url, facts, tusker } = await groundOn(store);
    await fails(tusker, ['told', 'held']);
    const first = child('consumer', dist, url, facts, LEASE, 'held');
    onTestFinished(() => void first.kill('SIGKILL'));
    await message(first);
    await until('the other one', async () => (await tusker.stats()).unacknowledged === 1);
    first.kill('SIGKILL');
    await exited(first);
    const second = child('consumer', dist, url, facts, LEASE);
    onTestFinished(() => void second.kill('SIGKILL'));
    await until('its end', async () => (await tusker.stats()).unacknowledged === 0);
    second.send('stop');
    expect(await exited(second)).toEqual({ code: 0, signal: null });
    const given = readFacts(facts).filter(([what]) => what === 'given');
    expect(given.map(([, task, attempt]) => `${task} ${attempt}`).sort()).toEqual(['held 1', 'held 2', 'told 1']);
  });

  test('killed over and over: each failed task is acknowledged, and none is given again after that', async () => {
    const { url, facts, tusker } = await groundOn(store);
    const random = randomFrom(seed());
    const tasks = Array.from({ length: 60 }, (_, i) => `t${i}`);
    await fails(tusker, tasks);
    const consumer = () => child('consumer', dist, url, facts, 300);
    const running = [consumer(), consumer()];
    onTestFinished(() => running.forEach((one) => void one.kill('SIGKILL')));
    let kills = 0;
    for (; kills < 6 && (await tusker.stats()).unacknowledged > 0; kills++) {
      const given = factsSoFar(facts).length;
      await until('it is at work', async () => {
        return factsSoFar(facts).length > given + 2 || (await tusker.stats()).unacknowledged === 0;
      });
      await sleep(20 * random());
      const victim = kills % 2;
      running[victim]?.kill('SIGKILL');
      running[victim] = consumer();
    }
    await until('all', async () => (await tusker.stats()).unacknowledged === 0);
    for (const one of running) one.send('stop');
    expect(await Promise.all(running.map(exited))).toEqual(running.map(() => ({ code: 0, signal: null })));
    const known = new Set<string | undefined>();
    const again: (string | undefined)[] = [];
    for (const [what, task] of readFacts(facts)) {
      if (what === 'acknowledged') known.add(task);
      else if (known.has(task)) again.push(task);
    }
    expect(again).toEqual([]);
    expect(new Set(readFacts(facts).map(([, task]) => task))).toEqual(new Set(tasks));
    expect((await tusker.stats()).deadLetters).toBe(tasks.length);
    console.log(`${store}: ${kills} killed, ${readFacts(facts).filter(([what]) => what === 'given').length} given`);
  });
});
