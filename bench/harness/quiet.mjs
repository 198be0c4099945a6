import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { round } from './measure.mjs';

const SAMPLE_MS = 300;
/** Shares of all processors, above which figures are doubtful: what others compute, and what the host takes away. */
const OTHERS = 0.1;
const STOLEN = 0.05;

/**
 * Watches whether the machine is quiet while `work` runs: what others compute right before and right after it, when nothing of
 * the bench does, and what the host takes away meanwhile. Where there is no /proc/stat nothing is known.
 */
export async function watched(work) {
  const before = await sample();
  const start = ticks();
  const value = await work();
  const stolen = shares(start, ticks())?.stolen;
  const after = await sample();
  return { value, unrest: unrestOf([before?.busy, after?.busy], stolen) };
}

/** In words, or undefined when it was quiet. */
export function unrestOf(busy, stolen) {
  const others = Math.max(0, ...busy.map((share) => share ?? 0));
  const parts = [];
  if (others > OTHERS) parts.push(`others took ${round(100 * others)} %`);
  if (stolen > STOLEN) parts.push(`its host took ${round(100 * stolen)} % away`);
  return parts.length > 0 ? `the machine was not quiet (${parts.join(', ')})` : undefined;
}

async function sample() {
  const start = ticks();
  await sleep(SAMPLE_MS);
  return shares(start, ticks());
}

function ticks() {
  try {
    return readFileSync('/proc/stat', 'utf8').split('\n', 1)[0].trim().split(/\s+/).slice(1, 9).map(Number);
  } catch {
    return undefined;
  }
}

/** Of two readings of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
export function shares(start, end) {
  if (!start || !end) return undefined;
  const spent = end.map((count, i) => count - start[i]);
  const all = spent.reduce((sum, count) => sum + count, 0) || 1;
  const [, , , idle, waiting, , , stolen] = spent;
  return { busy: (all - idle - waiting) / all, stolen: stolen / all };
}
