// npm run bench [-- --quick] [-- --only pairs,growth,fairness,waking]
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { growth } from './growth.mjs';
import { pairs } from './pairs.mjs';
import { fairness, waking } from './processes.mjs';

const BENCHES = { pairs, growth, fairness, waking };

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' } } });
const settings = values.quick ? { rounds: 3, seconds: 1, quick: true } : { rounds: 5, seconds: 3, quick: false };
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;

console.log(`${machine}; medians of ${settings.rounds} interleaved rounds\n`);
const results = {};
for (const name of values.only?.split(',') ?? Object.keys(BENCHES)) {
  const { title, text, figures } = await BENCHES[name](settings);
  console.log(`## ${title}\n\n${text}\n`);
  results[name] = { title, figures };
}
if (!values.quick && !values.only) {
  const report = { machine, date: new Date().toISOString().slice(0, 10), results };
  mkdirSync(new URL('results', import.meta.url), { recursive: true });
  writeFileSync(new URL('results/embedded.json', import.meta.url), `${JSON.stringify(report, null, 2)}\n`);
}
