import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHANNELS, NOTES } from '../../src/index.js';
import { metrics } from '../../src/telemetry/index.js';
import { inMemory } from '../tuskers.js';
import { ROOT } from './installed.js';

const page = readFileSync(join(ROOT, 'docs/observability.md'), 'utf8');
/** The first cells of the tables' rows. */
const firstCells = [...page.matchAll(/^\| (.*?) \|/gm)].map((match) => match[1] ?? '').join('\n');

test('the docs have a row for each channel', () => {
  const keys = [...Object.keys(CHANNELS), ...Object.keys(NOTES)];
  expect(keys.filter((key) => !firstCells.includes(`\`${key}\``))).toEqual([]);
});

test('the docs have a row for each metric, and for none that is not there', async () => {
  const { text, stop } = metrics(inMemory());
  const names = [...(await text()).matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1]);
  stop();
  expect([...firstCells.matchAll(/`(tusker_\w+)`/g)].map((match) => match[1])).toEqual(names);
});
