import { describe, expect, test, vi } from 'vitest';
import type { InvalidArgumentError, Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { inMemory, listed } from '../tuskers.js';
import { expectRefused, thrownBy } from './refusals.js';

const any = (value: unknown): never => value as never;

/** None of these is a number that an option takes, except where its row says so. */
const NUMBERS: [string, unknown][] = [
  ['0', 0],
  ['-1', -1],
  ['0.5', 0.5],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['2^53', 2 ** 53],
  ["'5'", '5'],
  ['null', null],
  ['{}', {}],
  ['1n', 1n],
  ['true', true],
];

/** An option, the call that takes it, and which of the values above it takes all the same. */
const OPTIONS: [string, readonly string[], (tusker: Tusker, value: never) => unknown][] = [
  ['attempts', [], (tusker, attempts) => tusker.close('t', { attempts })],
  ['timeout', [], (tusker, timeout) => tusker.close('t', { timeout })],
  ['deadline', [], (tusker, deadline) => tusker.close('t', { deadline })],
  // No grace is a grace; fractions of a millisecond are rounded up.
  ['unitGrace', ['0', '0.5'], (tusker, unitGrace) => tusker.close('t', { unitGrace })],
  ['retention', [], (tusker, retention) => tusker.close('t', { retention })],
  // All defaults.
  ['backoff', ['0', '0.5', '{}'], (tusker, backoff) => tusker.close('t', { backoff })],
  ['backoff.base', ['0', '0.5'], (tusker, base) => tusker.close('t', { backoff: { base } })],
  ['backoff.factor', [], (tusker, factor) => tusker.close('t', { backoff: { factor } })],
  ['backoff.max', ['0', '0.5'], (tusker, max) => tusker.close('t', { backoff: { max } })],
  ['backoff.jitter', ['0', '0.5'], (tusker, jitter) => tusker.close('t', { backoff: { jitter } })],
  ['expect', ['0'], (tusker, expected) => tusker.close('t', { expect: expected })],
  ['attempts', [], (tusker, attempts) => tusker.open('t', { attempts })],
  ['closeWhenIdle', [], (tusker, closeWhenIdle) => tusker.open('t', { closeWhenIdle })],
  ['closeAfter', [], (tusker, closeAfter) => tusker.open('t', { closeAfter })],
  ['ttl', [], (tusker, ttl) => tusker.lock('t', 1, { ttl })],
  ['maxHold', [], (tusker, maxHold) => tusker.lock('t', 1, { maxHold })],
  ['wait', ['0', '0.5'], (tusker, wait) => tusker.lock('t', 1, { wait })],
  ['ttl', [], (tusker, ttl) => tusker.tryLock('t', 1, { ttl })],
  ['ttl', [], (tusker, ttl) => tusker.run('t', 1, () => 1, { ttl })],
  ['ttl', [], (tusker, ttl) => tusker.all('t', [1], () => 1, { ttl })],
  ['retention', [], (tusker, retention) => tusker.all('t', [1], () => 1, { retention })],
  ['concurrency', [], (tusker, concurrency) => tusker.all('t', [1], () => 1, { concurrency })],
  ['ttl', [], (tusker, ttl) => tusker.extend('t', 1, { token: 1, ttl })],
  ['token', [], (tusker, token) => tusker.extend('t', 1, { token, ttl: 1000 })],
  ['token', [], (tusker, token) => tusker.letGo('t', 1, { token })],
  ['lease', [], (tusker, lease) => tusker.extend('t', { token: 1, lease })],
  ['token', [], (tusker, token) => tusker.unlock('t', 1, { token })],
  ['token', [], (tusker, token) => tusker.fail('t', 1, { token })],
  ['token', [], (tusker, token) => tusker.fail('t', { token })],
  ['delay', ['0', '0.5'], (tusker, delay) => tusker.fail('t', { token: 1, delay })],
  ['token', [], (tusker, token) => tusker.complete('t', { token })],
  ['token', [], (tusker, token) => tusker.giveBack('t', { token })],
  ['lease', [], (tusker, lease) => tusker.fetchReleased({ lease })],
  ['timeout', ['0', '0.5'], (tusker, timeout) => tusker.fetchReleased({ timeout })],
  ['lease', [], (tusker, lease) => tusker.claims({ lease })],
  ['concurrency', [], (tusker, concurrency) => tusker.work(() => 1, { concurrency })],
  ['lease', [], (tusker, lease) => tusker.work(() => 1, { lease })],
  ['stopGrace', ['0', '0.5'], (tusker, stopGrace) => tusker.work(() => 1, { stopGrace })],
  ['grace', ['0', '0.5'], (tusker, grace) => tusker.stop({ grace })],
  ['timeout', ['0', '0.5'], (tusker, timeout) => tusker.stop({ timeout })],
  ['timeout', ['0', '0.5'], (tusker, timeout) => tusker.work(() => 1).stop({ timeout })],
  ['limit', [], (tusker, limit) => tusker.sweep({ limit })],
  ['timeout', ['0', '0.5'], (tusker, timeout) => tusker.result('t', { timeout })],
];

describe.each(OPTIONS)('options.%s', (option, takes, call) => {
  const refused = NUMBERS.filter(([title]) => !takes.includes(title));
  test.each(refused)('is not %s', (_, value) => {
    const argument = option === 'backoff' && value === null ? 'options.backoff' : `options.${option}`;
    return expectRefused({ argument, value, call: (tusker) => call(tusker, any(value)) });
  });
});

test.each(NUMBERS.filter(([title]) => !['0', '0.5'].includes(title)))('timeoutLocks does not take %s', (_, ms) =>
  expectRefused({ argument: 'ms', value: ms, call: (tusker) => tusker.timeoutLocks(any(ms)) }),
);

test.each([
  ['attempts', 1001],
  ['timeout', 366 * 86_400_000 + 1],
  ['retention', 299_999],
  ['expect', 1_000_001],
  ['expect', Array.from({ length: 1001 }, (_, i) => i)],
  ['incomplete', 'maybe'],
  ['incomplete', null],
  ['worker', 1],
  ['worker', 'false'],
  ['replace', 0],
])('options.%s of close is not %s', (option, value) =>
  expectRefused({
    argument: `options.${option}`,
    value,
    call: (tusker) => tusker.close('t', any({ [option]: value })),
  }),
);

test.each<[string, unknown, (tusker: Tusker) => unknown]>([
  ['options.renew', 1, (tusker) => tusker.lock('t', 1, any({ renew: 1 }))],
  ['options.signal', {}, (tusker) => tusker.lock('t', 1, any({ signal: {} }))],
  ['options.holder', 7, (tusker) => tusker.lock('t', 1, any({ holder: 7 }))],
  ['options.holder', 'h'.repeat(201), (tusker) => tusker.lock('t', 1, { holder: 'h'.repeat(201) })],
  ['options.worker', null, (tusker) => tusker.fetchReleased(any({ worker: null }))],
  ['options.final', 'yes', (tusker) => tusker.fail('t', 1, any({ token: 1, final: 'yes' }))],
  ['options.retry', 0, (tusker) => tusker.fail('t', any({ token: 1, retry: 0 }))],
  ['options.state', 'lost', (tusker) => listed(tusker.units('t', any({ state: 'lost' })))],
  ['options.state', 'done', (tusker) => listed(tusker.tasks(any({ state: 'done' })))],
  ['options.since', 'yesterday', (tusker) => listed(tusker.events({ since: 'yesterday' }))],
  ['options.since', '-1', (tusker) => listed(tusker.events({ since: '-1' }))],
  ['options.since', '0.5', (tusker) => listed(tusker.events({ since: '0.5' }))],
  ['options.since', 7, (tusker) => listed(tusker.events(any({ since: 7 })))],
  ['options.onGap', 7, (tusker) => listed(tusker.events(any({ onGap: 7 })))],
  ['reason', 'r'.repeat(513), (tusker) => tusker.cancel('t', 'r'.repeat(513))],
  ['reason', 7, (tusker) => tusker.cancel('t', any(7))],
  ['items', 'abc', (tusker) => tusker.all('t', any('abc'), () => 1)],
  ['items', null, (tusker) => tusker.all('t', any(null), () => 1)],
])('%s is not %s', { timeout: 5000 }, (argument, value, call) => expectRefused({ argument, value, call }));

describe.each([
  ['null', null],
  ['a text', 'fast'],
  ['a number', 5],
  ['an array', []],
  ['a function', () => 1],
])('%s is no object of options', (_, value) => {
  test.each<[string, (tusker: Tusker) => unknown]>([
    ['open', (tusker) => tusker.open('t', any(value))],
    ['lock', (tusker) => tusker.lock('t', 1, any(value))],
    ['tryLock', (tusker) => tusker.tryLock('t', 1, any(value))],
    ['run', (tusker) => tusker.run('t', 1, () => 1, any(value))],
    ['all', (tusker) => tusker.all('t', [1], () => 1, any(value))],
    ['unlock', (tusker) => tusker.unlock('t', 1, any(value))],
    ['close', (tusker) => tusker.close('t', any(value))],
    ['complete', (tusker) => tusker.complete('t', any(value))],
    ['letGo', (tusker) => tusker.letGo('t', 1, any(value))],
    ['stop', (tusker) => tusker.stop(any(value))],
    ['giveBack', (tusker) => tusker.giveBack('t', any(value))],
    ['fetchReleased', (tusker) => tusker.fetchReleased(any(value))],
    ['claims', (tusker) => tusker.claims(any(value))],
    ['work', (tusker) => tusker.work(() => 1, any(value))],
    ['result', (tusker) => tusker.result('t', any(value))],
    ['units', (tusker) => listed(tusker.units('t', any(value)))],
    ['tasks', (tusker) => listed(tusker.tasks(any(value)))],
    ['events', (tusker) => listed(tusker.events(any(value)))],
    ['sweep', (tusker) => tusker.sweep(any(value))],
    ['namespace', (tusker) => tusker.namespace('n', any(value))],
  ])('of %s', (_verb, call) => expectRefused({ argument: 'options', value, call }));
});

test.each<[string, (tusker: Tusker, options: never) => unknown]>([
  ['open', (tusker, options) => tusker.open('t', options)],
  ['lock', (tusker, options) => tusker.lock('t', 1, options)],
  ['run', (tusker, options) => tusker.run('t', 1, () => 1, options)],
  ['all', (tusker, options) => tusker.all('t', [1], () => 1, options)],
  ['unlock', (tusker, options) => tusker.unlock('t', 1, options)],
  ['fail', (tusker, options) => tusker.fail('t', 1, options)],
  ['extend', (tusker, options) => tusker.extend('t', 1, options)],
  ['close', (tusker, options) => tusker.close('t', options)],
  ['complete', (tusker, options) => tusker.complete('t', options)],
  ['giveBack', (tusker, options) => tusker.giveBack('t', options)],
  ['fetchReleased', (tusker, options) => tusker.fetchReleased(options)],
  ['claims', (tusker, options) => tusker.claims(options)],
  ['work', (tusker, options) => tusker.work(() => 1, options)],
  ['result', (tusker, options) => tusker.result('t', options)],
  ['units', (tusker, options) => tusker.units('t', options)],
  ['tasks', (tusker, options) => listed(tusker.tasks(options))],
  ['events', (tusker, options) => listed(tusker.events(options))],
  ['sweep', (tusker, options) => tusker.sweep(options)],
  ['namespace', (tusker, options) => tusker.namespace('n', options)],
])('an option that %s does not know is refused by name', (_, call) =>
  expectRefused({
    argument: 'options.retention_',
    value: 'x',
    call: (tusker) => call(tusker, any({ retention_: 'x' })),
  }),
);

test.each([null, undefined, {}, 'merge', 5])('work does not take %s for a handler', (handler) =>
  expectRefused({ argument: 'handler', value: handler, call: (tusker) => tusker.work(any(handler)) }),
);

test.each<[string, (tusker: Tusker, work: never) => unknown]>([
  ['run', (tusker, work) => tusker.run('t', 1, work)],
  ['all', (tusker, work) => tusker.all('t', [1], work)],
])('%s does not take a text for its work', (_, call) =>
  expectRefused({ argument: 'work', value: 'later', call: (tusker) => call(tusker, any('later')) }),
);

describe('createTusker', () => {
  test.each<[string, unknown]>([
    ['the empty text', ''],
    ['no path', 'sqlite:'],
    ['a host in a path', 'sqlite://tusker.db'],
    ['no file of SQLite', 'sqlite::memory:'],
    ['another scheme', 'postgres://localhost'],
    ['a file name', './tusker.db'],
    ['a path after memory:', 'memory:x'],
    ['a number', 5],
    ['null', null],
    ['an empty object', {}],
    ['an object whose store is none', { store: {} }],
    ['no store', { store: null }],
    ['an array', []],
    ['a symbol', Symbol('s')],
    ['a boolean', false],
  ])('does not take %s for a target', async (_, target) => {
    expect(await thrownBy(() => createTusker(any(target)))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'target',
      message: expect.stringMatching(/^target is .+; allowed: .*sqlite:path/),
    });
  });

  test.each([
    ['sqlite://tusker.db', "'sqlite:tusker.db'"],
    ['sqlite:///var/lib/tusker.db', "'sqlite:/var/lib/tusker.db'"],
    ['sqlite::memory:', "'memory:'"],
  ])('names the right form of %s', async (target, form) => {
    const { message } = (await thrownBy(() => createTusker(target))) as Error;
    expect(message).toMatch(new RegExp(`; [^;]*${form}\\.$`));
  });

  test('does not take a path with NUL', async () => {
    expect(await thrownBy(() => createTusker('sqlite:a\0b'))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('does not take the memory of SQLite for a file', async () => {
    expect(await thrownBy(() => sqliteStore(':memory:'))).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'path' });
  });

  test('refuses options of a store that are unknown', async () => {
    const unknown = any({ name: 'songs' });
    expect(await thrownBy(() => memoryStore(unknown))).toMatchObject({ argument: 'options.name' });
    expect(await thrownBy(() => sqliteStore('a', unknown))).toMatchObject({ argument: 'options.name' });
  });

  test.each([
    ['maxPayload', 0],
    ['maxPayload', '5'],
    ['maxQueue', -1],
    ['maxQueue', Number.NaN],
    ['idleTimeout', 0],
    ['idleTimeout', null],
    ['holder', 7],
    ['schema', 5],
    ['retention', 5],
  ])('does not take options.%s %s', async (option, value) => {
    expect(await thrownBy(() => createTusker('memory:', any({ [option]: value })))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: `options.${option}`,
      value,
    });
  });

  test('refuses options beside the store: they would be overlooked', async () => {
    const target = { store: memoryStore(), schema: {} };
    expect(await thrownBy(() => createTusker(any(target)))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'target.schema',
      message: expect.stringContaining('options are the second argument'),
    });
  });

  test.each([
    '"redis://user:secret@host"',
    "'redis://:secret@host'",
    ' redis://:secret@host',
    'rediss:secret@host',
    'mongodb://user:secret@host',
    ':secret@host',
    'secret@host',
  ])('never repeats what stands behind the scheme: %s', async (target) => {
    const error = (await thrownBy(() => createTusker(target))) as InvalidArgumentError;
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(`${error.message} ${error.value} ${error.stack}`).not.toContain('secret');
    if (/^[ '"]/.test(target)) expect(error.message).toContain('begins with a blank or a quote');
  });

  test('takes the schemes of Valkey', async () => {
    for (const url of ['valkey://127.0.0.1:1', 'valkeys://127.0.0.1:1']) await createTusker(url).stop();
  });

  test('in production needs a target, or TUSKER_URL', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    vi.stubEnv('TUSKER_URL', undefined);
    try {
      expect(await thrownBy(() => createTusker())).toMatchObject({
        code: 'INVALID_ARGUMENT',
        argument: 'target',
        message: expect.stringContaining('TUSKER_URL'),
      });
      vi.stubEnv('TUSKER_URL', 'memory:');
      await createTusker().stop();
      vi.stubEnv('TUSKER_URL', 'nonsense');
      expect(await thrownBy(() => createTusker())).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'target' });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

test.each<[string, (tusker: Tusker) => unknown]>([
  ['open', (tusker) => tusker.open('t')],
  ['lock', (tusker) => tusker.lock('t', 1)],
  ['run', (tusker) => tusker.run('t', 1, () => 1)],
  ['unlock', (tusker) => tusker.unlock('t', 1)],
  ['close', (tusker) => tusker.close('t')],
  ['fetchReleased', (tusker) => tusker.fetchReleased()],
  ['work', (tusker) => tusker.work(() => 1)],
  ['complete', (tusker) => tusker.complete('t', { token: 1 })],
  ['result', (tusker) => tusker.result('t', { timeout: 50 })],
  ['explain', (tusker) => tusker.explain('t')],
  ['units', (tusker) => listed(tusker.units('t'))],
  ['stats', (tusker) => tusker.stats()],
  ['tasks', (tusker) => listed(tusker.tasks())],
  ['retry', (tusker) => tusker.retry('t')],
  ['cancel', (tusker) => tusker.cancel('t')],
  ['redo', (tusker) => tusker.redo('t', 1)],
  ['sweep', (tusker) => tusker.sweep()],
  ['timeoutLocks', (tusker) => tusker.timeoutLocks(0)],
  ['timeoutProcessing', (tusker) => tusker.timeoutProcessing()],
  ['a lock in another namespace', (tusker) => tusker.namespace('other').lock('t', 1)],
])('after stop: %s is refused', async (_, call) => {
  const tusker = inMemory();
  await tusker.stop();
  await tusker.stop();
  expect(await thrownBy(() => call(tusker))).toMatchObject({ code: 'STOPPED' });
});

test('after stop a namespace made before refuses as well', async () => {
  const tusker = inMemory();
  const other = tusker.namespace('other');
  await tusker.stop();
  expect(await thrownBy(() => other.lock('t', 1))).toMatchObject({ code: 'STOPPED' });
});

test('a unit that is expected twice is expected once, by its number or its text', async () => {
  const tusker = inMemory();
  await tusker.close('t', { expect: [1, 'b', '1', 1, 'b'] });
  await (await tusker.lock('t', 1)).unlock();
  expect((await tusker.explain('t')).state).toBe('locked');
  await (await tusker.lock('t', 'b')).unlock();
  expect((await tusker.explain('t')).state).toBe('released');
  await tusker.stop();
});
