import { InvalidArgumentError } from '../../core/errors.js';
import type { SweepOutcome, TimeoutLocksOutcome } from '../../core/store.js';
import type { SweptOutcome } from './answers.js';
import type { Applier } from './applier.js';
import type { EndOldLocksCall, SweepCall } from './calls.js';
import { FUNCTIONS } from './functions.js';
import type { Value } from './rows.js';
import type { Shard } from './shard.js';

/** Tasks that one call sweeps. */
const TASKS_PER_CALL = 25;
/** Tasks that one step of a walk over all locks looks at. */
const WALK_PAGE = 50;

interface Due {
  readonly now: number;
  readonly nextDue: number | null;
  readonly calls: SweepCall[];
}

/** Ends what is due: asks each shard what that is, then has it swept, task by task, each looked at anew. */
export class Sweeping {
  constructor(
    private readonly shards: readonly Shard[],
    private readonly applier: Applier,
    private readonly random: () => number,
  ) {}

  async sweep(limit: number, only: 'processing' | undefined, index: number | undefined): Promise<SweepOutcome> {
    const swept = index === undefined ? this.shards : this.shards.slice(index, index + 1);
    const outcomes = await everyOne(swept.map((shard) => this.#sweepShard(shard, limit, only)));
    return outcomes.reduce((sum, next) => ({
      locks: sum.locks + next.locks,
      attempts: sum.attempts + next.attempts,
      tasks: sum.tasks + next.tasks,
      removed: sum.removed + next.removed,
      more: sum.more || next.more,
      nextDue: earlier(sum.nextDue, next.nextDue),
      now: Math.max(sum.now, next.now),
    }));
  }

  async #sweepShard(shard: Shard, limit: number, only?: 'processing'): Promise<SweepOutcome> {
    const sum = { locks: 0, attempts: 0, tasks: 0, removed: 0 };
    const due = await this.#due(shard, limit, only);
    if (due.calls.length === 0) return { ...sum, more: false, nextDue: due.nextDue, now: due.now };
    let left = limit;
    for (let at = 0; at < due.calls.length && left > 0; at += TASKS_PER_CALL) {
      const share = Math.max(1, Math.floor(left / Math.min(TASKS_PER_CALL, due.calls.length - at)));
      const calls = due.calls.slice(at, at + TASKS_PER_CALL).map((call) => ({ ...call, limit: share }));
      for (const outcome of await this.applier.applyAny(calls, FUNCTIONS.applyDraining)) {
        left -= 1;
        if (outcome.kind !== 'swept') continue;
        for (const key of ['locks', 'attempts', 'tasks', 'removed'] as const) sum[key] += outcome[key];
        left -= outcome.locks + lookedAt(outcome);
      }
    }
    const after = await this.#due(shard, 1, only);
    const isDue = after.calls.length > 0;
    return { ...sum, more: left <= 0 || isDue, nextDue: after.nextDue, now: after.now };
  }

  async #due(shard: Shard, limit: number, only: 'processing' | undefined): Promise<Due> {
    const reply = (await shard.run(FUNCTIONS.due, [`${limit}`, only ? '1' : '0'])) as Value[];
    const [now, nextDue, ...listed] = reply;
    const calls: SweepCall[] = [];
    for (let i = 0; i + 2 < listed.length; i += 3) {
      const [incarnation, surplus, task] = listed.slice(i, i + 3);
      calls.push({
        verb: 'sweep',
        task: String(task),
        incarnation: Number(incarnation),
        random: this.random(),
        limit,
        surplus: surplus === 1,
      });
    }
    return { now: Number(now), nextDue: nextDue === null ? null : Number(nextDue), calls };
  }

  /** One step of a walk over the open and the locked tasks of each shard, or of one. */
  async timeoutLocks(
    ms: number,
    cursor: string | null,
    limit: number,
    index: number | undefined,
  ): Promise<TimeoutLocksOutcome> {
    const from = cursor === null ? { shard: index ?? 0, open: '0', locked: '0' } : readCursor(cursor);
    const shard = this.shards[from.shard];
    if (!shard) throw new InvalidArgumentError('cursor', cursor, 'the cursor of the page before');
    const count = String(Math.max(1, Math.min(limit, WALK_PAGE)));
    const reply = (await shard.run(FUNCTIONS.walk, [from.open, from.locked, count])) as string[];
    const [open = '-', locked = '-', ...names] = reply;
    let ended = 0;
    for (const task of names) ended += await this.#endOldLocks(task, ms);
    const last = index ?? this.shards.length - 1;
    return { ended, cursor: after({ shard: from.shard, open, locked }, last) };
  }

  async #endOldLocks(task: string, ms: number): Promise<number> {
    let ended = 0;
    for (let cursor = ''; cursor !== '0'; ) {
      const call: EndOldLocksCall = { verb: 'endOldLocks', task, ms, cursor: cursor === '' ? '0' : cursor };
      const [outcome] = await this.applier.applyAny([call], FUNCTIONS.applyDraining);
      if (outcome?.kind !== 'ended') break;
      ended += outcome.ended;
      cursor = outcome.cursor;
    }
    return ended;
  }
}

/** Waits for all, then throws what the first that failed threw. */
async function everyOne<T>(pending: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(pending);
  return Promise.all(pending);
}

function lookedAt({ looked }: SweptOutcome): number {
  return Math.floor(looked / 10);
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** Where a walk goes on in the open and in the locked tasks of a shard; `-` when it has met all of them. */
interface WalkCursor {
  readonly shard: number;
  readonly open: string;
  readonly locked: string;
}

function after({ shard, open, locked }: WalkCursor, last: number): string | null {
  if (open !== '-' || locked !== '-') return `${shard}.${open}.${locked}`;
  return shard < last ? `${shard + 1}.0.0` : null;
}

function readCursor(text: string): WalkCursor {
  const [shard, open, locked] = text.split('.');
  return { shard: Number(shard), open: open ?? '-', locked: locked ?? '-' };
}
