import { describe, expect } from 'vitest';
import { initialize } from '../../src/index.js';
import { trap } from './trap.js';

/** The calls of a callback: what it was called with, until nothing more can come. */
async function callsOf(call: (callback: (...args: unknown[]) => void) => void): Promise<unknown[][]> {
  const calls: unknown[][] = [];
  await new Promise<void>((resolve) =>
    call((...args) => {
      calls.push(args);
      resolve();
    }),
  );
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  return calls;
}

describe('the interface with callbacks', () => {
  trap('S26: an error calls the callback once, with the error alone', async ({ h }) => {
    const manager = initialize({ store: h.store });
    manager.close('t', {}, { timeout: 10 });
    const [[, , , completed] = []] = await callsOf((done) => manager.fetchReleased(done));
    await h.later(10);
    const failing: ((done: (...args: unknown[]) => void) => void)[] = [
      (done) => manager.lock('t', 'late', done),
      (done) => manager.unlock('t', 'never', done),
      (done) => manager.close('', done),
      (done) => manager.timeoutLocks(-1, done),
      (done) => (completed as typeof manager.stats)(done),
    ];
    for (const call of failing) {
      expect(await callsOf(call)).toEqual([[expect.objectContaining({ code: expect.any(String) })]]);
    }
  });

  trap('S15 and S14 with callbacks: a close after the release or the completion runs nothing again', async ({ h }) => {
    const manager = initialize({ store: h.store });
    manager.close('t', 'first');
    const [[, task, info, completed] = []] = await callsOf((done) => manager.fetchReleased(done));
    expect([task, info]).toEqual(['t', 'first']);
    expect(await callsOf((done) => manager.close('t', 'second', { attempts: 99 }, done))).toEqual([[null]]);
    expect(await callsOf(completed as typeof manager.stats)).toEqual([[null]]);
    expect(await callsOf((done) => manager.close('t', 'third', done))).toEqual([[null]]);
    expect(await h.stats()).toMatchObject({ completed: 1, released: 0, locked: 0, processing: 0 });
  });
});
