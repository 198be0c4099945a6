import { linearScale, logScale, short } from './scale.mjs';
import { document, fixed, line, text } from './svg.mjs';

const WIDTH = 860;
const NAMES = 270;
const FIGURES = 80;
const ROW = 24;
const BAR = 14;
const GROUP_HEAD = 34;
const TOP = 62;

/**
 * Horizontal bars in groups, the median as length and the range as a line. A group: `{ title, bars: [{ name, median, min,
 * max, isOwn }] }`.
 */
export function barChart({ title, unit, note = 'median, the thin line is the range', groups, isLogarithmic = false }) {
  const values = groups.flatMap(({ bars }) => bars.flatMap(({ median, min, max }) => [median, min, max]));
  const [smallest, largest] = [Math.min(...values.filter((value) => value > 0)), Math.max(...values)];
  const scale = isLogarithmic ? logScale(smallest / 1.5, largest) : linearScale(largest);
  const span = WIDTH - NAMES - FIGURES;
  const x = (value) => NAMES + span * Math.max(0, scale.at(value));
  const rows = groups.reduce((sum, { bars }) => sum + bars.length, 0);
  const bottom = TOP + groups.length * GROUP_HEAD + rows * ROW;
  const body = [
    text(0, 22, title, { kind: 'title' }),
    text(0, 42, `${unit}; ${note}${isLogarithmic ? '; logarithmic' : ''}`, { kind: 'small' }),
    ...scale.ticks.flatMap((tick) => [
      line(x(tick), TOP, x(tick), bottom, 'grid'),
      text(x(tick), bottom + 18, short(tick), { kind: 'small', anchor: 'middle' }),
    ]),
  ];
  let y = TOP;
  for (const group of groups) {
    body.push(text(0, y + 22, group.title, { kind: 'group' }));
    y += GROUP_HEAD;
    for (const bar of group.bars) {
      body.push(...row(bar, x, y));
      y += ROW;
    }
  }
  return document(WIDTH, bottom + 28, title, body);
}

function row({ name, median, min, max, isOwn }, x, y) {
  const middle = y + ROW / 2;
  const width = Math.max(1, x(median) - NAMES);
  return [
    text(NAMES - 10, middle + 4, name, { kind: isOwn ? 'own' : undefined, anchor: 'end' }),
    `<rect x="${NAMES}" y="${fixed(middle - BAR / 2)}" width="${fixed(width)}" height="${BAR}" rx="2" class="${isOwn ? 'own-bar' : 'peer-bar'}"/>`,
    line(x(min), middle, x(max), middle, 'range'),
    text(x(max) + 8, middle + 4, short(median), { kind: isOwn ? 'own' : undefined }),
  ];
}
