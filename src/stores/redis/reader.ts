import { InvalidArgumentError, StoreCorruptError } from '../../core/errors.js';
import type { Shelf } from '../../core/states.js';
import type {
  FailedPage,
  ResultsPage,
  ResultsQuery,
  Stats,
  TaskDetail,
  TaskQuery,
  TasksPage,
  UnitNamesPage,
  UnitQuery,
  UnitsPage,
} from '../../core/store.js';
import { MAX_PAGE } from '../../core/store.js';
import { UNIT_STATES_BY_NUMBER } from './answers.js';
import { FailedListing } from './failed-listing.js';
import { FUNCTIONS } from './functions.js';
import { shardIndex } from './keys.js';
import type { Row, Value } from './rows.js';
import { taskDetail, taskView, unitView } from './rows.js';
import type { Shard } from './shard.js';

/** Units that one call reads: more would hold up the others for too long. */
const UNITS_PER_CALL = 250;
/** Tasks that one call looks at. */
const TASKS_PER_CALL = 10;
/** Tasks that one call lists. */
const LISTED_PER_CALL = 64;
/** What stands for the first task that a call did not come to. */
const LATER = 1;

/** By the number that the library gives a shelf. */
const SHELVES_BY_NUMBER: readonly Shelf[] = [
  'open',
  'locked',
  'released',
  'delayed',
  'processing',
  'completed',
  'failed',
  'removed',
];

/** The next cursor, done units, their names, results and contexts. */
type ResultsReply = [string, number, string[], (string | null)[], (string | null)[]];

/** The reading side: pages that never hold more than they may. */
export class Reader {
  readonly #failed: FailedListing;

  constructor(private readonly shards: readonly Shard[]) {
    this.#failed = new FailedListing(shards);
  }

  #shardOf(task: string): Shard {
    return this.shards[shardIndex(task, this.shards.length)] as Shard;
  }

  async stats(): Promise<Stats> {
    const replies = await Promise.all(this.shards.map((shard) => shard.run(FUNCTIONS.stats, []) as Promise<number[]>));
    const sum = (place: number): number => replies.reduce((total, reply) => total + Number(reply[place]), 0);
    return {
      open: sum(0),
      locked: sum(1),
      released: sum(2),
      delayed: sum(3),
      processing: sum(4),
      tombstones: sum(5),
      deadLetters: sum(6),
      completed: sum(7),
      failed: sum(8),
      unacknowledged: sum(9),
    };
  }

  async inspect(tasks: readonly string[]): Promise<(TaskDetail | null)[]> {
    const details = new Array<TaskDetail | null>(tasks.length);
    const placesByShard = new Map<Shard, number[]>();
    tasks.forEach((task, place) => {
      const shard = this.#shardOf(task);
      const places = placesByShard.get(shard);
      if (places) places.push(place);
      else placesByShard.set(shard, [place]);
    });
    const work = [...placesByShard].map(async ([shard, places]) => {
      for (let at = 0; at < places.length; ) {
        const page = places.slice(at, at + TASKS_PER_CALL);
        const found = await inspectOn(
          shard,
          page.map((place) => tasks[place] as string),
        );
        for (const detail of found) details[places[at++] as number] = detail;
      }
    });
    await Promise.all(work);
    return details;
  }

  async unitNames(query: UnitQuery): Promise<UnitNamesPage> {
    const { task, state } = query;
    const limit = Math.min(query.limit, UNITS_PER_CALL);
    const from = query.cursor ?? (state === 'done' ? 'd0' : 'o0');
    const [, part, at] = /^([od])(\d+)$/.exec(from) ?? [];
    if (!part || !at) throw new InvalidArgumentError('cursor', query.cursor, 'the cursor of the page before');
    const wanted = state === undefined ? '' : String(UNIT_STATES_BY_NUMBER.indexOf(state));
    const args = [...readerOf(query), part, at, String(limit), wanted];
    const shard = this.#shardOf(task);
    const reply = (await shard.run(FUNCTIONS.unitNames, args, { tasks: [task] })) as Value[] | 'stale' | 'not-found';
    if (typeof reply === 'string') return { kind: reply };
    const [incarnation, next, ...names] = reply;
    const isPartOver = next === '0';
    const cursor = !isPartOver ? `${part}${next}` : part === 'o' && state === undefined ? 'd0' : null;
    return { kind: 'names', incarnation: Number(incarnation), names: names as string[], cursor };
  }

  async results({ task, token, cursor = '0', limit }: ResultsQuery): Promise<ResultsPage> {
    if (!/^\d+$/.test(cursor)) throw new InvalidArgumentError('cursor', cursor, 'the cursor of the page before');
    const args = [...readerOf({ task, token }), cursor, String(Math.min(limit, UNITS_PER_CALL))];
    const reply = (await this.#shardOf(task).run(FUNCTIONS.unitResults, args, { tasks: [task] })) as
      | ResultsReply
      | string;
    if (typeof reply === 'string') return { kind: 'stale' };
    const [next, done, names, results, contexts] = reply;
    return { kind: 'results', done: Number(done), names, results, contexts, cursor: next === '0' ? null : next };
  }

  async units(query: Pick<UnitQuery, 'task' | 'token' | 'incarnation'>, names: readonly string[]): Promise<UnitsPage> {
    const shard = this.#shardOf(query.task);
    const page = names.slice(0, UNITS_PER_CALL);
    if (page.length === 0) page.push('');
    const args = [...readerOf(query), ...page];
    const reply = (await shard.run(FUNCTIONS.units, args, { tasks: [query.task] })) as Value[] | 'stale' | 'not-found';
    if (typeof reply === 'string') return { kind: reply };
    const [seen, ...views] = reply;
    return {
      kind: 'units',
      units: views.map((view) => unitView(view as Row)),
      seen: Math.min(Number(seen), names.length),
    };
  }

  failedTasks(limit: number): Promise<FailedPage> {
    return this.#failed.page(limit);
  }

  /** One shard after the other, each by due moment. */
  async tasks(query: TaskQuery): Promise<TasksPage> {
    const limit = Math.min(query.limit, MAX_PAGE);
    let page = await this.#listed(query, Math.min(limit, LISTED_PER_CALL));
    const tasks = [...page.tasks];
    while (page.cursor !== null && tasks.length < limit) {
      page = await this.#listed({ ...query, cursor: page.cursor }, Math.min(limit - tasks.length, LISTED_PER_CALL));
      tasks.push(...page.tasks);
    }
    return { tasks, cursor: page.cursor };
  }

  async #listed(query: TaskQuery, limit: number): Promise<TasksPage> {
    const shelf = String(SHELVES_BY_NUMBER.indexOf(query.state) + 1);
    const [index, ...after] = query.cursor === undefined ? ['0'] : splitCursor(query.cursor);
    const shard = this.shards[Number(index)];
    if (!shard) throw new InvalidArgumentError('cursor', query.cursor, 'the cursor of the page before');
    const reply = (await shard.run(FUNCTIONS.tasks, [shelf, String(limit), ...after])) as Value[];
    const views: TasksPage['tasks'][number][] = [];
    let last: string | undefined;
    for (let i = 0; i + 3 < reply.length; i += 4) {
      const [score, id, name, view] = reply.slice(i, i + 4);
      last = `${index}:${score}:${id}:${name}`;
      if (view) views.push(taskView(view as Row));
    }
    if (reply.length >= limit * 4 && last !== undefined) return { tasks: views, cursor: last };
    const next = Number(index) + 1;
    return { tasks: views, cursor: next < this.shards.length ? String(next) : null };
  }
}

/** The first of these tasks, as many as one call looks at. */
async function inspectOn(shard: Shard, names: readonly string[]): Promise<(TaskDetail | null)[]> {
  const [now, ...found] = (await shard.run(FUNCTIONS.inspect, names, { tasks: names })) as Value[];
  const seen = found.indexOf(LATER);
  return names.slice(0, seen === -1 ? names.length : seen).map((name, i) => {
    const detail = found[i];
    if (typeof detail === 'string') throw new StoreCorruptError(`task ${name}`, { cause: new Error(detail) });
    return Array.isArray(detail) ? taskDetail(detail as Row, Number(now)) : null;
  });
}

/** Name, claim token and incarnation, as the functions that read units take them. */
function readerOf({ task, token, incarnation }: Pick<UnitQuery, 'task' | 'token' | 'incarnation'>): string[] {
  return [task, token === undefined ? '' : String(token), incarnation === undefined ? '' : String(incarnation)];
}

/** Shard, then score, incarnation and name of the last task of the page before; a name may hold anything. */
function splitCursor(cursor: string): string[] {
  const [, index, score, id, name] = /^(\d+)(?::([^:]+):(\d+):(.*))?$/s.exec(cursor) ?? [];
  if (index === undefined) throw new InvalidArgumentError('cursor', cursor, 'the cursor of the page before');
  return score === undefined || id === undefined || name === undefined ? [index] : [index, score, id, name];
}
