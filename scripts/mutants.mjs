// npm run mutants -- [--area client,worker] [--name a,b] [--whole] [--jobs N] [--list] [--json FILE] [--stryker]
// Breaks one guard at a time, in a copy of the tree, and shows that the tests see it. mutants/README.md tells the rest.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isOfWaiting, patchProblems, readPatches } from './mutants/patches.mjs';
import { failuresOf, lineOf, seconds, summaryOf } from './mutants/report.mjs';
import { runTests, tryPatch } from './mutants/trial.mjs';
import { WorkingCopy } from './mutants/working-copy.mjs';
import { tool } from './run.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const { values } = parseArgs({
  options: {
    area: { type: 'string' },
    name: { type: 'string' },
    whole: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    list: { type: 'boolean', default: false },
    json: { type: 'string' },
    stryker: { type: 'boolean', default: false },
  },
});
const jobs = Number(values.jobs);
if (!Number.isInteger(jobs) || jobs < 1) fail(['--jobs: a whole number from 1']);

const all = await readPatches(ROOT);
const areas = new Set(all.map(({ area }) => area));
const names = new Set(all.map(({ name }) => name));
const patches = all.filter(
  ({ area, name }) =>
    chosen('area', areas)?.includes(area) !== false && chosen('name', names)?.includes(name) !== false,
);
if (values.stryker) tool('@stryker-mutator/core#stryker', 'run', '--concurrency', `${jobs}`);
else if (values.list) list();
else await tryAll();

/** What an option lists, or nothing when it was not given. */
function chosen(option, known) {
  const wanted = values[option]?.split(',');
  const unknown = wanted?.filter((word) => !known.has(word)) ?? [];
  if (unknown.length > 0) fail([`--${option}: there is no ${unknown.join(', ')}`]);
  return wanted;
}

function list() {
  for (const { area, name, promise } of patches) console.log(`${area}/${name}: ${promise}`);
  const waiting = patches.filter(isOfWaiting).length;
  console.log(`${patches.length} patches, ${waiting} of them in client, worker, waiting and delivery`);
}

async function tryAll() {
  const problems = patchProblems(ROOT, patches);
  if (problems.length > 0) fail(problems);
  const copies = Array.from({ length: jobs }, () => new WorkingCopy(ROOT, filesOfTree()));
  const removeCopies = () => {
    for (const copy of copies) copy.remove();
  };
  process.on('exit', removeCopies);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])
    process.once(signal, () => process.exit(code));

  const flags = jobs > 1 ? ['--maxWorkers=1'] : [];
  const times = await timesWithoutPatch(copies, flags);
  const results = await spread(copies, patches, async (copy, patch) => {
    const result = await tryPatch(copy, patch, { times, whole: values.whole && !patch.survives, flags });
    console.log(lineOf(result));
    return result;
  });
  console.log(summaryOf(results));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
  const failures = failuresOf(results);
  if (failures.length > 0) fail(failures);
}

/** Each listed file of tests, run once on the tree as it is: how long it takes, in ms. All must pass. */
async function timesWithoutPatch(copies, flags) {
  const tests = [...new Set(patches.flatMap((patch) => patch.tests))].sort();
  const times = new Map();
  const red = [];
  await spread(copies, tests, async (copy, test) => {
    const { verdict, ms, by, why } = await runTests(copy, [test], { flags });
    console.log(`${verdict === 'survived' ? 'passes' : 'FAILS'} ${seconds(ms)}  ${test}`);
    times.set(test, ms);
    if (verdict !== 'survived') red.push(`${test} fails without a patch: ${by ?? why}`);
  });
  if (red.length > 0) fail([...red, 'tests that fail by themselves show nothing']);
  return times;
}

/** Does a job on each item, one at a time in each copy; gives the results in the order of the items. */
async function spread(copies, items, job) {
  const results = [];
  let next = 0;
  const one = async (copy) => {
    while (next < items.length) {
      const place = next++;
      results[place] = await job(copy, items[place]);
    }
  };
  await Promise.all(copies.map(one));
  return results;
}

function filesOfTree() {
  const { stdout, status } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) fail(['git could not list the files of this tree']);
  return stdout.split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

function fail(lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}
