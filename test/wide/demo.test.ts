import { beforeAll, expect, test } from 'vitest';
import type { DemoReport } from '../../src/demo/index.js';
import { expectClumsiness } from '../demo/clumsy.js';
import { Playground } from '../demo/running.js';

let playground: Playground;
beforeAll(async () => {
  playground = await Playground.open();
  return () => playground.close();
});

test.each([
  ['swap', [0, 1]],
  ['double', [1]],
  ['drop', [0, 1, 2, 3, 4]],
])('a merge that goes wrong (%s) is found by its sound', (clumsy, chunks) =>
  expectClumsiness(playground, clumsy, chunks),
);

test.each([
  ['before the first chunk', 0, 0],
  ['after the last chunk', 0.999, 5],
])('the stream may be closed %s', async (_, chance, afterChunks) => {
  const { code, stdout } = await (await playground.start({ file: playground.short, chunk: 2.7, json: true, chance }))
    .ended;
  expect(code).toBe(0);
  const { ok, chunks, closed } = JSON.parse(stdout) as DemoReport;
  expect({ ok, chunks, afterChunks: closed.afterChunks }).toEqual({ ok: true, chunks: 5, afterChunks });
  expect(closed.outstanding === 0).toBe(afterChunks === 5);
});
