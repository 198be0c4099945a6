import * as v from 'valibot';
import { assertType, expectTypeOf, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';

const schema = {
  info: v.object({ size: v.optional(v.number(), 2) }),
  unit: v.pipe(
    v.string(),
    v.transform((text) => text.length),
  ),
};

/** Never called: writers give the input of a schema, readers get its output. */
async function transformed(tusker: Tusker): Promise<void> {
  const songs = tusker.namespace('songs', { schema });
  expectTypeOf(await songs.run('t', 1, () => 'four')).toEqualTypeOf<number>();
  expectTypeOf(await songs.all('t', [1], () => 'four')).toEqualTypeOf<number[]>();
  await using lock = await songs.lock('t', 1);
  expectTypeOf(lock.unlock).parameter(0).toEqualTypeOf<string | undefined>();
  await songs.close('t', { info: {} });
  for await (const claim of songs.claims()) {
    assertType<{ size: number }>(claim.info);
    assertType<number[]>(await claim.results());
  }
  const worker = songs.work(({ info, units }) => {
    expectTypeOf(info).toEqualTypeOf<{ size: number }>();
    assertType<AsyncGenerator<{ readonly result: number }>>(units());
  });
  worker.on('completed', ({ task }) => assertType<string>(task));

  // @ts-expect-error the schema's output is not its input
  await songs.run('t', 1, () => 4);
  // @ts-expect-error nor is it what unlock takes
  await songs.unlock('t', 1, { token: 1, result: 4 });
  // @ts-expect-error a size is a number
  await songs.open('t', { info: { size: 'big' } });
  // @ts-expect-error a token is needed to fail a unit
  await songs.fail('t', 1, { error: new Error('x') });
  // @ts-expect-error and to give back
  await songs.giveBack('t', {});
  // @ts-expect-error an unknown option of close
  await songs.close('t', { retries: 5 });
  // @ts-expect-error an unknown option of work
  songs.work(() => 1, { concurency: 5 });
  // @ts-expect-error a handler is needed
  songs.work();
  // @ts-expect-error no such event
  worker.on('finished', () => {});
  // @ts-expect-error not a schema
  tusker.namespace('songs', { schema: { info: 5 } });
}

/** Never called: without a schema the types are given. */
async function plain(): Promise<void> {
  const songs = createTusker<{ unit: number }>('memory:');
  expectTypeOf(await songs.run('t', 1, () => 1)).toEqualTypeOf<number>();
  expectTypeOf(await songs.result('t')).toEqualTypeOf<unknown>();
  // @ts-expect-error the result of a unit is a number
  await songs.run('t', 1, () => 'one');
  // @ts-expect-error a target is a text or a store
  createTusker(5);
}

test('readers and writers are typed apart: this file compiles', () => {
  expectTypeOf(transformed).toBeFunction();
  expectTypeOf(plain).toBeFunction();
});
