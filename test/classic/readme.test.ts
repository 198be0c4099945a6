import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Store, Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { builtPackage } from '../harness/shared.js';
import { listed } from '../tuskers.js';
import { BuiltPackage } from './built-package.js';

/** The ways to get at `initialize`: the kind of module and its first line. */
const DOORS = {
  "require('tusker')": ['cjs', "var tusker = require('tusker');"],
  "import 'tusker'": ['mjs', "import * as tusker from 'tusker';"],
} as const;

let built: BuiltPackage;
beforeAll(async () => {
  built = new BuiltPackage(await builtPackage());
});
afterAll(() => built.remove());

describe.each(Object.entries(DOORS))('the examples of the first readme, each in its process, with %s', (_, door) => {
  const [extension, opening] = door;
  let url: string;
  let store: Store;
  let tusker: Tusker;

  /** Runs the body of an example as it stands after the first two lines, which all have in common. */
  async function example(body: string): Promise<string> {
    const code = `${opening}\nvar taskManager = tusker.initialize();\n${body}`;
    const { status, stdout, stderr } = await built.run(extension, code, { TUSKER_URL: url });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  }

  beforeEach(() => {
    const path = join(built.path, `${extension}-${Math.random()}.db`);
    url = `sqlite:${path}`;
    store = sqliteStore(path);
    tusker = createTusker({ store }) as Tusker;
  });
  afterEach(() => tusker.stop({ grace: 0 }));

  const ENCODE = `
    var lockname = '' + Math.random();
    taskManager.lock('the-task', lockname);
    taskManager.unlock('the-task', lockname);`;
  const CLOSE = `
    var info = { some_data: 10 };
    var options = {};
    taskManager.close('the-task', info, options);`;

  test('a chunk is locked, encoded and unlocked, without callbacks', async () => {
    await example(ENCODE);
    await example(ENCODE);
    expect((await tusker.explain('the-task')).state).toBe('open');
    expect((await listed(tusker.units('the-task'))).map(({ state }) => state)).toEqual(['done', 'done']);
  });

  test('the end of the stream closes the task, with info and options', async () => {
    await example(ENCODE);
    await example(CLOSE);
    expect((await tusker.explain('the-task')).state).toBe('released');
    const claim = await tusker.fetchReleased();
    expect([claim?.info, claim?.attempts, claim?.incomplete]).toEqual([{ some_data: 10 }, 5, null]);
  });

  test('attempts and timeout are options of the close', async () => {
    await example(`taskManager.close('the-task', {}, { attempts: 2, timeout: 60 * 1000 });`);
    const [detail] = await store.inspect(['the-task']);
    expect(detail?.options).toMatchObject({ attempts: 2, timeout: 60_000 });
  });

  test('the one who waits is told when all chunks are encoded, and notifies back', async () => {
    const waiting = example(`
      taskManager.fetchReleased(function (err, taskName, info, completed) {
        console.log(JSON.stringify([err, taskName, info]));
        var err = null;
        completed(err);
      });`);
    await example(ENCODE);
    await example(CLOSE);
    expect(JSON.parse(await waiting)).toEqual([null, 'the-task', { some_data: 10 }]);
    expect((await tusker.explain('the-task')).state).toBe('completed');
  });

  test('an error object instead of null is another attempt', async () => {
    await example(CLOSE);
    await example(`
      taskManager.fetchReleased(function (err, taskName, info, completed) {
        completed(new Error('no disk'));
      });`);
    const claim = await tusker.fetchReleased();
    expect([claim?.attempt, claim?.info]).toEqual([2, { some_data: 10 }]);
  });

  test('a timeout for locks releases the task of a server that died before unlock', async () => {
    await example(`taskManager.lock('the-task', 'of a server that dies');`);
    await example(CLOSE);
    const said = await example(`
      taskManager.timeoutLocks(60 * 1000, function (err) {
        console.log(err);
      });`);
    expect([said, (await tusker.explain('the-task')).state]).toEqual(['null\n', 'locked']);
    await example(`setTimeout(function () { taskManager.timeoutLocks(1, function (err) {}); }, 5);`);
    expect((await tusker.explain('the-task')).state).toBe('released');
  });

  test('a timeout for processing allows another attempt', async () => {
    await example(`
      taskManager.close('the-task', { some_data: 10 }, { timeout: 1 });
      taskManager.fetchReleased(function (err, taskName, info, completed) {
        setTimeout(function () {
          taskManager.timeoutProcessing(function (err) {
            if (err) throw err;
          });
        }, 5);
      });`);
    expect((await tusker.fetchReleased())?.attempt).toBe(2);
  });

  test('the statistics are five numbers', async () => {
    await example(`
      taskManager.close('done', {});
      taskManager.fetchReleased(function (err, taskName, info, completed) {
        completed(function () {
          taskManager.close('released', {});
          taskManager.lock('locked', 'x');
          taskManager.close('locked', {});
        });
      });`);
    const said = await example(`
      taskManager.stats(function (err, stats) {
        console.log(JSON.stringify([err, stats]));
      });`);
    expect(JSON.parse(said)).toEqual([null, { completed: 1, released: 1, locked: 1, failed: 0, processing: 0 }]);
  });
});

test('tusker/classic has the same initialize, with require and with import', async () => {
  const code = "console.log(require('tusker/classic').initialize === require('tusker').initialize);";
  expect(await built.run('cjs', code)).toEqual({ status: 0, stdout: 'true\n', stderr: '' });
  const body = "import { initialize } from 'tusker/classic'; initialize({ url: 'memory:' }).stats(console.log);";
  expect(await built.run('mjs', body)).toMatchObject({ status: 0, stdout: expect.stringContaining('completed: 0') });
});

test('the example of docs/classic.md runs as it stands', async () => {
  const page = readFileSync(new URL('../../docs/classic.md', import.meta.url), 'utf8');
  const [, code = ''] = /^```js\n([\s\S]*?)^```/m.exec(page) ?? [];
  expect(await built.run('cjs', code)).toEqual({ status: 0, stdout: 'song-1 { room: 7 }\n', stderr: '' });
});
