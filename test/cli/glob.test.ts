import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Glob } from '../../src/cli/glob.js';

test.each([
  ['song-*', 'song-1', true],
  ['song-*', 'song-', true],
  ['song-*', 'a-song-1', false],
  ['*-1', 'song-1-1', true],
  ['s?ng', 'söng', true],
  ['?', '🎵', true],
  ['?', 'ab', false],
  ['*', '', true],
  ['a.c', 'abc', false],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['a*\n*b', 'a\nb', true],
  ['\\', '\\', true],
])('%j and %j: %s', (pattern, name, fits) => {
  expect(new Glob(pattern).matches(name)).toBe(fits);
});

test('it fits where the regular expression of the same meaning does', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
  const names = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
  fc.assert(
    fc.property(letters, names, (pattern, name) => {
      const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
      expect(new Glob(pattern).matches(name)).toBe(same.test(name));
    }),
    { numRuns: 2000 },
  );
});

test('a pattern of many stars takes no more time than its length', () => {
  const from = performance.now();
  expect(new Glob('*a'.repeat(200)).matches(`${'a'.repeat(511)}b`)).toBe(false);
  expect(performance.now() - from).toBeLessThan(1000);
});
