import { describe, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { inMemory, listed } from '../tuskers.js';
import { expectRefused } from './refusals.js';

/** A value that is none of what the types allow. */
const any = (value: unknown): never => value as never;

const NO_NAMES: [string, unknown][] = [
  ['the empty text', ''],
  ['513 bytes', 'x'.repeat(513)],
  ['513 bytes in fewer characters', `x${'é'.repeat(256)}`],
  ['64 KiB', 'y'.repeat(65_536)],
  ['a lone high surrogate', 'a\uD800b'],
  ['a lone low surrogate', '\uDC00'],
  ['NaN', Number.NaN],
  ['half', 0.5],
  ['2^53', 2 ** 53],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['null', null],
  ['undefined', undefined],
  ['an object', {}],
  ['a boxed text', Object('t')],
  ['an array', ['t']],
  ['a symbol', Symbol('t')],
  ['a BigInt', 1n],
  ['true', true],
];
const TASK_VERBS: Record<string, (tusker: Tusker, task: never) => unknown> = {
  open: (tusker, task) => tusker.open(task),
  lock: (tusker, task) => tusker.lock(task, 1),
  tryLock: (tusker, task) => tusker.tryLock(task, 1),
  run: (tusker, task) => tusker.run(task, 1, () => 1),
  all: (tusker, task) => tusker.all(task, [1], () => 1),
  unlock: (tusker, task) => tusker.unlock(task, 1, { token: 1 }),
  'fail a unit': (tusker, task) => tusker.fail(task, 1, { token: 1 }),
  'fail a claim': (tusker, task) => tusker.fail(task, { token: 1 }),
  'extend a lock': (tusker, task) => tusker.extend(task, 1, { token: 1, ttl: 1000 }),
  'extend a claim': (tusker, task) => tusker.extend(task, { token: 1, lease: 1000 }),
  letGo: (tusker, task) => tusker.letGo(task, 1, { token: 1 }),
  complete: (tusker, task) => tusker.complete(task, { token: 1 }),
  giveBack: (tusker, task) => tusker.giveBack(task, { token: 1 }),
  result: (tusker, task) => tusker.result(task, { timeout: 0 }),
  explain: (tusker, task) => tusker.explain(task),
  units: (tusker, task) => listed(tusker.units(task)),
  retry: (tusker, task) => tusker.retry(task),
  release: (tusker, task) => tusker.release(task),
  cancel: (tusker, task) => tusker.cancel(task),
  remove: (tusker, task) => tusker.remove(task),
};
const UNIT_VERBS: Record<string, (tusker: Tusker, unit: never) => unknown> = {
  lock: (tusker, unit) => tusker.lock('t', unit),
  tryLock: (tusker, unit) => tusker.tryLock('t', unit),
  run: (tusker, unit) => tusker.run('t', unit, () => 1),
  unlock: (tusker, unit) => tusker.unlock('t', unit),
  letGo: (tusker, unit) => tusker.letGo('t', unit, { token: 1 }),
};

describe.each(NO_NAMES)('%s is no name', (_, value) => {
  test.each(Object.entries(TASK_VERBS))('of a task: %s', (_verb, call) =>
    expectRefused({ argument: 'task', value, call: (tusker) => call(tusker, any(value)) }),
  );
  test.each(Object.entries(UNIT_VERBS))('of a unit: %s', (_verb, call) =>
    expectRefused({ argument: 'unit', value, call: (tusker) => call(tusker, any(value)) }),
  );
  test('of a namespace', () =>
    expectRefused({ argument: 'namespace', value, call: (tusker) => tusker.namespace(any(value)) }));
  test('in a list of what is expected', () =>
    expectRefused({
      argument: 'options.expect[1]',
      value,
      call: (tusker) => tusker.close('t', { expect: any(['a', value]) }),
    }));
});

test('close without a task says that stop was meant', async () => {
  const tusker = inMemory();
  await expect(tusker.close(any(undefined))).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('stop()'),
  });
});

test.each([
  ['NUL', 'a\0b'],
  ['line ends', 'a\r\nb'],
  ['braces', '{t}'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['a blank', ' '],
  ['a byte order mark', '\uFEFF'],
  ['512 bytes', 'é'.repeat(256)],
  ['emoji', '👩‍👩‍👧'],
  ['unequal forms of one letter', 'e\u0301'],
])('%s is a good name of task, unit and namespace', async (_, name) => {
  const tusker = inMemory().namespace(name);
  await tusker.run(name, name, () => name);
  const [unit] = await listed(tusker.units(name));
  expect(unit).toMatchObject({ unit: name, state: 'done', result: name });
  await tusker.close(name, { expect: [name] });
  const claim = await tusker.fetchReleased();
  expect(claim?.task).toBe(name);
  expect(await claim?.results()).toEqual([name]);
});

test('a number names the unit of its decimal digits', async () => {
  const tusker = inMemory();
  await tusker.run('t', -0, () => 'zero');
  await tusker.run('t', Number.MAX_SAFE_INTEGER, () => 'most');
  await tusker.run('t', -7, () => 'below');
  expect((await listed(tusker.units('t'))).map(({ unit }) => unit).sort()).toEqual(['-7', '0', '9007199254740991']);
});
