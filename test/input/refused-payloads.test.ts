import { describe, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { TuskerError } from '../../src/index.js';
import { inMemory } from '../tuskers.js';
import { expectNothingWritten, thrownBy } from './refusals.js';

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { value };
  return value;
}
function cyclic(): unknown {
  const value: Record<string, unknown> = { a: {} };
  (value.a as Record<string, unknown>).back = value;
  return value;
}
const throwing = (): never => {
  throw new Error('not today');
};

const NO_JSON: [string, unknown][] = [
  ['a BigInt', 1n],
  ['a BigInt inside', { a: [1n] }],
  ['a boxed BigInt', Object(1n)],
  ['a Buffer', Buffer.from('abc')],
  ['a Uint8Array inside', { a: new Uint8Array(3) }],
  ['an ArrayBuffer', new ArrayBuffer(3)],
  ['a SharedArrayBuffer', new SharedArrayBuffer(3)],
  ['a DataView', new DataView(new ArrayBuffer(3))],
  ['a Map', new Map([[1, 2]])],
  ['a Set inside', { a: new Set([1]) }],
  ['a WeakMap', new WeakMap()],
  ['a Promise', Promise.resolve(1)],
  ['a RegExp', /x/],
  ['an Error', new Error('x')],
  ['a cycle', cyclic()],
  ['10 000 levels', nested(10_000)],
  ['NaN', Number.NaN],
  ['NaN inside', { a: { b: Number.NaN } }],
  ['Infinity in an array', [1, Number.POSITIVE_INFINITY]],
  ['undefined in an array', [1, undefined]],
  ['a hole in an array', Object.assign(new Array(3), { 0: 1, 2: 2 })],
  ['a getter that throws', Object.defineProperty({}, 'a', { enumerable: true, get: throwing })],
  ['a toJSON that throws', { toJSON: throwing }],
  ['a toJSON that gives NaN', { a: { toJSON: () => Number.NaN } }],
  ['a toJSON that gives undefined', { toJSON: () => undefined }],
  ['a function', () => 1],
  ['a function inside', { a: () => 1 }],
  ['a symbol', Symbol('s')],
  ['a symbol inside', [Symbol('s')]],
  ['an invalid Date', new Date(Number.NaN)],
  ['an invalid Date inside', [new Date(Number.NaN)]],
  ['a lone surrogate', 'a\uD800'],
  ['a lone surrogate as a key', { '\uDC00': 1 }],
];

const any = (value: unknown): never => value as never;
const WRITERS: Record<string, readonly [string, (tusker: Tusker, value: never) => unknown]> = {
  open: ['info', (tusker, info) => tusker.open('t', { info })],
  close: ['info', (tusker, info) => tusker.close('t', { info })],
  unlock: ['result', (tusker, result) => tusker.unlock('t', 1, { result })],
  complete: ['result', (tusker, result) => tusker.complete('t', { token: 1, result })],
};

describe.each(NO_JSON)('%s is not stored', (_, value) => {
  test.each(Object.entries(WRITERS))('by %s', async (_verb, [argument, call]) => {
    const tusker = inMemory();
    const error = await thrownBy(() => call(tusker, any(value)));
    expect(error).toBeInstanceOf(TuskerError);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect((error as Error).message).toMatch(new RegExp(`^${argument}\\b.* is .+; allowed: JSON`, 's'));
    expect((error as Error).message.length).toBeLessThan(500);
    await expectNothingWritten(tusker);
  });

  test('by run: the unit has failed and can be run again', async () => {
    const tusker = inMemory();
    // `run` awaits its work: what a promise brings is the result.
    const given = value instanceof Promise ? { value } : value;
    expect(await thrownBy(() => tusker.run('t', 1, () => given))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect((await tusker.explain('t')).detail.units).toEqual({ locked: 0, done: 0, failed: 1, expired: 0 });
    expect(await tusker.run('t', 1, () => 'now it is')).toBe('now it is');
  });
});

test('the message says where in the payload it is', async () => {
  const error = await thrownBy(() => inMemory().close('t', { info: { rooms: [{ size: 1n }] } }));
  expect((error as Error).message).toContain('info.rooms[0].size is 1n');
});

test.each(Object.entries(WRITERS))('a payload over the limit is refused by %s with its size', async (_, [, call]) => {
  const tusker = inMemory();
  const error = await thrownBy(() => call(tusker, any('x'.repeat(1_048_576))));
  expect(error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', bytes: 1_048_578, limit: 1_048_576 });
  expect((error as Error).message).toMatch(/1048578 bytes.*at most 1048576/);
  await expectNothingWritten(tusker);
});

test('the limit counts bytes, not characters, and can be set', async () => {
  const tusker = inMemory({ maxPayload: 10 });
  await tusker.close('fits', { info: 'éééé' });
  expect(await thrownBy(() => tusker.close('t', { info: 'ééééé' }))).toMatchObject({ bytes: 12, limit: 10 });
});

test('JSON comes back as it was given', async () => {
  const tusker = inMemory();
  const values = [null, 0, '', false, [], {}, [[]], { a: undefined }, 'é\0\u2028', 1e21, 5e-324, { toJSON: () => 'j' }];
  for (const [index, value] of values.entries()) {
    const expected: unknown = JSON.parse(JSON.stringify(value));
    expect(await tusker.run('t', index, () => value)).toEqual(expected);
    expect(await tusker.run('t', index, () => 'not called')).toEqual(expected);
  }
  const protos = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as object;
  expect(JSON.stringify(await tusker.run('t', 'p', () => protos))).toBe('{"__proto__":{"a":1},"constructor":2}');
});
