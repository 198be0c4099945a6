import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtPackage } from '../harness/shared.js';
import { BuiltPackage } from './built-package.js';

let built: BuiltPackage;
beforeAll(async () => {
  built = new BuiltPackage(await builtPackage());
});
afterAll(() => built.remove());

const MANAGER = "const manager = require('tusker').initialize({ url: 'memory:' });";

describe('a process does not end with an unhandled rejection', () => {
  test('when nothing can be reached and nobody listens', async () => {
    const { status, stdout, stderr } = await built.run(
      'cjs',
      `const manager = require('tusker').initialize({ url: 'sqlite:/no/such/folder/tusker.db' });
      manager.lock('t', 'u');
      manager.unlock('t', 'u');
      manager.close('t', {}, {});
      manager.timeoutLocks(1000);
      manager.timeoutProcessing();
      manager.stats();
      manager.fetchReleased((error) => console.log(typeof error.code));`,
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'string\n', stderr: '' });
  });

  test('when all arguments are wrong', async () => {
    const { status, stderr } = await built.run(
      'cjs',
      `${MANAGER}
      for (const bad of [undefined, null, 0, NaN, {}, Symbol('s'), '', '\\ud800', 10n, () => {}]) {
        manager.lock(bad, bad);
        manager.unlock(bad, bad);
        manager.close(bad, bad, bad);
        manager.close('t', { get info() { throw new Error('no'); } }, { get attempts() { throw new Error('no'); } });
        manager.timeoutLocks(bad);
      }
      manager.lock();
      manager.close();
      manager.fetchReleased();`,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('when what fails is a completion that is stale', async () => {
    const { status, stderr } = await built.run(
      'cjs',
      `${MANAGER}
      manager.close('t', {});
      manager.fetchReleased((error, task, info, completed) => completed(() => completed(new Error('too late'))));`,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('S26: a callback that throws is an uncaught exception, and is called once', () => {
  const COUNT = `
    const calls = [];
    process.on('unhandledRejection', () => console.log('unhandled rejection'));
    process.on('uncaughtException', (error, origin) => console.log(origin, error.message, calls.length));
    const boom = (...args) => { calls.push(args); throw new Error('boom'); };`;
  const SAID = 'uncaughtException boom 1\n';

  test.each([
    "manager.lock('t', 'u', boom)",
    "manager.lock('', 'u', boom)",
    "manager.unlock('t', 'u', boom)",
    "manager.close('t', {}, {}, boom)",
    'manager.timeoutLocks(1000, boom)',
    'manager.timeoutProcessing(boom)',
    'manager.stats(boom)',
    'manager.stop(boom)',
    "manager.close('t'); manager.fetchReleased(boom)",
    "manager.close('t'); manager.fetchReleased((error, task, info, completed) => completed(boom))",
    "manager.close('t'); manager.fetchReleased((error, task, info, completed) => completed(new Error('x'), boom))",
    "manager.on('error', boom); manager.unlock('t', 'u')",
  ])('%s', async (call) => {
    expect(await built.run('cjs', `${MANAGER}${COUNT}${call};`)).toEqual({ status: 0, stdout: SAID, stderr: '' });
  });

  test('and ends the process when nobody catches it', async () => {
    const { status, stderr } = await built.run(
      'cjs',
      `${MANAGER} manager.stats(() => { throw new RangeError('boom'); });`,
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('RangeError: boom')]);
  });
});

describe('a process', () => {
  test('is kept alive while it waits for a task, and ends after stop', async () => {
    const url = `sqlite:${join(built.path, 'alive.db')}`;
    const waiting = built.run(
      'mjs',
      `import { initialize } from 'tusker';
      const manager = initialize({ url: '${url}' });
      manager.fetchReleased((error, task, info, completed) => {
        console.log(task, info);
        completed(() => {
          manager.fetchReleased((error) => console.log(error.code));
          manager.stop(() => console.log('stopped'));
        });
      });`,
    );
    const closing = `require('tusker').initialize({ url: '${url}' }).close('t', 'from another process');`;
    const [waited, closed] = await Promise.all([waiting, built.run('cjs', `setTimeout(() => { ${closing} }, 500);`)]);
    expect(closed).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(waited.stdout.split('\n').sort()).toEqual(['', 'STOPPED', 'stopped', 't from another process']);
    expect([waited.status, waited.stderr]).toEqual([0, '']);
  });

  test('ends by itself when it waits for nothing', async () => {
    const { status, stdout } = await built.run('cjs', `${MANAGER} manager.lock('t', 'u', console.log);`);
    expect([status, stdout]).toEqual([0, 'null\n']);
  });

  test('hears of many waits at once without a warning', async () => {
    const code = `${MANAGER}
      process.on('warning', (warning) => console.log(warning.message));
      for (let i = 0; i < 50; i++) manager.fetchReleased(() => {});
      setTimeout(() => manager.stop(), 50);`;
    expect(await built.run('cjs', code)).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
