import type { Shelf, UnitState } from '../../core/states.js';
import type { TaskEvent } from '../../core/store.js';
import type { Ledger, LedgerBackend, PayloadKind, Position } from './ledger.js';
import { byBytes } from './order.js';
import type { ShardRecord, TaskRecord, UnitRecord } from './records.js';
import { SortedIndex } from './sorted-index.js';
import { newShard } from './transaction.js';

interface TaskUnits {
  readonly byName: Map<string, UnitRecord>;
  /** Unfinished units by state and deadline. */
  readonly unfinished: SortedIndex<string>;
  /** Names in byte order, sorted when a page is asked for. */
  sorted: string[] | undefined;
}

/** Everything in the memory of this process; gone with it. For tests, and for fan-in within one process. */
class MemoryLedger implements Ledger {
  #shard = newShard();
  #lastId = 0;
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #byId = new Map<number, TaskRecord>();
  readonly #shelves = new Map<Shelf, SortedIndex<number>>();
  readonly #payloads = new Map<number, Map<PayloadKind, string>>();
  readonly #units = new Map<number, TaskUnits>();
  #events: { sequence: number; event: Omit<TaskEvent, 'cursor'> }[] = [];
  readonly #claims = new Map<string, { task: string; until: number }>();

  shard(): ShardRecord {
    return { ...this.#shard, shelves: { ...this.#shard.shelves } };
  }
  putShard(shard: ShardRecord): void {
    this.#shard = { ...shard, shelves: { ...shard.shelves } };
  }
  newId(): number {
    return ++this.#lastId;
  }

  task(name: string): TaskRecord | undefined {
    const task = this.#tasks.get(name);
    return task && copyTask(task);
  }
  putTask(task: TaskRecord): void {
    const old = this.#byId.get(task.id);
    if (old) this.#shelf(old.shelf).delete(old.due, old.id);
    const kept = copyTask(task);
    this.#tasks.set(task.name, kept);
    this.#byId.set(task.id, kept);
    this.#shelf(task.shelf).add(task.due, task.id);
  }
  dropTask(task: TaskRecord): void {
    const old = this.#byId.get(task.id);
    if (old) this.#shelf(old.shelf).delete(old.due, old.id);
    this.#byId.delete(task.id);
    if (this.#tasks.get(task.name)?.id === task.id) this.#tasks.delete(task.name);
    this.#payloads.delete(task.id);
    this.#units.delete(task.id);
  }
  #shelf(shelf: Shelf): SortedIndex<number> {
    let index = this.#shelves.get(shelf);
    if (!index) {
      index = new SortedIndex((a, b) => a - b);
      this.#shelves.set(shelf, index);
    }
    return index;
  }
  shelf(shelf: Shelf, limit: number, until = Number.POSITIVE_INFINITY, after?: Position<number>): TaskRecord[] {
    return this.#shelf(shelf)
      .page(limit, until, after)
      .map((id) => copyTask(this.#byId.get(id) as TaskRecord));
  }
  firstDue(shelf: Shelf): number | null {
    return this.#shelf(shelf).firstScore();
  }
  unreleased(id: number, limit: number): TaskRecord[] {
    const found: TaskRecord[] = [];
    for (const task of this.#byId.values()) {
      if (task.id > id && (task.shelf === 'open' || task.shelf === 'locked')) found.push(task);
    }
    return found
      .sort((a, b) => a.id - b.id)
      .slice(0, limit)
      .map(copyTask);
  }

  payload(id: number, kind: PayloadKind): string | null {
    return this.#payloads.get(id)?.get(kind) ?? null;
  }
  putPayload(id: number, kind: PayloadKind, body: string | null): void {
    let payloads = this.#payloads.get(id);
    if (body === null) {
      payloads?.delete(kind);
      return;
    }
    if (!payloads) {
      payloads = new Map();
      this.#payloads.set(id, payloads);
    }
    payloads.set(kind, body);
  }
  attemptErrors(id: number, limit: number): string[] {
    const errors = [...(this.#payloads.get(id) ?? [])].filter(([kind]) => kind.startsWith('error:'));
    return errors
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(-limit)
      .map(([, body]) => body);
  }

  unit(id: number, name: string): UnitRecord | undefined {
    const unit = this.#units.get(id)?.byName.get(name);
    return unit && { ...unit };
  }
  putUnit(id: number, unit: UnitRecord): void {
    let units = this.#units.get(id);
    if (!units) {
      units = { byName: new Map(), unfinished: new SortedIndex(byBytes), sorted: undefined };
      this.#units.set(id, units);
    }
    const old = units.byName.get(unit.name);
    if (!old) units.sorted = undefined;
    else if (old.state !== 'done') units.unfinished.delete(old.until, old.name);
    units.byName.set(unit.name, { ...unit, isNew: false });
    if (unit.state !== 'done') units.unfinished.add(unit.until, unit.name);
  }
  unfinished(
    id: number,
    state: UnitState,
    limit: number,
    until = Number.POSITIVE_INFINITY,
    after?: Position<string>,
  ): UnitRecord[] {
    const units = this.#units.get(id);
    if (!units) return [];
    const isIn = (name: string): boolean => units.byName.get(name)?.state === state;
    return units.unfinished
      .page(limit, until, after, isIn)
      .map((name) => ({ ...(units.byName.get(name) as UnitRecord) }));
  }
  unitNames(id: number, after: string, limit: number): string[] {
    return this.#namesAfter(id, after, limit, () => true);
  }
  unitNamesIn(id: number, state: UnitState, after: string, limit: number): string[] {
    return this.#namesAfter(id, after, limit, (unit) => unit.state === state);
  }
  #namesAfter(id: number, after: string, limit: number, isIn: (unit: UnitRecord) => boolean): string[] {
    const units = this.#units.get(id);
    if (!units) return [];
    units.sorted ??= [...units.byName.keys()].sort(byBytes);
    const found: string[] = [];
    for (
      let i = after === '' ? 0 : firstAfter(units.sorted, after);
      i < units.sorted.length && found.length < limit;
      i++
    ) {
      const name = units.sorted[i] as string;
      if (isIn(units.byName.get(name) as UnitRecord)) found.push(name);
    }
    return found;
  }
  clearResults(id: number, after: string, limit: number): string | null {
    const names = this.unitNames(id, after, limit);
    const units = this.#units.get(id);
    for (const name of names) {
      const unit = units?.byName.get(name);
      if (unit) unit.result = null;
    }
    return names.length < limit ? null : (names[names.length - 1] ?? null);
  }
  dropUnits(id: number): boolean {
    this.#units.delete(id);
    return false;
  }
  collectOrphans(): number {
    return 0;
  }
  hasOrphans(): boolean {
    return false;
  }

  addEvent(sequence: number, event: Omit<TaskEvent, 'cursor'>): void {
    this.#events.push({ sequence, event });
  }
  dropEvents(sequence: number): void {
    this.#events = this.#events.filter((entry) => entry.sequence > sequence);
  }
  events(after: number, limit: number): { sequence: number; event: Omit<TaskEvent, 'cursor'> }[] {
    const first = this.firstEvent() ?? 0;
    const from = Math.max(0, after + 1 - first);
    return this.#events.slice(from, from + limit);
  }
  firstEvent(): number | null {
    return this.#events[0]?.sequence ?? null;
  }

  claimed(nonce: string): string | undefined {
    return this.#claims.get(nonce)?.task;
  }
  rememberClaim(nonce: string, task: string): void {
    this.#claims.set(nonce, { task, until: Number.POSITIVE_INFINITY });
  }
  forgetClaimAt(nonce: string, until: number): void {
    const claim = this.#claims.get(nonce);
    if (claim) claim.until = until;
  }
  forgetClaims(now: number): void {
    for (const [nonce, { until }] of this.#claims) if (until <= now) this.#claims.delete(nonce);
  }
}

function copyTask(task: TaskRecord): TaskRecord {
  return { ...task, options: { ...task.options }, nonces: { ...task.nonces }, claim: task.claim && { ...task.claim } };
}

/** The index of the first name greater than `after` in byte order. */
function firstAfter(sorted: readonly string[], after: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byBytes(sorted[middle] as string, after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** One process's memory: a ledger for each namespace, transactions that never wait. */
export class MemoryBackend implements LedgerBackend {
  readonly #ledgers = new Map<string, MemoryLedger>();

  #ledger(namespace: string): MemoryLedger {
    let ledger = this.#ledgers.get(namespace);
    if (!ledger) {
      ledger = new MemoryLedger();
      this.#ledgers.set(namespace, ledger);
    }
    return ledger;
  }
  async write<T>(namespace: string, work: (ledger: Ledger) => T): Promise<T> {
    return work(this.#ledger(namespace));
  }
  async read<T>(namespace: string, work: (ledger: Ledger) => T): Promise<T> {
    return work(this.#ledger(namespace));
  }
  onForeignWrite(): () => void {
    return () => {};
  }
  async close(): Promise<void> {}
}
