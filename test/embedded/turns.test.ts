/** A loop of awaited calls on an embedded store leaves the rest of its process alive. */
import { describe, expect, test } from 'vitest';
import type { Tusker, TuskerOptions } from '../../src/index.js';
import { isTuskerError } from '../../src/index.js';
import { endAfterTest } from '../harness/endings.js';
import { inMemory, onOneFile } from '../tuskers.js';

const STORES: [string, (options?: TuskerOptions) => Tusker][] = [
  ['memory', (options) => inMemory(options)],
  ['SQLite', (options) => onOneFile(options)[0]],
];

/** What a stop refuses. */
const REFUSED: readonly ((tusker: Tusker) => Promise<unknown>)[] = [
  (tusker) => tusker.run('t', 1, () => 1),
  (tusker) => tusker.lock('t', 1),
  (tusker) => tusker.lock('t', 1, { wait: 1000 }),
  (tusker) => tusker.fetchReleased(),
  (tusker) => tusker.result('t', { timeout: 1000 }),
];

/** A busy machine may take long; where nothing else gets its turn no time is enough, in ms. */
const PATIENCE = 5_000;

/** How often a timer of 10 ms fires until `stop` says so. */
function ticking(): { readonly count: number } {
  const ticks = { count: 0 };
  const timer = setInterval(() => ticks.count++, 10);
  endAfterTest(() => clearInterval(timer));
  return ticks;
}

describe.each(STORES)('on %s', (_name, make) => {
  test('timers fire while runs follow one another without a pause', async () => {
    const tusker = make();
    const ticks = ticking();
    const end = performance.now() + PATIENCE;
    for (let i = 0; ticks.count <= 10 && performance.now() < end; i++) await tusker.run('t', i, () => i);
    expect(ticks.count).toBeGreaterThan(10);
  });

  test('timers fire while the same is read over and over', async () => {
    const tusker = make();
    await tusker.run('t', 1, () => 1);
    const ticks = ticking();
    const end = performance.now() + PATIENCE;
    while (ticks.count <= 5 && performance.now() < end) await tusker.stats();
    expect(ticks.count).toBeGreaterThan(5);
  });

  test('a loop that waits for a timer ends', async () => {
    const tusker = make();
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, 20);
    for (let i = 0; !isOver; i++) await tusker.run('t', i % 100, () => i);
    expect(isOver).toBe(true);
  });

  test('a loop of calls that are refused for a stop lets the stop come to its end', async () => {
    for (const ask of REFUSED) {
      const tusker = make();
      await tusker.lock('held', 1);
      let isOver = false;
      const stopped = tusker.stop({ grace: 20 }).then(() => {
        isOver = true;
      });
      while (!isOver) await ask(tusker).catch(() => {});
      await stopped;
    }
  });

  test('a loop of calls that are refused as too many lets those before them be answered', async () => {
    const tusker = make({ maxQueue: 2 });
    const opened = async (task: string): Promise<void> => {
      for (;;) {
        const isRefused = await tusker.open(task).then(
          () => false,
          (error: unknown) => isTuskerError(error, 'BUSY'),
        );
        if (!isRefused) return;
      }
    };
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(opened));
    expect(await tusker.stats()).toMatchObject({ open: 5 });
  });

  test('a lock of the same process is renewed beside such a loop', async () => {
    const tusker = make();
    const held = await tusker.lock('held', 'u', { ttl: 300 });
    const end = performance.now() + 700;
    for (let i = 0; performance.now() < end; i++) await tusker.run('t', i, () => i);
    await tusker.sweep();
    expect(await tusker.tryLock('held', 'u')).toMatchObject({ kind: 'held' });
    await held.unlock();
  });

  test('what is to happen in the next turn of the event loop does, in a few milliseconds', async () => {
    const tusker = make();
    let turns = 0;
    const again = (): void => {
      turns++;
      timer = setImmediate(again);
    };
    let timer = setImmediate(again);
    endAfterTest(() => clearImmediate(timer));
    const end = performance.now() + PATIENCE;
    for (let i = 0; turns <= 4 && performance.now() < end; i++) await tusker.run('t', i, () => i);
    expect(turns).toBeGreaterThan(4);
  });
});
