import { expect, test } from 'vitest';
// @ts-expect-error the bench has no types
import { cheapestRatio } from '../../bench/harness/measure.mjs';
// @ts-expect-error the bench has no types
import { shares, unrestOf } from '../../bench/harness/quiet.mjs';
// @ts-expect-error the bench has no types
import { isSteady, warmUp } from '../../bench/harness/steady.mjs';

test('code whose windows still get cheaper is not warm', () => {
  expect(isSteady([40, 30, 20, 15, 12, 10])).toBe(false);
  expect(isSteady([10, 10, 10])).toBe(false);
});

test('code is warm when three windows in a row were no cheaper than the best before them', () => {
  expect(isSteady([40, 20, 10, 10, 10.2, 9.9])).toBe(true);
  expect(isSteady([40, 20, 10, 10, 10.2, 9.5])).toBe(false);
});

test('a window that the machine held up neither ends a warm-up early nor prolongs it', () => {
  expect(isSteady([40, 10, 90, 11, 10])).toBe(true);
  expect(isSteady([40, 90, 80, 70, 20])).toBe(false);
});

test('a warm-up ends, however long its work gets cheaper', async () => {
  let windows = 0;
  const cheaper = async (): Promise<number> => 2 ** windows++;
  expect(await warmUp(cheaper)).toBe(windows);
  expect(windows).toBeLessThanOrEqual(40);
});

test('a ratio of processor time is that of the cheapest rounds', () => {
  expect(cheapestRatio([9, 3, 30], [2, 50, 1])).toBe(3);
});

test('the machine is quiet when others and its host take little of it', () => {
  const start = [100, 0, 0, 100, 0, 0, 0, 0];
  expect(shares(start, [104, 0, 0, 196, 0, 0, 0, 0])).toEqual({ busy: 0.04, stolen: 0 });
  expect(shares(start, [130, 0, 20, 130, 10, 0, 0, 10])).toEqual({ busy: 0.6, stolen: 0.1 });
  expect(unrestOf([0.04, 0.02], 0.01)).toBeUndefined();
  expect(unrestOf([0.04, 0.5], 0.01)).toBe('the machine was not quiet (others took 50 %)');
  expect(unrestOf([0.01, 0], 0.2)).toBe('the machine was not quiet (its host took 20 % away)');
});

test('where nothing is known of the machine it counts as quiet', () => {
  expect(shares(undefined, undefined)).toBeUndefined();
  expect(unrestOf([undefined, undefined], undefined)).toBeUndefined();
});
