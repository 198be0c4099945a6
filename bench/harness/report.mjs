import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { machineLine, unquiet } from './machine.mjs';
import { table } from './table.mjs';

/** Where the committed results are. */
export const RESULTS = new URL('../results/', import.meta.url);

/** A section's tables as Markdown, for the terminal and for the page. */
export function sectionText({ title, notes = [], tables, ratios }) {
  const parts = tables.map((one) => `### ${one.title}\n\n${table(one)}`);
  const measured = Object.entries(ratios);
  if (measured.length > 0) parts.push(`### Ratios\n\n${table({ heads: ['', 'measured'], rows: measured })}`);
  return [`## ${title}`, ...notes, ...parts].join('\n\n');
}

/** Writes `name.json` and the charts into a folder. */
export function keep(folder, name, machine, seconds, { charts = {}, ...section }) {
  mkdirSync(folder, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const kept = { date, machine, seconds: Math.round(seconds), ...section, charts: Object.keys(charts) };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(kept, null, 2)}\n`);
  for (const [file, svg] of Object.entries(charts)) writeFileSync(new URL(`${file}.svg`, folder), svg);
}

/** Writes README.md out of the JSON files that are in the folder. */
export function writePage(folder, order) {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  const kept = order
    .filter((name) => files.includes(`${name}.json`))
    .map((name) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')));
  const sections = kept.map((section) => {
    const [head, ...rest] = sectionText(section).split('\n\n');
    const images = section.charts.map((file) => `![${section.title}](${file}.svg)`);
    const unrest = section.isCounted ? undefined : unquiet(section.machine);
    const about = [`${section.date}; ${machineLine(section.machine)}.`, unrest];
    return [head, ...about.filter(Boolean), ...images, ...rest].join('\n\n');
  });
  const page = [
    '# Results',
    'Written by `npm run bench`. What each section measures and how to read it: [docs/performance.md](../../docs/performance.md).',
    ...sections,
  ];
  writeFileSync(new URL('README.md', folder), `${page.join('\n\n')}\n`);
}
