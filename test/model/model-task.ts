import type { TaskOptions } from '../../src/core/store.js';

export const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DEFAULTS: Omit<TaskOptions, 'expect' | 'deadline'> = {
  attempts: 5,
  timeout: 15 * MINUTE,
  backoff: { base: 1000, factor: 2, max: 5 * MINUTE, jitter: 0.5 },
  unitGrace: MINUTE,
  unitAttempts: null,
  unitBackoff: null,
  incomplete: 'fail',
  worker: true,
  retention: HOUR,
};

export interface ModelUnit {
  state: 'locked' | 'done' | 'failed' | 'expired';
  token: number;
  nonce: string;
  until: number;
  holdUntil: number;
  renewedAt: number;
  final: boolean;
  result: string | null;
  error: string | null;
  /** Its place among the units that failed or expired; null for others, and where its lock ended with the task. */
  endPlace: number | null;
}
/** What consumers of dead letters did with a failure. */
export interface ModelLetter {
  readonly token: number | null;
  readonly nonce: string;
  readonly attempt: number;
  readonly settled: { readonly token: number; readonly answer: { readonly kind: string } } | null;
  /** Nobody gets it before. */
  readonly readyAt: number;
  readonly acknowledgedAt: number | null;
}
export const NO_LETTER: ModelLetter = {
  token: null,
  nonce: '',
  attempt: 0,
  settled: null,
  readyAt: 0,
  acknowledgedAt: null,
};

export type ModelState = 'open' | 'locked' | 'released' | 'delayed' | 'processing' | 'completed' | 'failed' | 'removed';
export interface ModelShortfall {
  readonly failed: number;
  readonly expired: number;
  readonly missing: number;
  readonly ended: string[];
  readonly absent: string[];
  readonly withTask: string[];
}
interface ModelClaim {
  readonly token: number;
  readonly nonce: string;
  leaseUntil: number;
  readonly timeoutAt: number;
}

export class ModelTask {
  state: ModelState = 'open';
  readonly units = new Map<string, ModelUnit>();
  options: Partial<TaskOptions> = {};
  info: string | null = null;
  result: string | null = null;
  openedAt: number | null = null;
  closeWhenIdle: number | null = null;
  closeAt: number | null = null;
  closedAt: number | null = null;
  closedBy: 'call' | 'idle' | 'age' | 'expect' | null = null;
  releasedAt: number | null = null;
  endedAt: number | null = null;
  /** The deadline counts from here. */
  waitsFrom = 0;
  /** Grace and deadline last at least until then, after a retry. */
  graceAtLeast = 0;
  /** When a lock last ended failed or expired. */
  troubleAt = 0;
  idleFrom: number;
  #endPlace = 0;
  /** When a sweep last ended locks, if nothing has ended since. */
  #sweptAt: number | null = null;
  attempt = 0;
  claim: ModelClaim | null = null;
  lastClaim: { readonly token: number; readonly word: string } | null = null;
  readyAt = 0;
  failure: string | null = null;
  cancelReason: string | null = null;
  readonly nonces = new Map<string, string>();
  /** The nonce of the last redo of each unit. */
  readonly redoNonces = new Map<string, string>();
  /** Locks of each unit that ended failed or expired since the last retry or redo, and until when it cannot be locked. */
  readonly tries = new Map<string, { count: number; until: number }>();
  /** How often it came into the queue. */
  releases = 0;
  /** Five minutes after a completion units are known by number only. */
  forgotUnits = false;
  completions = 0;
  /** Its namespace has a consumer of dead letters. */
  isWatched = false;
  letter: ModelLetter = NO_LETTER;

  constructor(
    readonly name: string,
    readonly now: number,
    readonly idleTimeout: number,
  ) {
    this.idleFrom = now;
  }

  option<Key extends keyof typeof DEFAULTS>(key: Key): (typeof DEFAULTS)[Key] {
    return { ...DEFAULTS, ...this.options }[key];
  }
  get shownState(): string {
    if (this.state === 'removed') return this.failure === null ? 'completed' : 'failed';
    return this.state === 'delayed' ? 'released' : this.state;
  }
  get takesUnits(): boolean {
    return this.state === 'open' || this.state === 'locked';
  }
  /** Whether it takes units, or does once it is retried. */
  get takesUnitsAgain(): boolean {
    return this.takesUnits || (this.state === 'failed' && this.releasedAt === null);
  }
  /** Whether it counts the locks of its units. */
  get limitsUnits(): boolean {
    return (this.options.unitAttempts ?? this.options.unitBackoff ?? null) !== null;
  }
  /** A lock of the unit ended failed or expired: whether for good, and when it can be locked again. */
  countTry(name: string, now: number): { isLast: boolean; until: number } {
    if (!this.limitsUnits) return { isLast: false, until: now };
    const count = (this.tries.get(name)?.count ?? 0) + 1;
    const { unitAttempts, unitBackoff } = this.options;
    const delay = unitBackoff ? Math.min(unitBackoff.max, unitBackoff.base * unitBackoff.factor ** (count - 1)) : 0;
    this.tries.set(name, { count, until: now + delay });
    return { isLast: count >= (unitAttempts ?? Number.POSITIVE_INFINITY), until: now + delay };
  }
  /** Fails it for good, or notes until when its grace lasts. */
  endTry(name: string, isFinal: boolean, until: number): void {
    const unit = this.units.get(name);
    if (unit && isFinal) unit.final = true;
    else this.troubleAt = Math.max(this.troubleAt, until);
  }
  count(state: ModelUnit['state'], isIn: (unit: ModelUnit) => boolean = () => true): number {
    return [...this.units.values()].filter((unit) => unit.state === state && isIn(unit)).length;
  }
  /** Failed or expired, and waited for. */
  get troubled(): number {
    return this.count('failed', (unit) => !unit.final) + this.count('expired');
  }
  get deadlineAt(): number {
    const deadline = this.options.deadline ?? ((this.options.expect ?? null) === null ? DAY : HOUR);
    return Math.max(this.waitsFrom + deadline, this.graceAtLeast);
  }
  get graceEnd(): number {
    return Math.max(Math.max(this.troubleAt, this.closedAt ?? 0) + this.option('unitGrace'), this.graceAtLeast);
  }
  get idleEnd(): number {
    return this.idleFrom + Math.min(this.idleTimeout, this.closeWhenIdle ?? this.idleTimeout);
  }
  get expects(): boolean {
    return (this.options.expect ?? null) !== null;
  }
  /** The names of an `expect` list, each once. */
  get names(): string[] | null {
    const { expect = null } = this.options;
    return Array.isArray(expect) ? [...new Set<string>(expect)] : null;
  }
  /** Expected, and not there yet. */
  get unmet(): number {
    const { expect = null } = this.options;
    const met = (unit: ModelUnit | undefined) => unit?.state === 'done' || (unit?.state === 'failed' && unit.final);
    if (expect === null) return 0;
    if (typeof expect === 'number') return Math.max(0, expect - this.count('done'));
    return (this.names ?? []).filter((name) => !met(this.units.get(name))).length;
  }
  /** The moment from which what is expected counts as met: never while something has to come. */
  get metFrom(): number {
    const finals = this.count('failed', (unit) => unit.final);
    if (this.unmet === 0) return 0;
    if (this.names !== null || this.unmet > finals || this.count('locked') > 0) return Number.POSITIVE_INFINITY;
    const lastMove = Math.max(this.idleFrom, this.closedAt ?? 0);
    return Math.max(lastMove + this.option('unitGrace'), this.graceAtLeast);
  }
  /** Units that end one after the other have places in that order; locks that one sweep ends share a place. */
  nextEndPlace(now: number, isSwept: boolean): number {
    const isOfLastSweep = isSwept && this.#sweptAt !== null && this.#sweptAt >= now;
    if (!isOfLastSweep) {
      this.#endPlace++;
      this.#sweptAt = isSwept ? now : null;
    }
    return this.#endPlace;
  }
  /**
   * What an incomplete task lacks: counts, the names of failed and expired units by their ends, of missing ones in the order of
   * the list, and of those whose locks ended with the task.
   */
  get shortfall(): ModelShortfall | null {
    if (this.isWhole) return null;
    const undone = [...this.units].filter(
      ([name, { state }]) => (state === 'failed' || state === 'expired') && (this.names?.includes(name) ?? true),
    );
    const ended = undone.filter(([, { endPlace }]) => endPlace !== null);
    const absent = (this.names ?? []).filter((name) => !this.units.has(name));
    const failed = undone.filter(([, { state }]) => state === 'failed').length;
    return {
      failed,
      expired: undone.length - failed,
      missing: this.names ? absent.length : this.unmet,
      ended: ended.sort(byEnd).map(([name]) => name),
      absent,
      withTask: undone.filter(([, { endPlace }]) => endPlace === null).map(([name]) => name),
    };
  }
  /** Whether nothing that is waited for has failed, expired or is missing: with an expectation others are extra. */
  get isWhole(): boolean {
    if (this.unmet > 0) return false;
    if (this.expects && this.names === null) return true;
    const isFine = (unit: ModelUnit) => unit.state === 'done' || unit.state === 'locked';
    return [...this.units].every(([name, unit]) => isFine(unit) || !(this.names?.includes(name) ?? true));
  }
  /** It has failed, and somebody has to acknowledge that first. */
  get isSpared(): boolean {
    return this.state === 'failed' && this.isWatched && this.letter.acknowledgedAt === null;
  }
  isGivenAfter(moment: number): boolean {
    return this.isSpared && Math.max(this.letter.readyAt, this.endedAt ?? 0) > moment;
  }
  /** When its record is gone. */
  get goneAt(): number {
    if (this.endedAt === null || this.isSpared) return Number.POSITIVE_INFINITY;
    const kept = { completed: this.option('retention'), failed: 7 * DAY, removed: 5 * MINUTE };
    return this.endedAt + kept[this.state as keyof typeof kept];
  }
  isGone(now: number): boolean {
    return this.goneAt <= now;
  }
}

function byEnd([name, unit]: [string, ModelUnit], [other, next]: [string, ModelUnit]): number {
  return (unit.endPlace ?? 0) - (next.endPlace ?? 0) || (name < other ? -1 : 1);
}
