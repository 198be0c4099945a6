// Random work for as long as one likes: the random tests round after round, each round from another seed, until the minutes
// are over or one fails. Ends with the command that repeats the failure.
//   npm run test:long -- --minutes 60 --seed 1 --budget 5
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Files walk several histories at once, from neighbouring seeds: those of two rounds must not meet. */
const APART = 1000;
const FILES = ['test/model', 'test/faults/kill.test.ts', 'test/redis/cuts.test.ts'];

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, budget: { type: 'string' } },
  allowPositionals: true,
});
const minutes = number('minutes', values.minutes ?? '10');
const first = whole('seed', values.seed ?? String(Math.floor(Math.random() * 2 ** 31)));
const budget = number('budget', values.budget ?? '5');
const files = positionals.length > 0 ? positionals : FILES;

const end = performance.now() + minutes * 60_000;
let steps = 0;
let rounds = 0;
for (let seed = first; rounds === 0 || performance.now() < end; seed += APART) {
  const { status, output } = await round(seed);
  rounds++;
  for (const [, count] of output.matchAll(/^(\d+) steps$/gm)) steps += Number(count);
  if (status !== 0) {
    console.error(output);
    console.error(`failed with seed ${seed}, in round ${rounds}, after ${steps} steps of histories; again by:`);
    console.error(`TUSKER_SEED=${seed} TUSKER_BUDGET=${budget} node_modules/.bin/vitest run ${files.join(' ')}`);
    process.exit(1);
  }
  console.log(`seed ${seed}: passed; ${rounds} rounds, ${steps} steps of histories so far`);
}

/** One run of the files; what it printed, without colours. */
function round(seed) {
  const env = { ...process.env, TUSKER_SEED: String(seed), TUSKER_BUDGET: String(budget), NO_COLOR: '1' };
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--bail=1', ...files];
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

function whole(name, text) {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  console.error(`--${name} is ${text}; allowed: a whole number`);
  return process.exit(2);
}

function number(name, text) {
  const value = Number(text);
  if (value > 0) return value;
  console.error(`--${name} is ${text}; allowed: a number above 0`);
  return process.exit(2);
}
