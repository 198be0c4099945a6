import { expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import type { AllOptions, Tusker } from '../../src/index.js';

interface Doc {
  readonly id: number;
  readonly text: string;
}

/** Never called: without a type of the namespace `all` and `run` give what the callback gives. */
async function untyped(tusker: Tusker, docs: readonly Doc[]): Promise<void> {
  const pages = await tusker.all('t', docs, async (doc, { signal, attempt, index }) => {
    expectTypeOf(doc).toEqualTypeOf<Doc>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    expectTypeOf(attempt + index).toEqualTypeOf<number>();
    return { page: doc.text };
  });
  expectTypeOf(pages).toEqualTypeOf<{ page: string }[]>();
  expectTypeOf(await tusker.all('t', [1], (n) => n)).toEqualTypeOf<number[]>();
  expectTypeOf(await tusker.all<Doc, string>('t', docs, ({ text }) => text)).toEqualTypeOf<string[]>();
  expectTypeOf(await tusker.all('t', docs, () => 'a', { settled: true })).toEqualTypeOf<
    PromiseSettledResult<string>[]
  >();
  expectTypeOf(await tusker.all('t', docs, () => 'a', { settled: false })).toEqualTypeOf<string[]>();
  expectTypeOf(await tusker.all('t', docs, () => 'a', { settled: undefined })).toEqualTypeOf<string[]>();
  const either = docs.length > 1;
  expectTypeOf(await tusker.all('t', docs, () => 'a', { settled: either })).toEqualTypeOf<
    PromiseSettledResult<string>[] | string[]
  >();
  expectTypeOf(await tusker.run('t', 1, async () => ({ key: 'k' }))).toEqualTypeOf<{ key: string }>();
  expectTypeOf(await tusker.run('t', 1, () => 7)).toEqualTypeOf<number>();
  const plain = tusker.namespace('plain');
  expectTypeOf(await plain.run('t', 1, () => 'k')).toEqualTypeOf<string>();
  const partly = tusker.namespace<{ info: Doc }>('partly');
  expectTypeOf(await partly.all('t', docs, ({ id }) => id)).toEqualTypeOf<number[]>();
  await tusker.all('t', docs, ({ text }) => text, {
    key: ({ id }) => id,
    onProgress: ({ done, total }) => done / total,
  });
  const options: AllOptions<Doc> = { key: (doc) => doc.id };
  await tusker.all('t', docs, ({ text }) => text, options);

  // @ts-expect-error an item has an id
  await tusker.all('t', docs, ({ text }) => text, { key: ({ name }) => name });
  // @ts-expect-error a key is a text or a number
  await tusker.all('t', docs, ({ text }) => text, { key: (doc) => doc });
  // @ts-expect-error an unknown option
  await tusker.all('t', docs, ({ text }) => text, { retries: 3 });
  // @ts-expect-error no such word
  await tusker.all('t', docs, ({ text }) => text, { whenItemsDiffer: 'ignore' });
}

/** Never called: with a type of the namespace the callback gives what a unit is, and readers get it. */
async function typed(tusker: Tusker, docs: readonly Doc[]): Promise<void> {
  const songs = tusker.namespace<{ unit: { key: string } }>('songs');
  expectTypeOf(await songs.all('t', docs, () => ({ key: 'k' }))).toEqualTypeOf<{ key: string }[]>();
  // @ts-expect-error a unit's result has a key
  await songs.all('t', docs, () => ({ keys: 'k' }));
  const schema = { unit: z.string().transform(Number) };
  const lengths = tusker.namespace('lengths', { schema });
  expectTypeOf(await lengths.all('t', docs, ({ text }) => text)).toEqualTypeOf<number[]>();
  expectTypeOf(await lengths.all('t', docs, ({ text }) => text, { settled: true })).toEqualTypeOf<
    PromiseSettledResult<number>[]
  >();
  // @ts-expect-error the schema's output is not its input
  await lengths.all('t', docs, ({ id }) => id);
}

test('the types of all() are checked by the compiler: this file compiles', () => {
  expectTypeOf(untyped).toBeFunction();
  expectTypeOf(typed).toBeFunction();
});
