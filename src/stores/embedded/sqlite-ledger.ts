import { StoreCorruptError } from '../../core/errors.js';
import type { Shelf, UnitState } from '../../core/states.js';
import { SHELVES } from '../../core/states.js';
import type { TaskEvent } from '../../core/store.js';
import type { Ledger, NamesPage, PayloadKind, Position } from './ledger.js';
import { fromKey, toKey } from './name-codec.js';
import { nameHash } from './name-hash.js';
import type { ShardRecord, TaskRecord, UnitRecord } from './records.js';
import type { Database, Statement, Value } from './sqlite-driver.js';
import { newShard } from './transaction.js';
import { decodeUnit, encodeUnit, UNIT_STATE_NUMBERS } from './unit-codec.js';

const UNIT_COLUMNS = 'name, state, due, record, result, place, ended';
const FAR = Number.MAX_SAFE_INTEGER;
/** The number of the shelf, or the state, of a record that cannot be read. */
const SET_ASIDE = 99;
/** How many locked units are remembered from their lock to their unlock. */
const REMEMBERED_UNITS = 20_000;

/** The tables of one namespace in a SQLite file. Every statement is prepared once, at its first use. */
export class SqliteLedger implements Ledger {
  private readonly name: string;
  readonly #statements = new Map<string, Statement>();
  /** Units that this process locked lately, by task and name. */
  readonly #locked = new Map<string, UnitRecord>();
  #namespace: number | undefined;
  #unreadable: { readonly task: number } | { readonly unit: number } | undefined;

  constructor(
    private readonly database: Database,
    name: string,
  ) {
    this.name = toKey(name);
  }

  #sql(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** What is remembered may not be so any more: a transaction was undone, or another process has written. */
  forget(): void {
    this.#namespace = undefined;
    this.#locked.clear();
  }

  /** The number of the namespace; read-only transactions of an unknown one use a number that nothing has. */
  get #id(): number {
    this.#namespace ??= this.#sql('select id from namespace where name = ?').get(this.name)?.[0] as number | undefined;
    return this.#namespace ?? -1;
  }

  shard(): Readonly<ShardRecord> {
    const row = this.#sql('select shard from namespace where name = ?').get(this.name);
    // A record of an older version lacks what came later.
    return row
      ? {
          ...{ seen: 0, lead: 0, watched: 0 },
          ...(parse(row[0], `namespace ${this.name}`) as Omit<ShardRecord, 'seen' | 'lead' | 'watched'>),
        }
      : newShard();
  }
  putShard(shard: ShardRecord): void {
    this.#sql(
      'insert into namespace (name, shard) values (?, ?) on conflict (name) do update set shard = excluded.shard',
    ).run(this.name, JSON.stringify(shard));
  }

  newId(): number {
    this.#sql('update counter set last = last + 1').run();
    return Number(this.#sql('select last from counter').get()?.[0]);
  }

  task(name: string): TaskRecord | undefined {
    const row = this.#sql('select record from task where namespace = ? and name = ?').get(this.#id, toKey(name));
    return row && toTask(row[0], name);
  }
  putTask(task: TaskRecord): void {
    const shelf = SHELVES.indexOf(task.shelf);
    const record = JSON.stringify(task);
    const { changes } = this.#sql('update task set shelf = ?, due = ?, record = ? where id = ?').run(
      shelf,
      task.due,
      record,
      task.id,
    );
    if (changes > 0) return;
    if (this.#id === -1) this.putShard(newShard());
    this.#sql('insert into task (id, namespace, name, shelf, due, record) values (?, ?, ?, ?, ?, ?)').run(
      task.id,
      this.#id,
      toKey(task.name),
      shelf,
      task.due,
      record,
    );
  }
  dropTask(task: TaskRecord): void {
    this.#sql('delete from task where id = ?').run(task.id);
    this.#sql('delete from payload where task = ?').run(task.id);
    this.#sql('insert or ignore into orphan (task, namespace) values (?, ?)').run(task.id, this.#id);
  }
  shelf(shelf: Shelf, limit: number, until = FAR, after?: Position): TaskRecord[] {
    const { score, key } = after ?? { score: -FAR, key: 0 };
    return this.#sql(
      'select record, name, id from task where namespace = ? and shelf = ? and due <= ? and (due, id) > (?, ?) order by due, id limit ?',
    )
      .all(this.#id, SHELVES.indexOf(shelf), until, score, key, limit)
      .map(([record, name, id]) => this.#reading({ task: Number(id) }, () => toTask(record, name)));
  }
  /** Reads one record of a listing, and remembers which one it was when that fails. */
  #reading<T>(which: { readonly task: number } | { readonly unit: number }, read: () => T): T {
    try {
      return read();
    } catch (error) {
      this.#unreadable = which;
      throw error;
    }
  }
  setAside(): boolean {
    const which = this.#unreadable;
    this.#unreadable = undefined;
    if (which === undefined) return false;
    if ('unit' in which) {
      this.#sql(`update unit set state = ${SET_ASIDE} where place = ?`).run(which.unit);
      return true;
    }
    const shelf = SHELVES[Number(this.#sql('select shelf from task where id = ?').get(which.task)?.[0])];
    if (shelf === undefined) return false;
    this.#sql(`update task set shelf = ${SET_ASIDE} where id = ?`).run(which.task);
    const shard = this.shard();
    this.putShard({ ...shard, shelves: { ...shard.shelves, [shelf]: shard.shelves[shelf] - 1 } });
    return true;
  }
  countFrom(shelf: Shelf, moment: number): number {
    const row = this.#sql('select count(*) from task where namespace = ? and shelf = ? and due >= ?').get(
      this.#id,
      SHELVES.indexOf(shelf),
      moment,
    );
    return Number(row?.[0]);
  }
  firstDue(shelf: Shelf): number | null {
    const row = this.#sql('select due from task where namespace = ? and shelf = ? order by due limit 1').get(
      this.#id,
      SHELVES.indexOf(shelf),
    );
    return row ? Number(row[0]) : null;
  }
  unreleased(id: number, limit: number): TaskRecord[] {
    return this.#sql(
      'select record, name from task where id > ? and namespace = ? and shelf in (0, 1) order by id limit ?',
    )
      .all(id, this.#id, limit)
      .map(([record, name]) => toTask(record, name));
  }

  payload(id: number, kind: PayloadKind): string | null {
    const row = this.#sql('select body from payload where task = ? and kind = ?').get(id, kind);
    return row ? (row[0] as string) : null;
  }
  putPayload(id: number, kind: PayloadKind, body: string | null): void {
    if (body === null) this.#sql('delete from payload where task = ? and kind = ?').run(id, kind);
    else this.#sql('insert or replace into payload (task, kind, body) values (?, ?, ?)').run(id, kind, body);
  }
  attemptErrors(id: number, limit: number): string[] {
    return this.#sql(
      "select body from payload where task = ? and kind > 'error:' and kind < 'error;' order by kind desc limit ?",
    )
      .all(id, limit)
      .map(([body]) => body as string)
      .reverse();
  }

  unit(id: number, name: string): UnitRecord | undefined {
    const remembered = this.#locked.get(`${id}:${name}`);
    if (remembered) return { ...remembered };
    const key = toKey(name);
    const row = this.#sql(`select ${UNIT_COLUMNS} from unit where task = ? and hash = ? and name = ?`).get(
      id,
      nameHash(key),
      key,
    );
    return row && decodeUnit(row);
  }
  putUnit(id: number, unit: UnitRecord): void {
    const [state, record] = encodeUnit(unit);
    const { until, result, place, endOrder } = unit;
    this.#remember(id, unit);
    if (place > 0) {
      const update = this.#sql('update unit set state = ?, due = ?, record = ?, result = ?, ended = ? where place = ?');
      update.run(state, until, record, result, endOrder, place);
      return;
    }
    const key = toKey(unit.name);
    const insert = this.#sql(
      'insert into unit (task, hash, name, state, due, record, result, ended) values (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    unit.place = insert.run(id, nameHash(key), key, state, until, record, result, endOrder).lastInsertRowid;
  }
  #remember(id: number, unit: UnitRecord): void {
    const key = `${id}:${unit.name}`;
    if (unit.state !== 'locked') this.#locked.delete(key);
    else if (this.#locked.size < REMEMBERED_UNITS) this.#locked.set(key, unit);
    else this.#locked.clear();
  }
  unfinished(id: number, state: UnitState, limit: number, until = FAR, after?: Position): UnitRecord[] {
    const { score, key } = after ?? { score: -FAR, key: 0 };
    return this.#sql(
      `select ${UNIT_COLUMNS} from unit where task = ? and state = ? and state <> 1 and due <= ? and (due, place) > (?, ?) order by due, place limit ?`,
    )
      .all(id, UNIT_STATE_NUMBERS[state], until, score, key, limit)
      .map((row) => this.#reading({ unit: Number(row[5]) }, () => decodeUnit(row)));
  }
  ended(id: number, limit: number): UnitRecord[] {
    return this.#sql(
      `select ${UNIT_COLUMNS} from unit where task = ? and ended is not null and state in (2, 3) order by ended, name limit ?`,
    )
      .all(id, limit)
      .map((row) => this.#reading({ unit: Number(row[5]) }, () => decodeUnit(row)));
  }
  unitNames(id: number, which: 'all' | 'done', limit: number, after?: Position): NamesPage {
    const { score, key } = after ?? { score: -1, key: 0 };
    const where = which === 'done' ? 'and +state = 1' : '';
    const rows = this.#sql(
      `select name, hash, place from unit where task = ? and (hash, place) > (?, ?) ${where} order by hash, place limit ?`,
    ).all(id, score, key, limit);
    const last = rows.length < limit ? undefined : rows[rows.length - 1];
    return {
      names: rows.map(([name]) => fromKey(name as string)),
      next: last ? { score: last[1] as number, key: last[2] as number } : null,
    };
  }
  clearResults(id: number, limit: number, after?: Position): Position | null {
    const { next } = this.unitNames(id, 'all', limit, after);
    const from = after ?? { score: -1, key: 0 };
    const to = next ?? { score: FAR, key: 0 };
    this.#sql(
      'update unit set result = null where task = ? and (hash, place) > (?, ?) and (hash, place) <= (?, ?) and result is not null',
    ).run(id, from.score, from.key, to.score, to.key);
    return next;
  }
  dropUnits(id: number, limit: number): boolean {
    this.#locked.clear();
    const { changes } = this.#sql(
      'delete from unit where place in (select place from unit where task = ? limit ?)',
    ).run(id, limit);
    return changes === limit;
  }
  collectOrphans(limit: number): number {
    const id = this.#sql('select task from orphan where namespace = ? limit 1').get(this.#id)?.[0] as
      | number
      | undefined;
    if (id === undefined) return 0;
    if (!this.dropUnits(id, limit)) this.#sql('delete from orphan where task = ?').run(id);
    return 1;
  }
  hasOrphans(): boolean {
    return this.#sql('select 1 from orphan where namespace = ? limit 1').get(this.#id) !== undefined;
  }

  addEvent(sequence: number, event: Omit<TaskEvent, 'cursor'>): void {
    if (this.#id === -1) this.putShard(newShard());
    this.#sql('insert into event (namespace, sequence, body) values (?, ?, ?)').run(
      this.#id,
      sequence,
      JSON.stringify(event),
    );
  }
  trimEvents(kept: number): void {
    const last = 'select sequence from event where namespace = ? order by sequence desc limit 1 offset ?';
    this.#sql(`delete from event where namespace = ? and sequence <= (${last})`).run(this.#id, this.#id, kept);
  }
  events(after: number, limit: number): { sequence: number; event: Omit<TaskEvent, 'cursor'> }[] {
    return this.#sql('select sequence, body from event where namespace = ? and sequence > ? order by sequence limit ?')
      .all(this.#id, after, limit)
      .map(([sequence, body]) => ({
        sequence: sequence as number,
        event: parse(body, `event ${sequence}`) as Omit<TaskEvent, 'cursor'>,
      }));
  }
  hasEvent(sequence: number): boolean {
    return this.#sql('select 1 from event where namespace = ? and sequence = ?').get(this.#id, sequence) !== undefined;
  }

  claimed(nonce: string): string | undefined {
    const row = this.#sql('select task from claim where namespace = ? and nonce = ?').get(this.#id, nonce);
    return row && fromKey(row[0] as string);
  }
  rememberClaim(nonce: string, task: string): void {
    this.#sql('insert or replace into claim (namespace, nonce, task, until) values (?, ?, ?, null)').run(
      this.#id,
      nonce,
      toKey(task),
    );
  }
  forgetClaimAt(nonce: string, until: number): void {
    this.#sql('update claim set until = ? where namespace = ? and nonce = ?').run(until, this.#id, nonce);
  }
  forgetClaims(now: number): void {
    this.#sql('delete from claim where namespace = ? and until <= ? and until is not null').run(this.#id, now);
  }
}

function toTask(record: Value | undefined, name: Value | undefined): TaskRecord {
  const key = `task ${fromKey(String(name))}`;
  const task = parse(record, key) as Partial<TaskRecord>;
  const isWhole = typeof task.id === 'number' && typeof task.name === 'string' && SHELVES.includes(task.shelf as Shelf);
  if (!isWhole || typeof task.options !== 'object' || typeof task.nonces !== 'object') throw new StoreCorruptError(key);
  // Older versions kept none.
  task.lastEndOrder ??= 0;
  task.letter ??= null;
  return task as TaskRecord;
}

function parse(text: Value | undefined, key: string): object {
  let value: unknown;
  try {
    value = JSON.parse(String(text));
  } catch (cause) {
    throw new StoreCorruptError(key, { cause });
  }
  if (typeof value !== 'object' || value === null) throw new StoreCorruptError(key);
  return value;
}
