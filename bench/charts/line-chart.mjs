import { logScale, short } from './scale.mjs';
import { document, fixed, LINE_COLOURS, line, text } from './svg.mjs';

const WIDTH = 860;
const LEFT = 64;
const PLOT = 560;
const TOP = 62;
const HEIGHT = 300;
const LABEL_GAP = 17;

/** Lines over two logarithmic axes. A line: `{ name, points: [[x, y], …] }`; each is named at its right end. */
export function lineChart({ title, xTitle, yTitle, lines }) {
  const points = lines.flatMap((one) => one.points);
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [xScale, yScale] = [logScale(Math.min(...xs), Math.max(...xs)), logScale(Math.min(...ys), Math.max(...ys))];
  const x = (value) => LEFT + PLOT * xScale.at(value);
  const y = (value) => TOP + HEIGHT * (1 - yScale.at(value));
  const body = [
    text(0, 22, title, { kind: 'title' }),
    text(0, 42, `${yTitle}; both axes are logarithmic: flat means that size does not matter`, { kind: 'small' }),
    ...yScale.ticks.flatMap((tick) => [
      line(LEFT, y(tick), LEFT + PLOT, y(tick), 'grid'),
      text(LEFT - 8, y(tick) + 4, short(tick), { kind: 'small', anchor: 'end' }),
    ]),
    ...xScale.ticks.flatMap((tick) => [
      line(x(tick), TOP, x(tick), TOP + HEIGHT, 'grid'),
      text(x(tick), TOP + HEIGHT + 18, short(tick), { kind: 'small', anchor: 'middle' }),
    ]),
    text(LEFT + PLOT / 2, TOP + HEIGHT + 38, xTitle, { kind: 'small', anchor: 'middle' }),
  ];
  const ends = apart(lines.map((one) => y(one.points.at(-1)[1])));
  lines.forEach(({ name, points: own }, i) => {
    const colour = LINE_COLOURS[i % LINE_COLOURS.length];
    const path = own.map(([px, py]) => `${fixed(x(px))},${fixed(y(py))}`).join(' ');
    const [endX, endY] = own.at(-1);
    body.push(
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`,
      ...own.map(([px, py]) => `<circle cx="${fixed(x(px))}" cy="${fixed(y(py))}" r="3.5" fill="${colour}"/>`),
      `<line x1="${fixed(x(endX) + 6)}" y1="${fixed(y(endY))}" x2="${fixed(x(endX) + 20)}" y2="${fixed(ends[i])}" stroke="${colour}" stroke-opacity=".6"/>`,
      text(x(endX) + 24, ends[i] + 4, `${name}: ${short(endY)}`),
    );
  });
  return document(WIDTH, TOP + HEIGHT + 52, title, body);
}

/** Heights of labels, moved so that none lies upon another. */
function apart(heights) {
  const order = heights.map((height, index) => ({ height, index })).sort((a, b) => a.height - b.height);
  let last = Number.NEGATIVE_INFINITY;
  for (const label of order) {
    label.height = Math.max(label.height, last + LABEL_GAP);
    last = label.height;
  }
  // What was pushed out below moves back up.
  let limit = TOP + HEIGHT + LABEL_GAP / 2;
  for (const label of order.reverse()) {
    label.height = Math.min(label.height, limit);
    limit = label.height - LABEL_GAP;
  }
  const moved = [];
  for (const { height, index } of order) moved[index] = height;
  return moved;
}
