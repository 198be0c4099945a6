/** Handlers that stop their own worker, and handlers that never end. */
import { describe, expect, test } from 'vitest';
import type { StopReport, Tusker, Worker } from '../../src/index.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';

/** Of time that stands still, in ms. */
const SECOND = 1000;

type Stopped = Pick<Tusker | Worker, 'stop'>;

/** A worker whose handlers stop it after 10 ms; that of the task `slow` works for a second, that of `endless` never ends. */
async function stopsWithin(which: 'worker' | 'tusker') {
  const { tusker, time, peer } = unrulyTusker();
  const told: string[] = [];
  const reports: StopReport[] = [];
  const worker: Worker = tusker.work(
    async ({ task }) => {
      if (task === 'slow') return new Promise((resolve) => setTimeout(resolve, SECOND));
      await new Promise((resolve) => setTimeout(resolve, 10));
      reports.push(await ((which === 'worker' ? worker : tusker) as Stopped).stop());
      told.push(`${task} has stopped it at ${performance.now()}`);
      return task === 'endless' ? new Promise(() => {}) : undefined;
    },
    { concurrency: 3, stopGrace: 3000 },
  );
  for (const name of ['completed', 'failed', 'stale', 'given-back'] as const) {
    worker.on(name, (event: { task: string; attempt: number }) => told.push(`${name} ${event.task}`));
  }
  return { others: peer(), time, tusker, worker, told, reports };
}

describe.each(['worker', 'tusker'] as const)('stop of the %s within its own handler', (which) => {
  test('does not wait for that handler: what it merges is accepted', async () => {
    const { others, time, tusker, told } = await stopsWithin(which);
    await others.close('t');
    await time.passes(10);
    await tusker.stop();
    expect(told).toEqual(['t has stopped it at 10', 'completed t']);
    expect(time.now).toBe(10);
  });

  test('waits for the other handlers', async () => {
    const { others, time, told } = await stopsWithin(which);
    await others.close('slow');
    await others.close('t');
    await time.passes(999);
    expect(told).toEqual([]);
    await time.passes(1);
    expect(told).toEqual(['completed slow', 't has stopped it at 1000', 'completed t']);
  });

  test('in two handlers at once does not wait for either', async () => {
    const { others, time, told, reports } = await stopsWithin(which);
    await others.close('a');
    await others.close('b');
    await time.passes(10);
    expect(told.sort()).toEqual(['a has stopped it at 10', 'b has stopped it at 10', 'completed a', 'completed b']);
    expect(reports).toEqual(new Array(2).fill({ locks: [], claims: [], calls: [] }));
  });

  test('gives a handler that goes on for ever after it its grace, then its task goes back', async () => {
    const { others, time, told } = await stopsWithin(which);
    await others.close('endless');
    await time.passes(3009);
    expect(told).toEqual(['endless has stopped it at 10']);
    await time.passes(1);
    expect(told).toEqual(['endless has stopped it at 10', 'given-back endless']);
  });
});

test('a stop that a handler brought about elsewhere waits for it, as any other', async () => {
  const { tusker, time, peer } = unrulyTusker();
  const others = peer();
  let stop = (): void => {};
  const asked = new Promise<void>((resolve) => (stop = resolve));
  const worker = tusker.work(async () => {
    stop();
    return new Promise((resolve) => setTimeout(resolve, SECOND, 'merged'));
  });
  const stopping = asked.then(() => worker.stop()).then(() => performance.now());
  await others.close('t');
  await time.passes(1000);
  expect(await stopping).toBe(1000);
  expect(await others.result('t', { timeout: 0 })).toBe('merged');
});

describe('a handler that never ends', () => {
  test('is named when its claim is lost, and its place serves the next task', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    const stale: unknown[] = [];
    const worker = tusker.work(({ task }) => (task === 'endless' ? new Promise(() => {}) : task), { stopGrace: 0 });
    worker.on('stale', (event) => stale.push(event));
    await others.close('endless', { timeout: 60_000, attempts: 1 });
    await time.settles();
    await others.close('next');
    await time.passes(59_999);
    expect([worker.running, stale]).toEqual([1, []]);
    await time.passes(1);
    expect(stale).toEqual([{ task: 'endless', attempt: 1, token: expect.any(Number), running: true }]);
    expect(await others.result('next', { timeout: 0 })).toBe('next');
    expect(worker.running).toBe(0);
    await worker.stop();
    expect(time.now).toBe(60_000);
  });

  test('and whose task was cancelled gives up its place at the next renewal, though nobody listens', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    const stale: unknown[] = [];
    const worker = tusker.work(() => new Promise(() => {}), { lease: 9000 });
    worker.on('stale', ({ task, running }) => stale.push([task, running]));
    await others.close('t');
    await time.settles();
    await others.cancel('t');
    await time.passes(3000);
    expect([worker.running, stale]).toEqual([0, [['t', true]]]);
  });

  test('and ends at last after all is not told again, and what it made is not written', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    let end = (_: unknown): void => {};
    const told: unknown[] = [];
    const worker = tusker.work(() => new Promise((resolve) => (end = resolve)), { lease: 9000 });
    worker.on('stale', ({ running }) => told.push(running));
    worker.on('completed', () => told.push('completed'));
    await others.close('t');
    await time.settles();
    await others.cancel('t');
    await time.passes(3000);
    end('late');
    await time.settles();
    expect(told).toEqual([true]);
    expect(await others.explain('t')).toMatchObject({ state: 'failed' });
  });

  test('and whose claim was lost unnoticed is told when it ends', async () => {
    const { tusker, time, peer } = unrulyTusker();
    const others = peer();
    let end = (_: unknown): void => {};
    const told: unknown[] = [];
    const worker = tusker.work(() => new Promise((resolve) => (end = resolve)));
    worker.on('stale', ({ running }) => told.push(running));
    await others.close('t');
    await time.settles();
    await others.cancel('t');
    end('late');
    await time.settles();
    expect(told).toEqual([false]);
  });
});
