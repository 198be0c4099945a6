import { ConnectionError, isTuskerError, show } from '../core/errors.js';
import { payloadSize } from '../core/payload-size.js';
import { MAX_BATCH, MAX_BATCH_BYTES } from '../core/store.js';
import type { Asker } from './asker.js';

/** The calls on one task that wait for their turn. */
export interface Line {
  readonly task: string;
  readonly shard: number;
  first: Asker | undefined;
  last: Asker | undefined;
  count: number;
  /** A batch with calls of the task is under way. */
  busy: boolean;
  /** How many are in it. */
  sent: number;
  /** How many stood behind them when they were sent: they wait for as long. */
  behind: number;
  /** How many were answered. */
  answered: number;
}

/** The first calls of a line, as many as a batch takes: at least one. */
export interface Share {
  readonly first: Asker;
  readonly last: Asker;
  readonly count: number;
  readonly bytes: number;
}

export function newLine(task: string, shard: number): Line {
  const counts = { count: 0, sent: 0, behind: 0, answered: 0 };
  return { task, shard, first: undefined, last: undefined, busy: false, ...counts };
}

/** Takes the calls of the next batch out of the line. */
export function takeShare(line: Line): Share {
  const first = line.first as Asker;
  let last = first;
  let count = 1;
  let bytes = payloadSize(first.call);
  for (let { next } = first; next && count < MAX_BATCH; next = next.next) {
    const size = payloadSize(next.call);
    if (bytes + size > MAX_BATCH_BYTES) break;
    bytes += size;
    count++;
    last = next;
  }
  line.count -= count;
  line.first = last.next;
  if (!line.first) line.last = undefined;
  last.next = undefined;
  line.behind = line.count;
  return { first, last, count, bytes };
}

/** Calls that are not sent any more. */
export interface NotSent {
  readonly first: Asker;
  readonly count: number;
  readonly error: ConnectionError;
}

/**
 * Takes out the calls that stood behind those of a batch when it was sent, where that had no answer: they have waited as long as it was
 * tried. Each batch of a long line would else take that time once more, one after the other.
 */
export function takeBehind(line: Line, failure: unknown): NotSent | undefined {
  const { first, task, behind: count } = line;
  if (!first || count === 0 || !isTuskerError(failure, 'CONNECTION')) return undefined;
  let last = first;
  for (let left = count; left > 1 && last.next; left--) last = last.next;
  line.first = last.next;
  if (!line.first) line.last = undefined;
  last.next = undefined;
  line.count -= count;
  line.answered += count;
  const why = `calls before it on its task had no answer. Of them: ${failure.message}`;
  return {
    first,
    count,
    error: new ConnectionError(`A call on task ${show(task)} was not sent: ${why}`, { cause: failure }),
  };
}
