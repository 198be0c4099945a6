// npm run bench [-- --quick] [--check] [--only per-unit,joins] [--into folder]
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { exitOnSignals } from './harness/end-with-process.mjs';
import { fallen } from './harness/floors.mjs';
import { machine, machineLine, unquiet } from './harness/machine.mjs';
import { installPeers } from './harness/peers.mjs';
import { keep, RESULTS, sectionText, writePage } from './harness/report.mjs';

/** They are loaded when the peers are there. */
const SECTIONS = {
  'per-unit': async () => (await import('./per-unit/section.mjs')).perUnit,
  joins: async () => (await import('./joins/section.mjs')).joins,
  latency: async () => (await import('./latency/section.mjs')).latency,
  memory: async () => (await import('./memory/section.mjs')).memory,
  growth: async () => (await import('./growth/section.mjs')).growth,
  embedded: async () => (await import('./embedded/section.mjs')).embedded,
  cluster: async () => (await import('./cluster/section.mjs')).cluster,
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    check: { type: 'boolean' },
    only: { type: 'string' },
    into: { type: 'string' },
  },
});
const settings = values.quick ? { quick: true, rounds: 3, seconds: 0.5 } : { quick: false, rounds: 5, seconds: 1 };
const names = values.only?.split(',') ?? Object.keys(SECTIONS);
const unknown = names.filter((name) => !SECTIONS[name]);
if (unknown.length > 0) {
  console.error(`--only ${unknown.join(',')}: the sections are ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(2);
}

/** A quick run is for a look or a check: by itself only a full one is kept. */
const given = values.into && pathToFileURL(`${resolve(values.into)}/`);
const folder = given ?? (values.quick ? undefined : RESULTS);

exitOnSignals();

installPeers();
const here = machine();
console.log(`${machineLine(here)}; medians of ${settings.rounds} interleaved rounds\n`);
const warning = unquiet(here);
if (warning) console.warn(`${warning}\n`);
const results = {};
for (const name of names) {
  const measure = await SECTIONS[name]();
  const start = performance.now();
  const result = await measure(settings);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${sectionText(result)}\n\n(${Math.round(seconds)} s)\n`);
  results[name] = result;
  if (folder) keep(folder, name, here, seconds, result);
}
if (folder) writePage(folder, Object.keys(SECTIONS));
if (values.check) {
  const falls = fallen(results);
  for (const fall of falls) console.error(`fell: ${fall}`);
  if (falls.length === 0) console.log('All ratios hold.');
  process.exitCode = falls.length > 0 ? 1 : 0;
}
