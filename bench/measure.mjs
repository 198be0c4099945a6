import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Median and range of some figures. */
export function summary(numbers, digits = 0) {
  const round = (n) => Number(n.toFixed(digits));
  return { median: round(median(numbers)), min: round(Math.min(...numbers)), max: round(Math.max(...numbers)) };
}

/** Runs the contenders in turn, `rounds` times, so that the machine's moods meet all of them alike. */
export async function interleaved(contenders, rounds) {
  const figures = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(contenders)) figures[name].push(await measure(round));
  }
  return figures;
}

/** The median of the ratios round by round. */
export function ratio(figures, base, digits = 2) {
  return Number(median(figures.map((figure, round) => figure / base[round])).toFixed(digits));
}

export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'tusker-bench-'));
  return { file: (name) => join(path, name), remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A table in Markdown. */
export function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
