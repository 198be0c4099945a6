import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareNatural, sortNatural } from '../../src/index.js';

/** The order as it is told: runs of digits by their number, all else by UTF-16 code unit; then by length, then plainly. */
function compareAsTold(a: string, b: string): number {
  const [left = [], right = []] = [a, b].map((name): string[] => name.match(/\d+|[^\d]/g) ?? []);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [one, other] = [left[i] as string, right[i] as string];
    const areNumbers = /\d/.test(one) && /\d/.test(other);
    const order = areNumbers ? Number(BigInt(one) - BigInt(other)) : one.charCodeAt(0) - other.charCodeAt(0);
    if (order !== 0) return Math.sign(order);
  }
  const order = left.length - right.length || a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
  return Math.sign(order);
}

const names = fc.oneof(
  fc.stringMatching(/^[ab0-2./:~-]{0,8}$/),
  fc.stringMatching(/^part-\d{1,30}$/),
  fc.string({ unit: 'binary' }),
);

describe('natural order', () => {
  test('is that of the numbers in names', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(Math.sign(compareNatural(a, b))).toBe(compareAsTold(a, b));
      }),
    );
  });

  test('knows no longest number', () => {
    const zeros = '0'.repeat(65_535);
    expect(compareNatural(`1${zeros}`, '5')).toBeGreaterThan(0);
    expect(compareNatural(`1${zeros}`, `1${zeros}0`)).toBeLessThan(0);
  });

  test('sorts as it compares', () => {
    fc.assert(
      fc.property(fc.array(names, { maxLength: 30 }), (list) => {
        expect(sortNatural(list)).toEqual([...list].sort(compareAsTold));
      }),
    );
  });

  test.each([
    [
      ['chunk-10', 'chunk-2', 'chunk-1'],
      ['chunk-1', 'chunk-2', 'chunk-10'],
    ],
    [
      ['a02', 'a2', 'a1', 'a'],
      ['a', 'a1', 'a2', 'a02'],
    ],
    [
      ['10b', '9z', '10a', '-'],
      ['-', '9z', '10a', '10b'],
    ],
    [
      ['1\u0001', '11', '1', '1/', '1:'],
      ['1', '1\u0001', '1/', '1:', '11'],
    ],
    [
      ['000', '00', '0', '1'],
      ['0', '00', '000', '1'],
    ],
  ])('%j', (given, sorted) => {
    expect(sortNatural(given)).toEqual(sorted);
  });
});
