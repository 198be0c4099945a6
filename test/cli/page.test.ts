import { describe, expect, test } from 'vitest';
import { getsColours, Palette } from '../../src/cli/colours.js';
import { columnsOf, cutTo } from '../../src/cli/columns.js';
import { timeSpan } from '../../src/cli/text.js';
import type { Look } from '../../src/cli/watch/look.js';
import { composePage } from '../../src/cli/watch/page.js';
import { RateMeter } from '../../src/cli/watch/rates.js';
import { sparkline } from '../../src/cli/watch/words.js';

const NONE = {
  open: 0,
  locked: 0,
  released: 0,
  delayed: 0,
  processing: 0,
  tombstones: 0,
  deadLetters: 0,
  unacknowledged: 0,
};
const stats = (given: Partial<Look['stats']>): Look['stats'] => ({ ...NONE, completed: 0, failed: 0, ...given });

describe('rates', () => {
  test('what arrives is what is there and what has ended, over the time of the looks', () => {
    const meter = new RateMeter();
    meter.add(stats({ open: 5 }), 1000);
    meter.add(stats({ open: 5, completed: 20, failed: 1 }), 6000);
    expect(meter.over(10_000)).toEqual({ arrived: 4.2, completed: 4, failed: 0.2 });
    expect(meter.steps('completed')).toEqual([4]);
  });

  test('one look has no rate, and looks older than the span count no more', () => {
    const meter = new RateMeter();
    meter.add(stats({}), 0);
    expect(meter.over(10_000).completed).toBeNull();
    meter.add(stats({ completed: 600 }), 30_000);
    meter.add(stats({ completed: 610 }), 35_000);
    expect(meter.over(10_000).completed).toBe(2);
    expect(meter.over(60_000).completed).toBeCloseTo(610 / 35);
    meter.add(stats({ completed: 610 }), 300_000);
    expect(meter.over(60_000).completed).toBeNull();
  });
});

describe('a page', () => {
  const waiting = { since: 0, age: 5000, now: 5000, state: 'locked' } as const;
  const look: Look = {
    stats: stats({ locked: 3 }),
    oldest: ['日本語の曲 🎵', 'a'.repeat(300), 'song'].map((task) => ({
      ...waiting,
      task,
      waitsFor: [{ what: 'lock', unit: '7', holder: 'h'.repeat(200), until: 65_000, count: 2 }],
    })),
    isOfSome: false,
  };
  const page = (columns: number, rows: number, palette = new Palette(false)): string[] =>
    composePage(
      { title: 'tusker', look, meter: new RateMeter(), trouble: undefined, footer: 'q quits' },
      { columns, rows },
      palette,
    );

  test.each([
    [200, 60],
    [100, 30],
    [80, 24],
    [40, 12],
    [20, 5],
    [1, 1],
  ])('fills %i columns and %i lines, and no more, with and without colours', (columns, rows) => {
    for (const palette of [new Palette(false), new Palette(true)]) {
      const lines = page(columns, rows, palette);
      expect(lines).toHaveLength(rows);
      expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(columns);
    }
  });

  test('says what is wrong with the store', () => {
    const shown = {
      title: 'tusker',
      look,
      meter: new RateMeter(),
      trouble: 'The store has not answered for 5.0 s.',
      footer: '',
    };
    expect(composePage(shown, { columns: 80, rows: 24 }, new Palette(false))).toContain(shown.trouble);
  });
});

describe('text on a terminal', () => {
  test.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['🎵', 2],
    ['\u001b[31mred\u001b[0m', 3],
  ])('%j takes %i columns', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  test('what is cut keeps its colours and ends them', () => {
    expect(cutTo(4, 'abcdef')).toBe('abc…');
    expect(cutTo(6, 'abcdef')).toBe('abcdef');
    expect(cutTo(3, '日本語')).toBe('日…');
    expect(cutTo(3, '\u001b[31mabcdef\u001b[0m')).toBe('\u001b[31mab…\u001b[0m');
  });

  test.each([
    [0, '0.0 s'],
    [9_949, '9.9 s'],
    [90_000, '90 s'],
    [7_000_000, '117 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
    [-5, '0.0 s'],
  ])('%i ms is %s', (ms, text) => {
    expect(timeSpan(ms)).toBe(text);
  });

  test('bars are as high as their share of the highest', () => {
    expect(sparkline([0, 5, 10], 10)).toBe('▁▅█');
    expect(sparkline([1, 0, 0], 2)).toBe('▁▁');
  });
});

describe('colours', () => {
  const terminal = { isTTY: true };
  test.each([
    ['a terminal', terminal, {}, true],
    ['no terminal', {}, {}, false],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
    ['FORCE_COLOR without a terminal', {}, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR over NO_COLOR', {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
  ])('%s', (_, stream, env, has) => {
    expect(getsColours(stream, env)).toBe(has);
  });
});
