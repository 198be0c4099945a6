import { beforeAll, test } from 'vitest';
import { expectClumsiness } from '../demo/clumsy.js';
import { Playground } from '../demo/running.js';

let playground: Playground;
beforeAll(async () => {
  playground = await Playground.open();
  return () => playground.close();
});

test.each([
  ['double', [1]],
  ['drop', [0, 1, 2, 3, 4]],
])('a merge that goes wrong (%s) is found by its sound', (clumsy, chunks) =>
  expectClumsiness(playground, clumsy, chunks),
);
