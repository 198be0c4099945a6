import type { Waiting } from '../../index.js';
import { printable, timeSpan } from '../text.js';
import type { WaitingTask } from './look.js';

/** What a task waits for, in a few words. */
export function waitingText({ waitsFor, now }: Pick<WaitingTask, 'waitsFor' | 'now'>): string {
  return waitsFor.map((waiting) => part(waiting, now)).join(', and ');
}

function part({ what, unit = '', holder = '', until, count }: Waiting, now: number): string {
  const left = until === undefined ? '' : `, ${timeSpan(until - now)} left`;
  const others = count > 1 ? ` and ${count - 1} more` : '';
  switch (what) {
    case 'lock':
      return `unit ${printable(unit)}${others} held by ${printable(holder)}${left}`;
    case 'backoff':
      return `the backoff of unit ${printable(unit)}${others}${left}`;
    case 'unit':
      return `unit ${printable(unit)}${others} to be taken over${left}`;
    case 'expected':
      return `${count} expected unit(s)${unit === '' ? '' : ` such as ${printable(unit)}`}${left}`;
    case 'attempt':
      return `worker ${printable(holder)}${left}`;
    case 'close':
      return `its close${left}`;
    case 'delay':
      return `its next attempt${left}`;
    case 'worker':
      return 'a worker';
  }
}

/** A rate as people read it. */
export function rateText(rate: number | null): string {
  if (rate === null) return '–';
  if (rate === 0) return '0';
  return rate >= 100 ? String(Math.round(rate)) : rate >= 10 ? rate.toFixed(1) : rate.toFixed(2);
}

const BARS = [...'▁▂▃▄▅▆▇█'];

/** A line of bars, the highest at the top. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const most = Math.max(...shown, 0);
  return shown
    .map((value) => (most === 0 ? '▁' : (BARS[Math.round((value / most) * (BARS.length - 1))] ?? '')))
    .join('');
}
