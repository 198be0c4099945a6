import { readable } from './measure.mjs';

/** A table in Markdown whose source is aligned too: it is read on a terminal as well. */
export function table({ heads, rows }) {
  const cells = [heads, ...rows.map((row) => row.map(readable))];
  const widths = heads.map((_, column) => Math.max(3, ...cells.map((row) => (row[column] ?? '').length)));
  const line = (row) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const [head, ...body] = cells;
  return [line(head), rule, ...body.map(line)].join('\n');
}

/** Median and range in one cell. */
export function ranged({ median, min, max }) {
  return `${readable(median)} (${readable(min)}–${readable(max)})`;
}
