import { expect, test } from 'vitest';
import { planCuts, shuffled, wholeBetween } from '../../src/demo/plan.js';

test.each([
  [63.61, 5.5],
  [60, 6],
  [6, 14.9],
  [3600, 14.9],
  [61.003, 2],
])('%d s in chunks of %d s at most: as equal as hundredths allow, none longer', (seconds, longest) => {
  const edges = [0, ...planCuts(seconds, longest), seconds];
  const lengths = edges.slice(1).map((edge, at) => edge - (edges[at] ?? 0));
  expect(Math.max(...lengths)).toBeLessThanOrEqual(longest);
  expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThan(0.021);
  expect(lengths.length).toBeGreaterThanOrEqual(3);
});

test('a shuffle keeps each value once, and chance decides the order', () => {
  const values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  expect(shuffled(values, Math.random).sort()).toEqual(values);
  expect(shuffled(values, () => 0)).toEqual(values);
  expect(shuffled(values, () => 0.999)).toEqual([...values].reverse());
  expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a whole number between two, both included', () => {
  expect([0, 0.34, 0.999].map((chance) => wholeBetween(3, 5, () => chance))).toEqual([3, 4, 5]);
});
