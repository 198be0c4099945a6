import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { inMemory } from '../tuskers.js';

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
};

const BAD: [string, unknown][] = [
  ['a BigInt', 1n],
  ['a Buffer', Buffer.from('x')],
  ['a typed array', new Uint8Array(3)],
  ['an ArrayBuffer', new ArrayBuffer(3)],
  ['a Map', new Map([[1, 2]])],
  ['a Set', new Set([1])],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a promise', Promise.resolve(1)],
  ['an error', new Error('x')],
  ['a regular expression', /x/],
  ['an invalid date', new Date(Number.NaN)],
  ['a lone surrogate', '\ud800'],
  ['a cycle', cyclic],
  ['10 000 levels', deep(10_000)],
  ['undefined in a list', [undefined]],
  [
    'a throwing getter',
    {
      get x() {
        throw new Error('getter');
      },
    },
  ],
  [
    'a throwing toJSON',
    {
      toJSON() {
        throw new Error('toJSON');
      },
    },
  ],
];

describe.each(BAD)('%s', (_, value) => {
  test.each([
    ['as it is', value],
    ['inside', { list: [{ value }] }],
  ])('is refused as a payload %s, by name, and nothing is written', async (__, payload) => {
    const tusker = inMemory();
    await expect(tusker.close('t', { info: payload })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: expect.stringMatching(/^info/),
    });
    await expect(tusker.open('t', { info: payload })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await tusker.stats()).toMatchObject({ open: 0, released: 0 });
    const lock = await tusker.lock('t', 'u');
    await expect(lock.unlock(payload)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: expect.stringMatching(/^result/),
    });
    expect(await tusker.tryLock('t', 'u')).toMatchObject({ kind: 'held' });
    await lock.unlock(1);
    await tusker.close('t');
    const claim = await tusker.fetchReleased();
    await expect(claim?.complete(payload)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await claim?.complete();
  });
});

test('the message says where in the payload', async () => {
  await expect(inMemory().close('t', { info: { a: [{ b: new Map() }] } })).rejects.toThrow(
    'info.a[0].b is a Map; allowed: JSON (not a Map).',
  );
});

test('a payload over the limit is refused with its size', async () => {
  const tusker = inMemory();
  const error = await tusker.close('t', { info: 'ü'.repeat(600_000) }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', argument: 'info', bytes: 1_200_002, limit: 1_048_576 });
  expect((await tusker.close('t', { info: 'ü'.repeat(500_000) })).kind).toBe('closed');
});

test.each([null, 0, '', false, [], {}, 'a\u2028b', 1e300, -0.1, { __proto__: null, a: 1 }, deep(900), [[], {}, 1.1]])(
  'the payload %j comes back',
  async (payload) => {
    const tusker = inMemory();
    await tusker.run('t', 'u', () => payload);
    await tusker.close('t', { info: payload });
    const claim = await tusker.fetchReleased();
    expect(claim?.info).toEqual(payload);
    expect(await claim?.results()).toEqual([payload]);
    await claim?.complete(payload);
    expect(await tusker.result('t')).toEqual(payload);
  },
);

describe('a schema', () => {
  const zod = {
    info: z.object({ n: z.string().transform(Number) }),
    unit: z.object({ key: z.string() }),
    result: z.number(),
  };
  const valibot = {
    info: v.object({ n: v.pipe(v.string(), v.transform(Number)) }),
    unit: v.object({ key: v.string() }),
    result: v.number(),
  };

  test.each([
    ['zod', zod],
    ['valibot', valibot],
  ])('of %s: its input is stored, readers get its output', async (_, schema) => {
    const songs = inMemory().namespace('songs', { schema: schema as typeof zod });
    await songs.run('t', 1, () => ({ key: 'k' }));
    await songs.close('t', { info: { n: '7' } });
    const claim = await songs.fetchReleased();
    expect(claim?.info).toEqual({ n: 7 });
    await claim?.complete(3);
    expect(await songs.result('t')).toBe(3);
    expect((await songs.explain('t')).detail.info).toBe('{"n":"7"}');
  });

  test('that refuses says where, and nothing is written', async () => {
    const songs = inMemory().namespace('songs', { schema: zod });
    await expect(songs.close('t', { info: { n: 7 as never } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'info.n',
    });
    await expect(songs.run('t', 1, () => ({ key: 1 as never }))).rejects.toMatchObject({ argument: 'result.key' });
    expect(await songs.stats()).toMatchObject({ open: 1, released: 0 });
  });

  test('that cannot read the info makes that a failed attempt', async () => {
    const store = memoryStore();
    const old = createTusker({ store });
    await old.namespace('songs').close('t', { info: { other: 1 }, attempts: 1 });
    const songs = old.namespace('songs', { schema: zod });
    expect(await songs.fetchReleased()).toBeNull();
    const { state, detail } = await songs.explain('t');
    expect([state, detail.failure]).toEqual(['failed', 'attempts']);
    expect(detail.errors[0]?.error).toContain('info.n');
    await old.stop();
  });
});
