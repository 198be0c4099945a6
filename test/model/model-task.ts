import type { TaskOptions } from '../../src/core/store.js';

export const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DEFAULTS: Omit<TaskOptions, 'expect' | 'deadline'> = {
  attempts: 5,
  timeout: 15 * MINUTE,
  backoff: { base: 1000, factor: 2, max: 5 * MINUTE, jitter: 0.5 },
  unitGrace: MINUTE,
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
}
export type ModelState = 'open' | 'locked' | 'released' | 'delayed' | 'processing' | 'completed' | 'failed' | 'removed';
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
  attempt = 0;
  claim: ModelClaim | null = null;
  lastClaim: { readonly token: number; readonly word: string } | null = null;
  readyAt = 0;
  failure: string | null = null;
  cancelReason: string | null = null;
  readonly nonces = new Map<string, string>();
  /** How often it came into the queue. */
  releases = 0;
  /** Five minutes after a completion units are known by number only. */
  forgotUnits = false;
  completions = 0;

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
  /** What an incomplete task lacks: counts, and the names of the failed, the expired and the missing units. */
  get shortfall(): { failed: string[]; expired: string[]; absent: string[]; missing: number } | null {
    if (this.isWhole) return null;
    const isMeant = (name: string) => this.names?.includes(name) ?? true;
    const names = (state: ModelUnit['state']) =>
      [...this.units].filter(([name, unit]) => unit.state === state && isMeant(name)).map(([name]) => name);
    const absent = (this.names ?? []).filter((name) => !this.units.has(name));
    return {
      failed: names('failed'),
      expired: names('expired'),
      absent,
      missing: this.names ? absent.length : this.unmet,
    };
  }
  /** Whether nothing that is waited for has failed, expired or is missing: with an expectation others are extra. */
  get isWhole(): boolean {
    if (this.unmet > 0) return false;
    if (this.expects && this.names === null) return true;
    const isFine = (unit: ModelUnit) => unit.state === 'done' || unit.state === 'locked';
    return [...this.units].every(([name, unit]) => isFine(unit) || !(this.names?.includes(name) ?? true));
  }
  /** When its record is gone. */
  get goneAt(): number {
    if (this.endedAt === null) return Number.POSITIVE_INFINITY;
    const kept = { completed: this.option('retention'), failed: 7 * DAY, removed: 5 * MINUTE };
    return this.endedAt + kept[this.state as keyof typeof kept];
  }
  isGone(now: number): boolean {
    return this.goneAt <= now;
  }
}
