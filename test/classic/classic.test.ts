import { describe, expect, test } from 'vitest';
import { fetched, manage, said } from './managers.js';

describe('argument orders', () => {
  test('lock and unlock take the task, the unit (a text or a number) and the callback', async () => {
    const { manager, history } = manage();
    expect(await said((done) => manager.lock('t', 7, done))).toEqual([null]);
    expect(await history.units('t')).toEqual({ 7: 'locked' });
    expect(await said((done) => manager.unlock('t', '7', done))).toEqual([null]);
    expect(await history.units('t')).toEqual({ 7: 'done' });
  });

  test('close takes info and options where they are given, and the callback last', async () => {
    const { manager, history } = manage();
    expect(await said((done) => manager.close('a', done))).toEqual([null]);
    expect(await said((done) => manager.close('b', 'info', done))).toEqual([null]);
    expect(await said((done) => manager.close('c', { n: 1 }, { attempts: 2 }, done))).toEqual([null]);
    expect(await said((done) => manager.close('d', null, null, done))).toEqual([null]);
    const details = await history.store.inspect(['a', 'b', 'c', 'd']);
    expect(details.map((detail) => detail?.info)).toEqual(['{}', '"info"', '{"n":1}', '{}']);
    expect(details.map((detail) => detail?.options.attempts)).toEqual([5, 5, 2, 5]);
  });

  test('completed takes an error and a callback, or the callback alone', async () => {
    const { manager, history } = manage();
    manager.close('t', 'info');
    const first = await fetched(manager);
    expect(await said((done) => first.completed(new Error('no disk'), done))).toEqual([null]);
    const second = await fetched(manager);
    expect(await said((done) => second.completed(done))).toEqual([null]);
    const { state, attempt, errors } = await history.detail('t');
    expect([state, attempt, errors.map(({ error }) => JSON.parse(error).message)]).toEqual([
      'completed',
      2,
      ['no disk'],
    ]);
  });

  test('the methods can be passed around without their object', async () => {
    const { lock, stop } = manage().manager;
    expect(await said((done) => lock('t', 'u', done))).toEqual([null]);
    expect(await said((done) => stop(done))).toEqual([null]);
  });

  test('calls without callbacks take effect in the order in which they were made', async () => {
    const { manager, history } = manage();
    manager.lock('t', 'u');
    manager.unlock('t', 'u');
    manager.close('t', { n: 1 });
    const late = await said((done) => manager.lock('t', 'late', done));
    expect(late).toMatchObject([{ code: 'TASK_RELEASED' }]);
    expect(await history.state('t')).toBe('released');
  });
});

describe('defaults', () => {
  test('a lock lives for a day, and locking it again, by whomever, refreshes it', async () => {
    const { manager, history } = manage();
    await said((done) => manager.lock('t', 'u', done));
    const { live } = await history.detail('t');
    await history.later(86_399_999);
    expect(await said((done) => manager.lock('t', 'u', done))).toEqual([null]);
    await history.later(86_399_999);
    const refreshed = await history.detail('t');
    expect(refreshed.live.map(({ token, state }) => [token, state])).toEqual([[live[0]?.token, 'locked']]);
    await history.later(1);
    expect(await history.units('t')).toEqual({ u: 'expired' });
  });

  test('an attempt has 30 seconds, whatever happens to its lease, and the next one follows at once', async () => {
    const { manager, history } = manage();
    manager.close('t');
    await fetched(manager);
    const { claim } = await history.detail('t');
    expect([claim?.leaseUntil, (claim?.timeoutAt ?? 0) - (claim?.since ?? 0)]).toEqual([claim?.timeoutAt, 30_000]);
    await history.advance(29_999);
    await said((done) => manager.timeoutProcessing(done));
    expect(await history.state('t')).toBe('processing');
    await history.advance(1);
    await said((done) => manager.timeoutProcessing(done));
    expect(await history.stats()).toMatchObject({ released: 1, delayed: 0, processing: 0 });
  });

  test('options left undefined keep their default', async () => {
    const { manager, history } = manage();
    await said((done) => manager.close('t', {}, { timeout: undefined, attempts: undefined }, done));
    expect((await history.detail('t')).options).toMatchObject({ timeout: 30_000, attempts: 5, unitGrace: 0 });
  });

  test('a unit whose lock was ended does not hold the task up', async () => {
    const { manager, history } = manage();
    await said((done) => manager.lock('t', 'dead', done));
    await said((done) => manager.close('t', {}, done));
    await history.advance(60_000);
    expect(await said((done) => manager.timeoutLocks(60_001, done))).toEqual([null]);
    expect(await history.state('t')).toBe('locked');
    expect(await said((done) => manager.timeoutLocks(60_000, done))).toEqual([null]);
    expect((await fetched(manager)).task).toBe('t');
  });

  test('a second close while something is outstanding replaces info and options; later ones change nothing', async () => {
    const { manager, history } = manage();
    await said((done) => manager.lock('t', 'u', done));
    await said((done) => manager.close('t', 1, { attempts: 2, timeout: 1000 }, done));
    await said((done) => manager.close('t', 2, { attempts: 3 }, done));
    await said((done) => manager.unlock('t', 'u', done));
    expect(await said((done) => manager.close('t', 3, done))).toEqual([null]);
    const { info, options } = await history.detail('t');
    expect([info, options.attempts, options.timeout]).toEqual(['2', 3, 30_000]);
  });

  test('what waits while nobody has cron is ended by whoever fetches', async () => {
    const { manager, history } = manage();
    await said((done) => manager.lock('t', 'dead', done));
    await said((done) => manager.close('t', {}, done));
    await history.advance(86_400_000);
    expect((await fetched(manager)).task).toBe('t');
  });
});
