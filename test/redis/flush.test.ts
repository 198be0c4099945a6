import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import { startServer } from '../redis-ground/server.js';
import { callsOf, tell } from './tell.js';
import { storeOf } from './users.js';

const server = await startServer();
afterAll(() => server.stop());

const TASKS = 16;
const UNITS = 25;

/** Forgets all functions every 50 ms until told to stop: how often that was. */
function flushing(): { stop(): Promise<number> } {
  let isOver = false;
  const flushed = (async () => {
    for (let times = 0; ; times++) {
      if (isOver) return times;
      await tell(server, 'FUNCTION', 'FLUSH');
      await sleep(50);
    }
  })();
  return {
    stop: () => {
      isOver = true;
      return flushed;
    },
  };
}

/** One task, unit by unit; the worker joins the numbers. */
async function oneTask(tusker: Tusker, task: string): Promise<unknown> {
  for (let unit = 0; unit < UNITS; unit++) {
    const lock = await tusker.lock(task, unit);
    expect(await lock.unlock(unit)).toMatchObject({ done: unit + 1 });
  }
  await tusker.close(task);
  return tusker.result(task, { timeout: 30_000 });
}

describe.each(LIBRARIES)('through $name', (library) => {
  test('under load all answers are right while the server forgets its functions every 50 ms', async () => {
    const h = await storeOf(library.single(server.port));
    const tusker = createTusker({ store: h.store }) as Tusker;
    const handed = new Map<string, number>();
    tusker.work(
      async ({ task, results }) => {
        handed.set(task, (handed.get(task) ?? 0) + 1);
        return ((await results()) as number[]).join(' ');
      },
      { concurrency: 4 },
    );
    await tell(server, 'CONFIG', 'RESETSTAT');
    const flusher = flushing();
    const names = Array.from({ length: TASKS }, (_, i) => `t${i}`);
    const whole = Array.from({ length: UNITS }, (_, unit) => unit).join(' ');
    const results: unknown[] = [];
    // In turns, so that it lasts as long as some flushes.
    while (results.length < TASKS || (await callsOf(server, 'function\\|load')) < 5) {
      const round = names.splice(0, 8);
      if (round.length === 0) names.push(...Array.from({ length: 8 }, (_, i) => `more ${results.length + i}`));
      results.push(...(await Promise.all(round.map((task) => oneTask(tusker, task)))));
    }
    expect(await flusher.stop()).toBeGreaterThan(1);
    expect(results.every((result) => result === whole)).toBe(true);
    expect([...handed.values()].every((times) => times === 1)).toBe(true);
    expect(await tusker.stats()).toMatchObject({ completed: results.length, failed: 0, processing: 0, released: 0 });
    await tusker.stop();
  });
});
