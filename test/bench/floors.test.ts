import { expect, test } from 'vitest';
// @ts-expect-error the bench has no types
import { fallen, fallenTwice, fallText } from '../../bench/harness/floors.mjs';

const FLOORS = { joins: { 'units/s': { atLeast: 10 }, 'CPU a unit': { atMost: 2 } } };
const fallsOf = (measures: Record<string, number>): { measure: string }[] => fallen('joins', { measures }, FLOORS);

test('a measure at its floor holds, one beyond it fell', () => {
  expect(fallsOf({ 'units/s': 10, 'CPU a unit': 2 })).toEqual([]);
  expect(fallsOf({ 'units/s': 9.99, 'CPU a unit': 2 })).toMatchObject([{ measure: 'units/s', value: 9.99 }]);
  expect(fallsOf({ 'units/s': 10, 'CPU a unit': 2.01 })).toMatchObject([{ measure: 'CPU a unit', value: 2.01 }]);
});

test('what is promised and was not measured, or is no number, fell', () => {
  expect(fallsOf({ 'units/s': 11 })).toMatchObject([{ measure: 'CPU a unit' }]);
  expect(fallsOf({ 'units/s': Number.NaN, 'CPU a unit': 1 })).toMatchObject([{ measure: 'units/s' }]);
});

test('what has no floor cannot fall, and a section without floors neither', () => {
  expect(fallsOf({ 'units/s': 11, 'CPU a unit': 1, other: 1e9 })).toEqual([]);
  expect(fallen('memory', { ratios: { bytes: 1e9 } }, FLOORS)).toEqual([]);
});

test('a ratio is held to its floor as any measure is', () => {
  const result = { ratios: { 'units/s': 1 }, measures: { 'CPU a unit': 1 } };
  expect(fallen('joins', result, FLOORS)).toMatchObject([{ section: 'joins', measure: 'units/s' }]);
});

test('only what falls both times is an alarm, with the value of the second time', () => {
  const first = fallsOf({ 'units/s': 1, 'CPU a unit': 1 });
  expect(fallenTwice(first, fallsOf({ 'units/s': 2, 'CPU a unit': 9 }))).toMatchObject([
    { measure: 'units/s', value: 2 },
  ]);
  expect(fallenTwice(first, fallsOf({ 'units/s': 20, 'CPU a unit': 9 }))).toEqual([]);
});

test('an alarm names section, measure, value and floor, and says when the machine was not quiet', () => {
  const [fall] = fallsOf({ 'units/s': 9, 'CPU a unit': 1 });
  expect(fallText(fall)).toBe('joins: units/s: 9, at least 10 is promised');
  expect(fallText({ ...fall, unrest: 'the machine was not quiet' })).toMatch(/promised; the machine was not quiet$/);
});
