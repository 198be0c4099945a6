import { describe, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker, isTuskerError } from '../../src/index.js';
import { inMemory } from '../tuskers.js';

/** The call is refused with a coded error that names the argument, and nothing was written. */
async function refused(argument: string | RegExp, call: (tusker: Tusker) => unknown, code = 'INVALID_ARGUMENT') {
  const tusker = inMemory();
  const before = await tusker.stats();
  const error = await (async () => call(tusker))().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(isTuskerError(error), `${String(error)} is tusker's`).toBe(true);
  expect(error).toMatchObject({ code });
  expect((error as Error).message).toMatch(argument);
  if (code === 'INVALID_ARGUMENT') expect((error as Error).message).toMatch(/ is .+; allowed: .+\./);
  expect(await tusker.stats()).toEqual(before);
}

const ignore = () => undefined;
const never = (value: unknown) => value as never;

const BAD_NAMES: [string, unknown][] = [
  ['empty', ''],
  ['513 bytes', 'x'.repeat(513)],
  ['513 bytes of two-byte letters', 'ü'.repeat(257)],
  ['64 KiB', 'x'.repeat(65_536)],
  ['a lone high surrogate', 'a\ud800'],
  ['a lone low surrogate', '\udc00b'],
  ['null', null],
  ['undefined', undefined],
  ['an object', {}],
  ['a symbol', Symbol('x')],
  ['true', true],
  ['a BigInt', 1n],
];

describe.each(BAD_NAMES)('a name that is %s is refused', (_, name) => {
  test('as a task', async () => {
    const bad = never(name);
    await refused('task', (tusker) => tusker.lock(bad, 'u'));
    await refused('task', (tusker) => tusker.open(bad));
    await refused('task', (tusker) => tusker.close(bad));
    await refused('task', (tusker) => tusker.run(bad, 'u', ignore));
    await refused('task', (tusker) => tusker.unlock(bad, 'u', { token: 1 }));
    await refused('task', (tusker) => tusker.complete(bad, { token: 1 }));
    await refused('task', (tusker) => tusker.explain(bad));
    await refused('task', (tusker) => tusker.result(bad));
    await refused('task', (tusker) => tusker.retry(bad));
    await refused('task', (tusker) => tusker.remove(bad));
    await refused('task', (tusker) => tusker.units(bad).next());
    await refused('task', (tusker) => tusker.all(bad, [1], ignore));
  });

  test('as a unit, a namespace and in an expect list', async () => {
    const bad = never(name);
    await refused('unit', (tusker) => tusker.lock('t', bad));
    await refused('unit', (tusker) => tusker.tryLock('t', bad));
    await refused('unit', (tusker) => tusker.unlock('t', bad, { token: 1 }));
    await refused('namespace', (tusker) => tusker.namespace(bad));
    await refused(/expect\[1\]/, (tusker) => tusker.close('t', { expect: ['a', bad] }));
  });
});

test.each([Number.NaN, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'a unit that is the number %s is refused',
  async (unit) => {
    await refused('unit', (tusker) => tusker.lock('t', unit));
  },
);

test.each(['\0', 'a\r\nb', '{a}', '{', '}', '__proto__', 'constructor', 'lock:x', ' ', '💾', 'x'.repeat(512), '0'])(
  'the name %j is fine',
  async (name) => {
    const tusker = inMemory();
    expect(await tusker.run(name, name, () => name)).toBe(name);
    await tusker.close(name, { expect: [name] });
    const claim = await tusker.fetchReleased();
    expect(claim?.task).toBe(name);
    expect(await claim?.results()).toEqual([name]);
  },
);

test.each([0, -1, 7, Number.MAX_SAFE_INTEGER])('the number %s is the name of its decimal string', async (unit) => {
  const tusker = inMemory();
  await tusker.run('t', unit, () => 1);
  expect(await tusker.tryLock('t', String(unit))).toMatchObject({ kind: 'done' });
});

const ODD: unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  '5',
  null,
  {},
  [],
  true,
  2 ** 53,
];
/** Bad values of options that take a duration from 1 ms to 366 days. */
const BAD_DURATIONS = [...ODD, 0, -1, 0.5, 366 * 86_400_000 + 1];
/** The same where 0 is a duration. */
const BAD_DELAYS = [...ODD, -1, -0.5, 366 * 86_400_000 + 1];

const DURATIONS: [string, readonly unknown[], (tusker: Tusker, value: never) => unknown][] = [
  ['ttl', BAD_DURATIONS, (tusker, ttl) => tusker.lock('t', 'u', { ttl })],
  ['maxHold', BAD_DURATIONS, (tusker, maxHold) => tusker.lock('t', 'u', { maxHold })],
  ['wait', BAD_DELAYS, (tusker, wait) => tusker.run('t', 'u', ignore, { wait })],
  ['ttl', BAD_DURATIONS, (tusker, ttl) => tusker.extend('t', 'u', { token: 1, ttl })],
  ['lease', BAD_DURATIONS, (tusker, lease) => tusker.extend('t', { token: 1, lease })],
  ['lease', BAD_DURATIONS, (tusker, lease) => tusker.fetchReleased({ lease })],
  ['timeout', BAD_DELAYS, (tusker, timeout) => tusker.fetchReleased({ timeout })],
  ['timeout', BAD_DELAYS, (tusker, timeout) => tusker.result('t', { timeout })],
  ['timeout', BAD_DURATIONS, (tusker, timeout) => tusker.close('t', { timeout })],
  ['deadline', BAD_DURATIONS, (tusker, deadline) => tusker.close('t', { deadline })],
  ['unitGrace', BAD_DELAYS, (tusker, unitGrace) => tusker.close('t', { unitGrace })],
  ['retention', [...BAD_DURATIONS, 299_999], (tusker, retention) => tusker.close('t', { retention })],
  ['closeWhenIdle', BAD_DURATIONS, (tusker, closeWhenIdle) => tusker.open('t', { closeWhenIdle })],
  ['closeAfter', BAD_DURATIONS, (tusker, closeAfter) => tusker.open('t', { closeAfter })],
  ['delay', BAD_DELAYS, (tusker, delay) => tusker.fail('t', { token: 1, delay })],
  ['lease', BAD_DURATIONS, (tusker, lease) => tusker.work(ignore, { lease })],
  ['stopGrace', BAD_DELAYS, (tusker, stopGrace) => tusker.work(ignore, { stopGrace })],
  ['ms', BAD_DELAYS, (tusker, ms) => tusker.timeoutLocks(ms)],
  ['idleTimeout', BAD_DURATIONS, (_, idleTimeout) => createTusker('memory:', { idleTimeout })],
];

test.each(DURATIONS)('%s takes durations only', async (name, values, call) => {
  for (const value of values) await refused(name, (tusker) => call(tusker, never(value)));
});

const WHOLES: [string, readonly unknown[], (tusker: Tusker, value: never) => unknown][] = [
  ['attempts', [0, -1, 0.5, 1001], (tusker, attempts) => tusker.close('t', { attempts })],
  ['concurrency', [0, -1, 0.5, 10_001], (tusker, concurrency) => tusker.work(ignore, { concurrency })],
  ['concurrency', [0, -1, 0.5], (tusker, concurrency) => tusker.all('t', [1], ignore, { concurrency })],
  ['limit', [0, -1, 0.5], (tusker, limit) => tusker.sweep({ limit })],
  ['token', [0, -1, 0.5, undefined], (tusker, token) => tusker.complete('t', { token })],
  ['token', [0, -1, 0.5, undefined], (tusker, token) => tusker.giveBack('t', { token })],
  ['token', [0, -1, 0.5, undefined], (tusker, token) => tusker.fail('t', 'u', { token })],
  ['token', [0, -1, 0.5], (tusker, token) => tusker.unlock('t', 'u', { token })],
  ['expect', [-1, 0.5, 1_000_001], (tusker, expect) => tusker.close('t', { expect })],
  ['maxPayload', [0, -1, 0.5], (_, maxPayload) => createTusker('memory:', { maxPayload })],
  ['maxQueue', [0, -1, 0.5], (_, maxQueue) => createTusker('memory:', { maxQueue })],
];

test.each(WHOLES)('%s takes whole numbers only', async (name, values, call) => {
  const odd = ODD.filter((value) => !(name === 'expect' && Array.isArray(value)));
  for (const value of [...odd, ...values]) await refused(name, (tusker) => call(tusker, never(value)));
});

test('backoff is a delay, or a set of numbers in their ranges', async () => {
  for (const backoff of [
    -1,
    Number.NaN,
    '5',
    null,
    { base: -1 },
    { factor: 0.5 },
    { factor: 101 },
    { jitter: 2 },
    { max: '1' },
    { speed: 1 },
  ]) {
    await refused('backoff', (tusker) => tusker.close('t', { backoff: never(backoff) }));
  }
  expect((await inMemory().close('t', { backoff: { base: 5 } })).kind).toBe('closed');
});

test('an expect list has at most 1000 names; duplicates count once', async () => {
  const names = Array.from({ length: 1001 }, (_, i) => i);
  await refused('expect', (tusker) => tusker.close('t', { expect: names }));
  const tusker = inMemory();
  await tusker.run('t', 'a', () => 1);
  expect((await tusker.close('t', { expect: ['a', 'a', 'a'] })).state).toBe('released');
});

test('words and flags are taken literally', async () => {
  await refused('incomplete', (tusker) => tusker.close('t', { incomplete: never('maybe') }));
  await refused('worker', (tusker) => tusker.close('t', { worker: never(0) }));
  await refused('replace', (tusker) => tusker.close('t', { replace: never('yes') }));
  await refused('renew', (tusker) => tusker.lock('t', 'u', { renew: never(1) }));
  await refused('final', (tusker) => tusker.fail('t', 'u', { token: 1, final: never(1) }));
  await refused('state', (tusker) => tusker.tasks({ state: never('lost') }).next());
  await refused('state', (tusker) => tusker.units('t', { state: never('lost') }).next());
  await refused('signal', (tusker) => tusker.lock('t', 'u', { signal: never({}) }));
  await refused('holder', (tusker) => tusker.lock('t', 'u', { holder: never(7) }));
});

test('unknown options, and options that are none, are refused by name', async () => {
  await refused('options.tll', (tusker) => tusker.lock('t', 'u', never({ tll: 5 })));
  await refused('options.atempts', (tusker) => tusker.close('t', never({ atempts: 5 })));
  await refused('options', (tusker) => tusker.close('t', never('info')));
  await refused('options', (tusker) => tusker.lock('t', 'u', never([])));
  await refused('options.size', (tusker) => tusker.work(ignore, never({ size: 1 })));
  await refused('handler', (tusker) => tusker.work(never('handler')));
  await refused('items', (tusker) => tusker.all('t', never('items'), ignore));
  await refused('schema', (tusker) => tusker.namespace('n', { schema: { info: never({}) } }));
});

test('a target that is none is refused; without one production wants it said', () => {
  for (const target of ['', 'sqlite:', 'postgres://x', 'memory', 7, null, {}, { store: {} }]) {
    expect(() => createTusker(never(target)), String(target)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  }
  const { NODE_ENV, TUSKER_URL } = process.env;
  try {
    process.env.NODE_ENV = 'production';
    delete process.env.TUSKER_URL;
    expect(() => createTusker()).toThrow(/production.*TUSKER_URL/);
    process.env.TUSKER_URL = 'memory:';
    expect(createTusker().name).toBe('default');
  } finally {
    process.env.NODE_ENV = NODE_ENV;
    if (TUSKER_URL === undefined) delete process.env.TUSKER_URL;
    else process.env.TUSKER_URL = TUSKER_URL;
  }
});
