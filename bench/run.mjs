// npm run bench [-- section …] [--quick] [--check] [--into folder]; npm run bench -- guard: see guard/run.mjs.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { exitOnSignals } from './harness/end-with-process.mjs';
import { fallen, fallenTwice, fallText } from './harness/floors.mjs';
import { machine, machineLine, unquiet } from './harness/machine.mjs';
import { installPeers } from './harness/peers.mjs';
import { countingProblem } from './harness/programs.mjs';
import { watched } from './harness/quiet.mjs';
import { keep, RESULTS, sectionText, writePage } from './harness/report.mjs';
import { COUNTING, FULL, PAGE, QUICK, SECTIONS } from './harness/sections.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    check: { type: 'boolean' },
    only: { type: 'string' },
    into: { type: 'string' },
    runs: { type: 'string' },
    slowed: { type: 'string' },
  },
});
exitOnSignals();
if (positionals[0] === 'guard') {
  const { guard } = await import('./guard/run.mjs');
  process.exitCode = await guard({ runs: values.runs, slowed: values.slowed, only: positionals.slice(1) });
} else process.exitCode = await bench();

async function bench() {
  const chosen = [...positionals, ...(values.only?.split(',') ?? [])];
  const names = chosen.length > 0 ? chosen : Object.keys(SECTIONS);
  const problem = problemOf(names);
  if (problem) {
    console.error(problem);
    return 2;
  }
  installPeers();
  const settings = values.quick ? QUICK : FULL;
  const here = machine();
  console.log(`${machineLine(here)}; ${settings.rounds} interleaved rounds of ${settings.seconds} s\n`);
  const warning = unquiet(here);
  if (warning) console.warn(`${warning}\n`);
  // A quick run is for a look or a check: by itself only a full one is kept.
  const given = values.into && pathToFileURL(`${resolve(values.into)}/`);
  const folder = given ?? (values.quick ? undefined : RESULTS);
  const falls = [];
  for (const name of names) {
    const measure = await SECTIONS[name]();
    const once = () => measureOnce(name, measure, settings);
    const { result, seconds, unrest } = await once();
    if (folder) keep(folder, name, { ...here, unrest }, seconds, result);
    if (values.check) falls.push(...(await confirmed(name, fallen(name, result), once)));
  }
  if (folder) writePage(folder, PAGE);
  if (!values.check) return 0;
  for (const fall of falls) console.error(`fell: ${fallText(fall)}`);
  if (falls.length === 0) console.log('All floors hold.');
  return falls.length > 0 ? 1 : 0;
}

function problemOf(names) {
  const unknown = names.filter((name) => !SECTIONS[name]);
  if (unknown.length > 0) {
    return `${unknown.join(', ')}: the sections are ${Object.keys(SECTIONS).join(', ')}; guard tests the guard itself`;
  }
  return names.some((name) => COUNTING.includes(name)) ? countingProblem() : undefined;
}

async function measureOnce(name, measure, settings) {
  const start = performance.now();
  const { value: result, unrest } = await watched(() => measure(settings));
  const seconds = (performance.now() - start) / 1000;
  console.log(`${sectionText(result)}\n\n(${Math.round(seconds)} s)\n`);
  if (unrest) console.warn(`${name}: ${unrest}\n`);
  return { result, seconds, unrest };
}

/** What falls is measured once more before it is an alarm: what comes of the machine seldom comes twice. */
async function confirmed(name, falls, once) {
  if (falls.length === 0) return [];
  for (const fall of falls) console.warn(`below its floor: ${fallText(fall)}`);
  console.warn(`${name} is measured once more.\n`);
  const { result, unrest } = await once();
  return fallenTwice(falls, fallen(name, result)).map((fall) => ({ ...fall, unrest }));
}
