import type { Stats } from '../../index.js';
import type { Palette } from '../colours.js';
import { columnsOf, cutTo } from '../columns.js';
import { printable, timeSpan } from '../text.js';
import type { Look, WaitingTask } from './look.js';
import type { Flow, RateMeter } from './rates.js';
import { FLOWS } from './rates.js';
import { rateText, sparkline, waitingText } from './words.js';

/** The counters with what they mean, in the order of a task's way. */
export const COUNTERS: readonly (readonly [keyof Stats, string])[] = [
  ['open', 'taking units'],
  ['locked', 'closed, waiting for units'],
  ['released', 'ready for a worker'],
  ['delayed', 'waiting for their next attempt'],
  ['processing', 'being merged'],
  ['completed', 'ever'],
  ['failed', 'ever'],
  ['tombstones', 'completed ones kept now'],
  ['deadLetters', 'failed ones kept now'],
  ['unacknowledged', 'of these not acknowledged'],
];

/** Of the names of the counters, with a gap. */
export const NAME_WIDTH = 16;

/** Rates are over so many ms, and over a minute. */
export const RECENT = 10_000;
export const MINUTE = 60_000;
/** Below it the rates stand under the counters. */
const NARROW = 90;
/** Below it the counters take a line or two. */
const SHORT = 24;
const CHART = 30;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}
export interface Shown {
  readonly title: string;
  readonly look: Look;
  readonly meter: RateMeter;
  /** What is wrong with the store, if something is. */
  readonly trouble: string | undefined;
  readonly footer: string;
}

/** The page as lines that fit. */
export function composePage(shown: Shown, size: Size, palette: Palette): string[] {
  const { title, look, trouble, footer } = shown;
  const head = [palette.bold(title), ...(trouble === undefined ? [''] : [palette.alarm(trouble), ''])];
  const lines = [...head, ...topLines(shown, size, palette), '', ...oldestLines(look, palette)];
  const room = Math.max(1, size.rows - 1);
  const body = lines.slice(0, room);
  while (body.length < room) body.push('');
  return [...body, palette.dim(footer)].slice(0, size.rows).map((line) => cutTo(size.columns, line));
}

/** The counters and the rates, as there is room. */
function topLines({ look, meter }: Shown, { columns, rows }: Size, palette: Palette): string[] {
  const rates = rateLines(meter, palette, columns);
  if (rows < SHORT) return [...compactCounters(look.stats, columns, palette), '', ...rates];
  const counters = counterLines(look.stats, palette);
  return columns < NARROW ? [...counters, '', ...rates] : sideBySide(counters, rates);
}

function compactCounters(stats: Stats, columns: number, palette: Palette): string[] {
  const lines = [''];
  for (const [key] of COUNTERS) {
    const text = `${palette.state(key)} ${stats[key]}`;
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = text;
    else if (columnsOf(`${last}  ${text}`) > columns) lines.push(text);
    else lines[lines.length - 1] = `${last}  ${text}`;
  }
  return lines;
}

function counterLines(stats: Stats, palette: Palette): string[] {
  const width = Math.max(...COUNTERS.map(([key]) => String(stats[key]).length));
  return COUNTERS.map(([key, meaning]) => {
    return `${palette.state(key, key.padEnd(NAME_WIDTH))}${String(stats[key]).padStart(width)}  ${palette.dim(meaning)}`;
  });
}

const FLOW_WORDS: Readonly<Record<Flow, string>> = { arrived: 'new', completed: 'completed', failed: 'failed' };

function rateLines(meter: RateMeter, palette: Palette, columns: number): string[] {
  const recent = meter.over(RECENT);
  const minute = meter.over(MINUTE);
  const chart = Math.max(0, Math.min(CHART, columns - 34));
  return [
    palette.dim(`${'per second'.padEnd(12)}${'10 s'.padStart(7)}${'1 min'.padStart(8)}`),
    ...FLOWS.map((flow) => {
      const word = palette.state(flow, FLOW_WORDS[flow].padEnd(12));
      const numbers = rateText(recent[flow]).padStart(7) + rateText(minute[flow]).padStart(8);
      return `${word}${numbers}  ${palette.dim(sparkline(meter.steps(flow), chart))}`;
    }),
  ];
}

function oldestLines({ oldest, isOfSome }: Look, palette: Palette): string[] {
  const title = palette.bold(`Waiting longest${isOfSome ? ', of those next due' : ''}`);
  if (oldest.length === 0) return [title, palette.dim('nothing waits')];
  const width = Math.min(30, Math.max(...oldest.map(({ task }) => columnsOf(printable(task)))));
  return [title, ...oldest.map((task) => oldestLine(task, width, palette))];
}

function oldestLine(waiting: WaitingTask, width: number, palette: Palette): string {
  const name = cutTo(width, printable(waiting.task));
  const padded = name + ' '.repeat(Math.max(0, width - columnsOf(name)));
  const { state, age } = waiting;
  return `${padded}  ${palette.state(state, state.padEnd(9))} ${timeSpan(age).padStart(7)}  ${waitingText(waiting)}`;
}

function sideBySide(left: readonly string[], right: readonly string[]): string[] {
  const width = Math.max(...left.map(columnsOf)) + 4;
  return left.map((line, index) => {
    const beside = right[index];
    return beside === undefined ? line : line + ' '.repeat(width - columnsOf(line)) + beside;
  });
}
