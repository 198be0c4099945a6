/** What is asked for with each request keeps nothing: measured in a process that collects its garbage when told to. */
import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { builtModules } from '../harness/shared.js';

let dist: string;
beforeAll(async () => {
  dist = await builtModules();
});

const ROUNDS = 5000;
const FEW_BYTES = 40;

/** How many bytes each round keeps, once what comes first is warm. */
async function keptByEach(round: string): Promise<number> {
  const script = `
    const { createTusker } = await import(${JSON.stringify(pathToFileURL(`${dist}/index.js`).href)})
    const tusker = createTusker('memory:')
    const unit = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
    const signal = new AbortController().signal
    const round = async () => { ${round} }
    const heap = async () => {
      for (let i = 0; i < 4; i++) { gc(); await new Promise(setImmediate) }
      return process.memoryUsage().heapUsed
    }
    for (let i = 0; i < ${ROUNDS}; i++) await round()
    // What is kept is kept each time; what else the heap does is not.
    const kept = []
    for (let window = 0; window < 3; window++) {
      const before = await heap()
      for (let i = 0; i < ${ROUNDS}; i++) await round()
      kept.push(((await heap()) - before) / ${ROUNDS})
    }
    console.log(Math.min(...kept))
    await tusker.stop()`;
  const args = ['--expose-gc', '--input-type=module', '-e', script];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  expect(stderr).toBe('');
  return Number(stdout);
}

test.each([
  ['a namespace', "await tusker.namespace('songs').stats()"],
  ['a namespace with the same schema', "await tusker.namespace('songs', { schema: { unit } }).stats()"],
  [
    'a namespace with a schema of its own',
    "await tusker.namespace('songs', { schema: { unit: { ...unit } } }).stats(); await new Promise(setImmediate)",
  ],
  ['a look for a task that one signal may end', 'await tusker.fetchReleased({ signal })'],
  [
    'a wait for a result that one signal may end',
    "await tusker.run('t', 1, () => 1); await tusker.result('u', { signal, timeout: 0 }).catch(() => {})",
  ],
])('%s', async (_what, round) => {
  expect(await keptByEach(round)).toBeLessThan(FEW_BYTES);
});

test('twenty waits that one signal may end warn of nothing', async () => {
  const waits =
    "const all = Array.from({ length: 20 }, () => tusker.result('r', { signal, timeout: 1 }).catch(() => {})); await Promise.all(all)";
  // The warning would stand in what it prints to stderr.
  const script = `
    const { createTusker } = await import(${JSON.stringify(pathToFileURL(`${dist}/index.js`).href)})
    const tusker = createTusker('memory:')
    const { signal } = new AbortController()
    ${waits}
    await tusker.stop()`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  expect(stderr).toBe('');
});

test('stop waits for the call of a namespace that nobody has any more', async () => {
  const script = `
    const { createTusker } = await import(${JSON.stringify(pathToFileURL(`${dist}/index.js`).href)})
    const { memoryStore } = await import(${JSON.stringify(pathToFileURL(`${dist}/stores/embedded/memory.js`).href)})
    let open
    const gate = new Promise((resolve) => { open = resolve })
    const slow = (store) => new Proxy(store, { get: (target, key) => {
      if (key === 'apply') return async (calls) => { await gate; return target.apply(calls) }
      if (key === 'namespace') return (name) => slow(target.namespace(name))
      return typeof target[key] === 'function' ? target[key].bind(target) : target[key]
    } })
    const tusker = createTusker({ store: slow(memoryStore()) })
    const closing = tusker.namespace('songs').close('t').catch(({ code }) => ({ state: code }))
    for (let i = 0; i < 4; i++) { await new Promise(setImmediate); gc() }
    const stopping = tusker.stop()
    await new Promise(setImmediate)
    open()
    await stopping
    console.log((await closing).state)`;
  const args = ['--expose-gc', '--input-type=module', '-e', script];
  expect(await promisify(execFile)(process.execPath, args)).toEqual({ stdout: 'released\n', stderr: '' });
});
