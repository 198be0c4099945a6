/** What comes from elsewhere: errors of another copy of the package, signals of another maker. */
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { httpAnswer, isTuskerError } from '../../src/index.js';
import { builtPackage } from '../harness/shared.js';
import { inMemory } from '../tuskers.js';

describe('a FatalError of another copy of the package', () => {
  async function otherFatalError(): Promise<Error> {
    const { FatalError } = await import(pathToFileURL(`${await builtPackage()}/index.js`).href);
    return new FatalError('no such codec');
  }

  test('fails a unit for good', async () => {
    const tusker = inMemory();
    const error = await otherFatalError();
    await expect(tusker.run('t', 1, () => Promise.reject(error))).rejects.toBe(error);
    const { troubled } = (await tusker.explain('t')).detail;
    expect(troubled).toMatchObject([{ unit: '1', final: true }]);
  });

  test('fails a task without another attempt', async () => {
    const tusker = inMemory();
    const error = await otherFatalError();
    await tusker.close('t', { attempts: 5 });
    const claim = await tusker.fetchReleased();
    expect(await claim?.fail(error)).toBe('failed');
    expect((await tusker.explain('t')).detail.failure).toBe('fatal');
  });
});

test('another error with that code is tried again', async () => {
  const tusker = inMemory();
  await tusker.close('t', { attempts: 5 });
  const claim = await tusker.fetchReleased();
  expect(await claim?.fail(Object.assign(new Error('of a database'), { code: 'FATAL' }))).toBe('retrying');
});

describe('an error of another realm, as those of Node are in Jest', () => {
  const foreign = (fields: object): Error => Object.assign(runInNewContext('new Error("no such file")'), fields);

  test('is kept with its message and code', async () => {
    const tusker = inMemory();
    const error = foreign({ code: 'ENOENT' });
    await expect(tusker.run('t', 1, () => Promise.reject(error))).rejects.toBe(error);
    const [view] = (await tusker.explain('t')).detail.troubled;
    expect(JSON.parse(view?.error ?? '')).toMatchObject({ message: 'no such file', code: 'ENOENT' });
  });

  test('is known by its code where it is one of tusker', async () => {
    const error = foreign({ code: 'BUSY', [Symbol.for('tusker.error')]: true });
    expect([isTuskerError(error, 'BUSY'), httpAnswer(error)?.status]).toEqual([true, 503]);
    const aborted = foreign({ name: 'AbortError', cause: error });
    expect(httpAnswer(aborted)?.status).toBe(503);
  });
});

test('whatever is thrown fails its unit, and is no error of tusker', async () => {
  const tusker = inMemory();
  const throws = (): never => {
    throw new Error('trap');
  };
  const odd = new Proxy(new Error('odd'), { get: throws, has: throws });
  expect([isTuskerError(odd), httpAnswer(odd)]).toEqual([false, undefined]);
  await tusker.run('t', 1, () => Promise.reject(odd)).catch((reason: unknown) => expect(reason === odd).toBe(true));
  expect((await tusker.explain('t')).detail.units).toMatchObject({ locked: 0, failed: 1 });
});

/** As jsdom and polyfills have them. */
class OtherSignal extends EventTarget {
  aborted = false;
  reason: unknown;
  abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    this.dispatchEvent(new Event('abort'));
  }
}

describe('a signal that is none of this realm', () => {
  test('ends a wait when it aborts, with its reason', async () => {
    const tusker = inMemory();
    await tusker.lock('t', 1);
    const signal = new OtherSignal();
    const waiting = tusker.lock('t', 1, { wait: 60_000, signal: signal as unknown as AbortSignal });
    signal.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(tusker.lock('t', 1, { wait: 60_000, signal: signal as unknown as AbortSignal })).rejects.toThrow(
      'enough',
    );
  });

  test('that has aborted before ends it at once', async () => {
    const signal = new OtherSignal();
    signal.abort(new Error('before'));
    const waiting = inMemory().fetchReleased({ timeout: 60_000, signal: signal as unknown as AbortSignal });
    await expect(waiting).rejects.toThrow('before');
  });

  test('is listened to once, however many waits it ends', async () => {
    const tusker = inMemory();
    const signal = new OtherSignal();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    for (let i = 0; i < 3; i++) await tusker.lock('t', i, { wait: 10, signal: signal as unknown as AbortSignal });
    expect(listeners).toBe(1);
  });

  test('but not everything is one', async () => {
    for (const signal of [{}, { aborted: false }, 'abort', null]) {
      const waiting = inMemory().lock('t', 1, { signal: signal as unknown as AbortSignal });
      await expect(waiting).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'options.signal' });
    }
  });
});

test('an error of somebody else with a code of tusker is none of tusker', () => {
  const error = Object.assign(new Error('of a database'), { code: 'TIMEOUT' });
  expect([isTuskerError(error), isTuskerError(error, 'TIMEOUT')]).toEqual([false, false]);
});
