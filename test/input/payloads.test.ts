import { expect, test } from 'vitest';
import { inMemory } from '../tuskers.js';

let deep: unknown = 1;
for (let i = 0; i < 900; i++) deep = [deep];

test.each([
  ['null', null],
  ['zero', 0],
  ['an empty text', ''],
  ['false', false],
  ['an empty list', []],
  ['an empty object', {}],
  ['a line separator', 'a\u2028b'],
  ['a large number', 1e300],
  ['a negative fraction', -0.1],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  ['900 levels', deep],
  ['nested empties', [[], {}, 1.1]],
])('%s comes back as info, as a unit result and as a task result', async (_, payload) => {
  const tusker = inMemory();
  await tusker.run('t', 'u', () => payload);
  await tusker.close('t', { info: payload });
  const claim = await tusker.fetchReleased();
  expect(claim?.info).toEqual(payload);
  expect(await claim?.results()).toEqual([payload]);
  await claim?.complete(payload);
  expect(await tusker.result('t')).toEqual(payload);
});

test('the limit counts bytes, not characters', async () => {
  const tusker = inMemory();
  const error = await tusker.close('t', { info: 'ü'.repeat(600_000) }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', argument: 'info', bytes: 1_200_002, limit: 1_048_576 });
  expect((await tusker.close('t', { info: 'ü'.repeat(500_000) })).kind).toBe('closed');
});

test.each([
  [
    'throws',
    (): never => {
      throw new Error('broken schema');
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken schema'))],
])('a schema that %s is a coded error, and nothing is written', async (_, validate) => {
  const schema = { info: { '~standard': { version: 1 as const, vendor: 'test', validate } } };
  const songs = inMemory().namespace('songs', { schema });
  const error = await songs.close('t', { info: 1 }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'INVALID_ARGUMENT',
    argument: 'info',
    message: expect.stringContaining('broken schema'),
  });
  expect(await songs.stats()).toMatchObject({ released: 0 });
});
