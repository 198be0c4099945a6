/** What one call of the library takes of a batch, so that it does not hold up the server for long, and can be repeated. */
import { payloadSize } from '../../core/payload-size.js';
import type { AnyCall, TaskCalls } from './calls.js';

/** Bytes, unless one call has more. */
const PAGE_BYTES = 262_144;
/** Tasks: its time follows them. */
const MAX_TASKS = 64;
/** Calls on one task: a batch of locks, unlocks and renewals, or a hundred others, which take three times as long. */
const MAX_WEIGHT = 1000;
const QUICK_WEIGHT = 3;
const WEIGHT = 10;
const QUICK: ReadonlySet<AnyCall['verb']> = new Set<AnyCall['verb']>(['lock', 'unlock', 'extendLock']);

function sizeOf(call: AnyCall): number {
  return call.verb === 'sweep' || call.verb === 'endOldLocks' ? 0 : payloadSize(call);
}

/** Tasks with their calls, as many together as one call of the library takes. */
export function pagesOf(groups: readonly TaskCalls[]): TaskCalls[][] {
  const pages: TaskCalls[][] = [];
  let page: TaskCalls[] = [];
  let left = 0;
  for (const group of groups) {
    let size = 0;
    for (const call of group.calls) size += sizeOf(call);
    if (page.length === 0 || page.length === MAX_TASKS || size > left) {
      page = [];
      pages.push(page);
      left = PAGE_BYTES;
    }
    page.push(group);
    left -= size;
  }
  return pages;
}

/**
 * Cuts the calls of a task so that a repeat of each part has the effect of one: no part has two calls on one unit, nor
 * two of the same verb on the task itself. And so that no part is more than one call of the library takes.
 */
export function repeatableParts(group: TaskCalls): TaskCalls[] {
  const { task, calls, places, isPlain } = group;
  if (calls.length === 1) return [group];
  const parts: TaskCalls[] = [];
  const subjects = new Set<string>();
  let first = 0;
  let bytes = 0;
  let weight = 0;
  for (let i = 0; i < calls.length; i++) {
    const call = calls[i] as AnyCall;
    // A space cannot stand alone for a unit of another name: the verbs' own subjects begin with two of them.
    const subject = 'unit' in call ? call.unit : `  ${call.verb}`;
    const size = sizeOf(call);
    const own = QUICK.has(call.verb) ? QUICK_WEIGHT : WEIGHT;
    const isFull = i > first && (bytes + size > PAGE_BYTES || weight + own > MAX_WEIGHT);
    if (subjects.has(subject) || isFull) {
      parts.push({ task, calls: calls.slice(first, i), places: places.slice(first, i), isPlain });
      [first, bytes, weight] = [i, 0, 0];
      subjects.clear();
    }
    bytes += size;
    weight += own;
    subjects.add(subject);
  }
  if (first === 0) return [group];
  parts.push({ task, calls: calls.slice(first), places: places.slice(first), isPlain });
  return parts;
}
