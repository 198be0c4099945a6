import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excerpt } from '../../src/dashboard/excerpt.js';
import { Histogram } from '../../src/dashboard/histogram.js';
import { indented } from '../../src/dashboard/pages/json-text.js';
import { lanesOf } from '../../src/dashboard/pages/lane-layout.js';
import type { UnitsAnswer } from '../../src/dashboard/wire.js';

describe('a histogram', () => {
  test('says percentiles to within a tenth, whatever the durations', () => {
    const durations = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(durations, fc.constantFrom(0.5, 0.95, 1), (all, share) => {
        const histogram = new Histogram();
        for (const one of all) histogram.add(one);
        const exact = [...all].sort((a, b) => a - b)[Math.ceil(all.length * share) - 1] ?? 0;
        const said = histogram.percentile(share) ?? Number.NaN;
        expect(Math.abs(said - exact)).toBeLessThanOrEqual(exact * 0.1 + 1);
      }),
    );
  });

  test('of two is that of all', () => {
    const [one, other, both] = [new Histogram(), new Histogram(), new Histogram()];
    for (const ms of [1, 5, 900]) one.add(ms);
    for (const ms of [3, 70_000]) other.add(ms);
    for (const ms of [1, 5, 900, 3, 70_000]) both.add(ms);
    one.addAll(other);
    expect([one.count, one.max, one.percentile(0.5)]).toEqual([5, 70_000, both.percentile(0.5)]);
  });

  test('of nothing says nothing', () => {
    expect(new Histogram().percentile(0.5)).toBeNull();
  });
});

describe('JSON with line breaks', () => {
  test('means the same', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(indented(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('looks as people write it', () => {
    expect(indented('{"a":[1,{"b":"x:y,{z}"}],"c":{},"d":[]}')).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": "x:y,{z}"\n    }\n  ],\n  "c": {},\n  "d": []\n}',
    );
  });

  test('keeps every digit and every key', () => {
    expect(indented('{"n":12345678901234567890,"n":1.0}')).toBe('{\n  "n": 12345678901234567890,\n  "n": 1.0\n}');
  });

  test('of the beginning of a text is the beginning', () => {
    expect(indented('{"a":"an open str')).toBe('{\n  "a": "an open str');
  });
});

describe('an excerpt', () => {
  test('never ends within a character', () => {
    const text = '😀'.repeat(10);
    expect(excerpt(text, 5)).toEqual({ text: '😀😀', bytes: 40, isWhole: false });
  });
});

describe('lanes', () => {
  const spans = fc.array(
    fc.record({
      holder: fc.integer({ min: 0, max: 60 }),
      from: fc.integer({ min: 0, max: 1000 }),
      took: fc.integer({ min: 0, max: 300 }),
    }),
    { minLength: 1, maxLength: 120 },
  );
  const unitsOf = (all: readonly { holder: number; from: number; took: number }[]): UnitsAnswer => ({
    now: 2000,
    incarnation: 1,
    omitted: 0,
    names: all.map((_, index) => String(index)),
    states: all.map(() => 'done'),
    holders: Array.from({ length: 61 }, (_, index) => `web-${index}`),
    holder: all.map(({ holder }) => holder),
    lockedAt: all.map(({ from }) => from),
    until: all.map(({ from, took }) => from + took),
    endedAt: all.map(({ from, took }) => from + took),
  });

  test('show every unit once, at most forty of them', () => {
    fc.assert(
      fc.property(spans, (all) => {
        const lanes = lanesOf(unitsOf(all), 2000);
        expect(lanes.length).toBeLessThanOrEqual(40);
        const shown = lanes.flatMap(({ bars }) => bars.map(({ index }) => index)).sort((a, b) => a - b);
        expect(shown).toEqual(all.map((_, index) => index));
      }),
    );
  });

  test('never draw two units that were held together over each other, while there is room', () => {
    fc.assert(
      fc.property(spans, (all) => {
        for (const { bars, lines } of lanesOf(unitsOf(all), 2000)) {
          if (lines === 8) continue;
          for (const [place, one] of bars.entries()) {
            const others = bars.slice(place + 1).filter(({ line }) => line === one.line);
            expect(others.every(({ from }) => from >= one.to)).toBe(true);
          }
        }
      }),
    );
  });
});
