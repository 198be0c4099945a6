import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { inMemory, listed } from '../tuskers.js';
import { thrownBy } from './refusals.js';

const SCHEMAS = {
  zod: {
    info: z.object({ room: z.string(), size: z.number().default(2) }),
    unit: z.string().transform((text) => text.length),
    result: z.object({ url: z.url() }),
  },
  valibot: {
    info: v.object({ room: v.string(), size: v.optional(v.number(), 2) }),
    unit: v.pipe(
      v.string(),
      v.transform((text) => text.length),
    ),
    result: v.object({ url: v.pipe(v.string(), v.url()) }),
  },
};
const url = 'https://example.org/a';

describe.each(['zod', 'valibot'] as const)('schemas of %s', (vendor) => {
  const songs = () => {
    const tusker = inMemory();
    return vendor === 'zod'
      ? tusker.namespace('songs', { schema: SCHEMAS.zod })
      : tusker.namespace('songs', { schema: SCHEMAS.valibot });
  };

  test('the input is stored, the output is read', async () => {
    const tusker = songs();
    expect(await tusker.run('t', 1, () => 'four')).toBe(4);
    expect(await tusker.run('t', 1, () => 'not called')).toBe(4);
    expect((await listed(tusker.units('t'))).map(({ result }) => result)).toEqual([4]);
    await tusker.close('t', { info: { room: 'blue' } });
    expect((await tusker.explain('t')).detail.info).toBe('{"room":"blue"}');
    const claim = await tusker.fetchReleased();
    expect(claim?.info).toEqual({ room: 'blue', size: 2 });
    expect(await claim?.results()).toEqual([4]);
    await claim?.complete({ url });
    expect(await tusker.result('t', { timeout: 0 })).toEqual({ url });
  });

  test('what a schema refuses is refused with a code and its place; nothing is written', async () => {
    const tusker = songs();
    const refused = (argument: string) => ({
      code: 'INVALID_ARGUMENT',
      argument,
      message: expect.stringContaining(argument),
    });
    const bad = { room: 5 } as never;
    expect(await thrownBy(() => tusker.close('t', { info: bad }))).toMatchObject(refused('info.room'));
    expect(await thrownBy(() => tusker.open('t', { info: bad }))).toMatchObject(refused('info.room'));
    expect(await thrownBy(() => tusker.unlock('t', 1, { result: 5 as never }))).toMatchObject(refused('result'));
    const noUrl = { token: 1, result: { url: 'none' } };
    expect(await thrownBy(() => tusker.complete('t', noUrl))).toMatchObject(refused('result.url'));
    expect(Object.values(await tusker.stats()).every((count) => count === 0)).toBe(true);
    expect(await thrownBy(() => tusker.explain('t'))).toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  test('a result that the schema refuses fails the unit', async () => {
    const tusker = songs();
    expect(await thrownBy(() => tusker.run('t', 1, () => 5 as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect((await listed(tusker.units('t'))).map(({ state }) => state)).toEqual(['failed']);
  });
});

test('an info that the schema cannot read is a failed attempt, and the tasks behind it are worked on', async () => {
  const tusker = inMemory();
  await tusker.namespace('songs').close('t', { info: { room: 5 }, attempts: 1 });
  await tusker.namespace('songs').close('u', { info: { room: 'blue' } });
  const songs = tusker.namespace('songs', { schema: SCHEMAS.zod });
  const worker = songs.work(() => ({ url }));
  expect(await songs.result('u', { timeout: 5000 })).toEqual({ url });
  const error = await thrownBy(() => songs.result('t', { timeout: 5000 }));
  expect(error).toMatchObject({ code: 'TASK_FAILED', reason: 'attempts' });
  expect((error as Error).message).toContain('info.room');
  await worker.stop();
});

test.each([5, {}, () => true, { '~standard': {} }, null])('%s is no schema', async (schema) => {
  const error = await thrownBy(() => inMemory().namespace('n', { schema: { info: schema as never } }));
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'options.schema.info' });
});

test.each([
  [
    'throws',
    () => {
      throw new Error('no such room');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no such room'))],
])('a schema that %s is told as bad input, by the name of the argument', async (_, validate) => {
  const info = { '~standard': { version: 1 as const, vendor: 'own', validate } };
  const tusker = inMemory().namespace('songs', { schema: { info } });
  expect(await thrownBy(() => tusker.close('t', { info: { room: 'blue' } as never }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(/info.*no such room/),
  });
});

test('a part of the schema that there is not is refused by name', async () => {
  const error = await thrownBy(() => inMemory().namespace('n', { schema: { units: z.string() } as never }));
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'options.schema.units' });
});

describe('calls of one client keep their order within a task, schemas or not', () => {
  const slow = z.object({ room: z.string() }).refine(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return true;
  });
  test('close with an info, then lock', async () => {
    const tusker = inMemory();
    const [closed, locked] = await Promise.all([tusker.close('t', { info: 1 }), tusker.tryLock('t', 1)]);
    expect([closed.state, locked.kind]).toEqual(['released', 'late']);
  });
  test('open, then lock', async () => {
    const tusker = inMemory();
    await Promise.all([tusker.open('t'), tusker.tryLock('t', 1)]);
    const page = [];
    for await (const event of tusker.events({ since: '0' })) {
      page.push(event.kind);
      if (page.length === 2) break;
    }
    expect(page).toEqual(['created', 'opened']);
    expect((await tusker.explain('t')).detail.idleAt).toBeNull();
  });
  test('close under a schema that takes its time, then lock', async () => {
    const tusker = inMemory().namespace('n', { schema: { info: slow } });
    const [closed, locked] = await Promise.all([tusker.close('t', { info: { room: 'blue' } }), tusker.tryLock('t', 1)]);
    expect([closed.state, locked.kind]).toEqual(['released', 'late']);
  });
  test('unlock by token, then close', async () => {
    const tusker = inMemory();
    const { token } = await tusker.lock('t', 1);
    const [unlocked, closed] = await Promise.all([tusker.unlock('t', 1, { token, result: 1 }), tusker.close('t')]);
    expect([unlocked.state, closed.state]).toEqual(['open', 'released']);
  });
});
