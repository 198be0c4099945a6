import { describe, expect, test, vi } from 'vitest';
import { initialize } from '../../src/index.js';
import { until } from '../tuskers.js';
import { fetched, manage, said } from './managers.js';

describe('what does no harm is no error', () => {
  test('a unit that is done, locked or unlocked again, stays done', async () => {
    const { manager, history } = manage();
    await said((done) => manager.lock('t', 'u', done));
    await said((done) => manager.unlock('t', 'u', done));
    expect(await said((done) => manager.lock('t', 'u', done))).toEqual([null]);
    expect(await said((done) => manager.unlock('t', 'u', done))).toEqual([null]);
    expect(await history.units('t')).toEqual({ u: 'done' });
  });

  test('a repeated completion, or failure, has the effect of one', async () => {
    const { manager, history } = manage();
    manager.close('t');
    const failing = await fetched(manager);
    for (let i = 0; i < 2; i++) expect(await said((done) => failing.completed('no', done))).toEqual([null]);
    const working = await fetched(manager);
    for (let i = 0; i < 2; i++) expect(await said((done) => working.completed(done))).toEqual([null]);
    expect((await history.detail('t')).attempt).toBe(2);
    expect(await history.stats()).toMatchObject({ completed: 1, released: 0 });
  });

  test('info that is falsy comes back as it is', async () => {
    const { manager } = manage();
    for (const info of [0, '', false]) {
      manager.close(`t-${String(info)}`, info);
      expect((await fetched(manager)).info).toBe(info);
    }
  });
});

describe('errors', () => {
  test('have a code: a lock after the release, an unlock of nothing, a stale completion, bad arguments', async () => {
    const { manager, history } = manage();
    manager.close('t', {}, { timeout: 10 });
    const { completed } = await fetched(manager);
    expect(await said((done) => manager.lock('t', 'u', done))).toMatchObject([{ code: 'TASK_RELEASED' }]);
    expect(await said((done) => manager.unlock('t', 'u', done))).toMatchObject([{ code: 'LOCK_LOST' }]);
    await history.later(10);
    expect(await said((done) => completed(done))).toMatchObject([{ code: 'STALE_CLAIM' }]);
    expect(await said((done) => completed(new Error('x'), done))).toMatchObject([{ code: 'STALE_CLAIM' }]);
    expect(await said((done) => manager.lock('', 'u', done))).toMatchObject([{ argument: 'task' }]);
    expect(await said((done) => manager.timeoutLocks(Number.NaN, done))).toMatchObject([{ argument: 'ms' }]);
  });

  test.each([
    [{ attempts: 0 }, 'options.attempts'],
    [{ attempts: Number.POSITIVE_INFINITY }, 'options.attempts'],
    [{ timeout: 0 }, 'options.timeout'],
    [{ timeout: '30' }, 'options.timeout'],
    [{ tiemout: 5 }, 'options.tiemout'],
    [5, 'options'],
    [[], 'options'],
  ])('options %j of a close are refused by name, and nothing is written', async (options, argument) => {
    const { manager, history } = manage();
    const answer = await said((done) => manager.close('t', {}, options as object, done));
    expect(answer).toMatchObject([{ code: 'INVALID_ARGUMENT', argument }]);
    expect(await history.state('t')).toBeNull();
  });

  test('a close of a task that failed without ever being closed says so', async () => {
    const { manager, history } = manage();
    await history.done('t', 'u');
    await history.later(86_400_000);
    const [error] = await said((done) => manager.close('t', {}, done));
    expect(error).toMatchObject({ code: 'TASK_FAILED', reason: 'never-closed' });
    await history.remove('t');
    expect(await said((done) => manager.close('t', {}, done))).toMatchObject([{ code: 'TASK_NOT_FOUND' }]);
  });

  test('a plain object as error of an attempt is kept for people to read', async () => {
    const { manager, history } = manage();
    manager.close('t', {}, { attempts: 1 });
    const { completed } = await fetched(manager);
    await said((done) => completed({ code: 'ENOSPC' }, done));
    const { state, errors } = await history.detail('t');
    expect([state, errors[0]?.error]).toEqual(['failed', expect.stringContaining('ENOSPC')]);
  });

  test('initialize never throws: what is wrong with its options reaches each callback', async () => {
    for (const options of [
      { url: 'gopher://x' },
      { url: 5 },
      { store: {} },
      { holder: 7 },
      { redis: {} },
      { worker: false },
    ]) {
      const manager = initialize(options as object);
      expect(await said((done) => manager.lock('t', 'u', done))).toMatchObject([{ code: 'INVALID_ARGUMENT' }]);
      expect(await said((done) => manager.stats(done))).toMatchObject([{ code: 'INVALID_ARGUMENT' }]);
    }
  });

  test('without a callback go to the listeners of error', async () => {
    const { manager } = manage();
    const listener = vi.fn();
    manager.on('error', listener);
    manager.unlock('t', 'never locked');
    await until('the event', () => listener.mock.calls.length > 0);
    expect(listener.mock.calls).toMatchObject([[{ code: 'LOCK_LOST' }]]);
  });

  test('a fetch without a callback takes no task that nobody would get', async () => {
    const { manager, history } = manage();
    const listener = vi.fn();
    manager.on('error', listener);
    manager.close('t');
    // @ts-expect-error it needs one
    manager.fetchReleased();
    await until('the event', () => listener.mock.calls.length > 0);
    expect([listener.mock.calls[0]?.[0].code, await history.state('t')]).toEqual(['INVALID_ARGUMENT', 'released']);
  });
});

describe('fetchReleased', () => {
  test('gives each waiting callback one task, once', async () => {
    const { manager } = manage();
    const tasks: string[] = [];
    for (let i = 0; i < 20; i++) manager.fetchReleased((_, task) => tasks.push(task));
    for (let i = 0; i < 20; i++) manager.close(`t${i}`);
    manager.close('left over');
    await until('all', () => tasks.length === 20);
    expect(new Set(tasks).size).toBe(20);
    const stats = await said((done) => manager.stats(done));
    expect(stats).toEqual([null, { completed: 0, released: 1, locked: 0, failed: 0, processing: 20 }]);
  });

  test('ends with a coded error when the manager stops, and so does every later call', async () => {
    const { manager } = manage();
    const waiting = said((done) => manager.fetchReleased(done as never));
    await said((done) => manager.stop(done));
    expect(await waiting).toMatchObject([{ code: 'STOPPED' }]);
    expect(await said((done) => manager.close('t', done))).toMatchObject([{ code: 'STOPPED' }]);
    expect(await said((done) => manager.stats(done))).toMatchObject([{ code: 'STOPPED' }]);
  });

  test('calls made before stop are carried out', async () => {
    const { manager } = manage();
    const answers = [
      said((done) => manager.lock('t', 'u', done)),
      said((done) => manager.unlock('t', 'u', done)),
      said((done) => manager.close('t', done)),
    ];
    await said((done) => manager.stop(done));
    expect(await Promise.all(answers)).toEqual([[null], [null], [null]]);
  });
});

describe('stats', () => {
  test('are five numbers; locked are closed tasks with something outstanding, open ones are not counted', async () => {
    const { manager, history } = manage();
    const numbers = async () => (await said((done) => manager.stats(done)))[1];
    expect(await numbers()).toEqual({ completed: 0, released: 0, locked: 0, failed: 0, processing: 0 });
    await history.done('open', 'u');
    for (const task of ['locked-1', 'locked-2']) await history.token(task, 'u');
    for (const task of ['locked-1', 'locked-2', 'failed', 'completed', 'processing', 'released']) {
      await said((done) => manager.close(task, {}, { attempts: 1 }, done));
    }
    const failed = await fetched(manager);
    await said((done) => failed.completed(new Error('no'), done));
    const completed = await fetched(manager);
    await said((done) => completed.completed(done));
    await fetched(manager);
    expect(await numbers()).toEqual({ completed: 1, released: 1, locked: 2, failed: 1, processing: 1 });
  });
});
