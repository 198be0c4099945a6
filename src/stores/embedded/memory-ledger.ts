import type { Shelf, UnitState } from '../../core/states.js';
import type { TaskEvent } from '../../core/store.js';
import type { Ledger, LedgerBackend, NamesPage, PayloadKind, Position } from './ledger.js';
import type { ShardRecord, TaskRecord, UnitRecord } from './records.js';
import { SortedIndex } from './sorted-index.js';
import { newShard } from './transaction.js';

interface TaskUnits {
  readonly byName: Map<string, UnitRecord>;
  /** By place, which is one more than the index here. */
  readonly names: string[];
  /** Places of unfinished units by deadline. */
  readonly unfinished: SortedIndex;
  /** Names of failed and expired units by their ends. */
  readonly ended: SortedIndex<string>;
}

/** Everything in the memory of this process; gone with it. For tests, and for fan-in within one process. */
class MemoryLedger implements Ledger {
  #shard = newShard();
  #lastId = 0;
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #byId = new Map<number, TaskRecord>();
  readonly #shelves = new Map<Shelf, SortedIndex>();
  readonly #payloads = new Map<number, Map<PayloadKind, string>>();
  readonly #units = new Map<number, TaskUnits>();
  #events: { sequence: number; event: Omit<TaskEvent, 'cursor'> }[] = [];
  readonly #claims = new Map<string, { task: string; until: number }>();

  shard(): Readonly<ShardRecord> {
    return this.#shard;
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
  #shelf(shelf: Shelf): SortedIndex {
    let index = this.#shelves.get(shelf);
    if (!index) {
      index = new SortedIndex();
      this.#shelves.set(shelf, index);
    }
    return index;
  }
  shelf(shelf: Shelf, limit: number, until = Number.POSITIVE_INFINITY, after?: Position): TaskRecord[] {
    return this.#shelf(shelf)
      .page(limit, until, after)
      .map((id) => copyTask(this.#byId.get(id) as TaskRecord));
  }
  setAside(): boolean {
    return false;
  }
  countFrom(shelf: Shelf, moment: number): number {
    return this.#shelf(shelf).countFrom(moment);
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
      units = { byName: new Map(), names: [], unfinished: new SortedIndex(), ended: new SortedIndex() };
      this.#units.set(id, units);
    }
    const old = units.byName.get(unit.name);
    if (!old) unit.place = units.names.push(unit.name);
    else if (old.state !== 'done') units.unfinished.delete(old.until, old.place);
    if (old && old.endOrder !== null) units.ended.delete(old.endOrder, old.name);
    if (unit.endOrder !== null) units.ended.add(unit.endOrder, unit.name);
    units.byName.set(unit.name, { ...unit });
    if (unit.state !== 'done') units.unfinished.add(unit.until, unit.place);
  }
  unfinished(
    id: number,
    state: UnitState,
    limit: number,
    until = Number.POSITIVE_INFINITY,
    after?: Position,
  ): UnitRecord[] {
    const units = this.#units.get(id);
    if (!units) return [];
    const at = (place: number) => units.byName.get(units.names[place - 1] as string) as UnitRecord;
    const places = units.unfinished.page(limit, until, after, (place) => at(place).state === state);
    return places.map((place) => ({ ...at(place) }));
  }
  ended(id: number, limit: number): UnitRecord[] {
    const units = this.#units.get(id);
    return units ? units.ended.first(limit).map((name) => ({ ...(units.byName.get(name) as UnitRecord) })) : [];
  }
  unitNames(id: number, which: 'all' | 'done', limit: number, after?: Position): NamesPage {
    const units = this.#units.get(id);
    const names: string[] = [];
    let place = after?.key ?? 0;
    for (; units && place < units.names.length && names.length < limit; place++) {
      const name = units.names[place] as string;
      if (which === 'all' || units.byName.get(name)?.state === 'done') names.push(name);
    }
    return { names, next: units && place < units.names.length ? { score: 0, key: place } : null };
  }
  clearResults(id: number, limit: number, after?: Position): Position | null {
    const { names, next } = this.unitNames(id, 'all', limit, after);
    const units = this.#units.get(id);
    for (const name of names) {
      const unit = units?.byName.get(name);
      if (unit) unit.result = null;
    }
    return next;
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
  trimEvents(kept: number): void {
    this.#events = this.#events.slice(-kept);
  }
  events(after: number, limit: number): { sequence: number; event: Omit<TaskEvent, 'cursor'> }[] {
    const from = this.#placeOfEvent(after + 1);
    return this.#events.slice(from, from + limit);
  }
  hasEvent(sequence: number): boolean {
    return this.#events[this.#placeOfEvent(sequence)]?.sequence === sequence;
  }
  /** Of the first one from `sequence` on. */
  #placeOfEvent(sequence: number): number {
    let [from, to] = [0, this.#events.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#events[middle]?.sequence ?? 0) < sequence) from = middle + 1;
      else to = middle;
    }
    return from;
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
