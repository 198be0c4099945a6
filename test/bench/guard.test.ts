import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, expect, test } from 'vitest';
// @ts-expect-error the bench has no types
import { SLOWDOWNS, slowedCopy } from '../../bench/guard/slowed.mjs';
// @ts-expect-error the bench has no types
import { guardReport } from '../../bench/guard/verdict.mjs';
// @ts-expect-error the bench has no types
import { FLOORS } from '../../bench/harness/floors.mjs';
import { builtPackage } from '../harness/shared.js';

const removals: (() => void)[] = [];
afterEach(() => {
  for (const remove of removals.splice(0)) remove();
});

const run = (units: number, alarms: string[] = []): object => ({
  alarms,
  repeated: [],
  unrest: [],
  seconds: 100,
  kept: { joins: { ratios: { 'units/s': units } } },
});
const FLOOR = { joins: { 'units/s': { atLeast: 10 } } };
const FELL = 'joins: units/s: 9, at least 10 is promised';

test('a guard is to be believed when no run as it is had an alarm, and each slowdown had one in its section', () => {
  const tried = [{ section: 'joins', about: 'slower', checks: [run(9, [FELL]), run(9, [FELL])] }];
  const report = guardReport([run(12), run(11)], tried, FLOOR);
  expect(report).toMatchObject({ isBelievable: true, figures: { falseAlarms: 0, misses: 0 } });
  expect(report.tables[1].rows).toEqual([['joins', 'slower', '2 of 2', 'units/s']]);
  expect(report.tables[2].rows).toEqual([['joins: units/s', 11, 11.5, 12, '≥ 10', '10 %']]);
  expect(report.tables[3].rows).toEqual([['joins: units/s', 'slower', 11, 9, 10, 10]]);
});

test('a false alarm, a slowdown that went unseen, and one that another section saw, each make it unbelievable', () => {
  const seen = { section: 'joins', about: 'slower', checks: [run(9, [FELL])] };
  expect(guardReport([run(12), run(9, [FELL])], [seen], FLOOR)).toMatchObject({
    figures: { falseAlarms: 1, misses: 0 },
  });
  const unseen = { ...seen, checks: [run(9, [FELL]), run(12)] };
  expect(guardReport([run(12)], [unseen], FLOOR)).toMatchObject({ isBelievable: false, figures: { misses: 1 } });
  const elsewhere = { ...seen, checks: [run(12, ['memory: bytes: 9, at most 8 is promised'])] };
  expect(guardReport([run(12)], [elsewhere], FLOOR)).toMatchObject({ isBelievable: false, figures: { misses: 1 } });
});

beforeAll(async () => {
  await builtPackage();
});

test('each section with floors has a slowdown that it must catch', () => {
  const sections = new Set(SLOWDOWNS.map(({ section }: { section: string }) => section));
  expect([...sections].sort()).toEqual(Object.keys(FLOORS).sort());
});

test('a slowed copy of the library works as the library does, and its server side goes by another name', async () => {
  const slow = slowedCopy({ lock: () => 1, unit: () => 3 }, {});
  removals.push(slow.remove);
  const { createTusker } = await import(pathToFileURL(join(slow.dist, 'index.js')).href);
  const tusker = createTusker('memory:');
  const lock = await tusker.lock('song', 'unit');
  expect(lock.unit).toBe('unitxxx');
  await lock.unlock();
  await tusker.stop();
  const looping = slowedCopy({ lua: () => 'for _ = 1, 5 do end' }, {});
  removals.push(looping.remove);
  const library = readFileSync(join(looping.dist, 'stores/redis/library.generated.js'), 'utf8');
  expect(library).toContain('function apply()\nfor _ = 1, 5 do end\n');
  expect(library).not.toContain(
    /LIBRARY_NAME = '(\w+)'/.exec(readFileSync('build/stores/redis/library.generated.js', 'utf8'))?.[1],
  );
});
