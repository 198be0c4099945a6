import type {
  Call,
  CancelOutcome,
  ClaimCall,
  ClaimFailedOutcome,
  ClaimOutcome,
  CloseCall,
  CloseOutcome,
  CompleteOutcome,
  ErrorOutcome,
  ExtendClaimOutcome,
  ExtendFailedOutcome,
  ExtendLockOutcome,
  FailClaimOutcome,
  FailUnitOutcome,
  GiveBackOutcome,
  LetGoOutcome,
  LockCall,
  LockOutcome,
  OpenCall,
  OpenOutcome,
  Outcomes,
  RedoOutcome,
  ReleaseOutcome,
  RemoveOutcome,
  RetryOutcome,
  SettleFailedOutcome,
  Stats,
  Store,
  SweepOutcome,
  TaskDetail,
  TaskOptions,
  UnitNamesPage,
  UnlockOutcome,
} from '../core/store.js';

/** A store under test, and the means to let its time pass. */
export interface Subject {
  readonly store: Store;
  /** Lets so many ms pass on the store's clock; negative: sets it back. */
  advance(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

const DAY = 86_400_000;
let nonces = 0;

/** Calls a store as a client does, one call a batch, with short words and defaults. */
export class History {
  constructor(readonly subject: Subject) {}

  get store(): Store {
    return this.subject.store;
  }

  nonce(): string {
    return `nonce-${nonces++}`;
  }

  async #one<C extends Call>(call: C): Promise<Outcomes[C['verb']]> {
    const [outcome] = (await this.store.apply([call as Call])) as [Outcomes[C['verb']] | ErrorOutcome];
    if (outcome.kind === 'error') throw (outcome as ErrorOutcome).error;
    return outcome as Outcomes[C['verb']];
  }

  open(task: string, given: Partial<OpenCall> = {}): Promise<OpenOutcome> {
    return this.#one({ ...this.openCall(task), ...given });
  }
  openCall(task: string): OpenCall {
    const never = { info: null, options: {}, closeWhenIdle: null, closeAfter: null };
    return { verb: 'open', task, nonce: this.nonce(), idleTimeout: DAY, ...never };
  }
  lock(task: string, unit: string, given: Partial<LockCall> = {}): Promise<LockOutcome> {
    return this.#one({ ...this.lockCall(task, unit), ...given });
  }
  lockCall(task: string, unit: string): LockCall {
    const times = { idleTimeout: DAY, ttl: 60_000, maxHold: 3_600_000 };
    return { verb: 'lock', task, unit, nonce: this.nonce(), holder: 'tester', refresh: false, ...times };
  }
  /** Locks and gives the token; fails when the answer is another one. */
  async token(task: string, unit: string, given: Partial<LockCall> = {}): Promise<number> {
    const outcome = await this.lock(task, unit, given);
    if (outcome.kind !== 'locked') throw new Error(`expected a lock on ${task}/${unit}, got ${outcome.kind}`);
    return outcome.token;
  }
  unlock(task: string, unit: string, token: number | null, result: string | null = null): Promise<UnlockOutcome> {
    return this.#one({ verb: 'unlock', task, unit, token, result });
  }
  failUnit(task: string, unit: string, token: number, final = false): Promise<FailUnitOutcome> {
    return this.#one({ verb: 'failUnit', task, unit, token, error: '{"message":"no"}', final });
  }
  extendLock(task: string, unit: string, token: number, ttl = 60_000): Promise<ExtendLockOutcome> {
    return this.#one({ verb: 'extendLock', task, unit, token, ttl });
  }
  letGo(task: string, unit: string, token: number): Promise<LetGoOutcome> {
    return this.#one({ verb: 'letGo', task, unit, token });
  }
  /** Locks and unlocks. */
  async done(task: string, unit: string, result: string | null = null): Promise<UnlockOutcome> {
    return this.unlock(task, unit, await this.token(task, unit), result);
  }
  close(task: string, options: Partial<TaskOptions> = {}, given: Partial<CloseCall> = {}): Promise<CloseOutcome> {
    const call = { verb: 'close', task, nonce: this.nonce(), idleTimeout: DAY, info: null, replace: false } as const;
    return this.#one({ ...call, options, ...given });
  }
  async claim(given: Partial<ClaimCall> = {}): Promise<ClaimOutcome> {
    const [outcome] = await this.store.claim([{ nonce: this.nonce(), lease: 30_000, worker: 'worker', ...given }]);
    return outcome as ClaimOutcome;
  }
  /** Claims and gives the claim; fails when there is none. */
  async claimed(given: Partial<ClaimCall> = {}): Promise<Extract<ClaimOutcome, { kind: 'claimed' }>> {
    const outcome = await this.claim(given);
    if (outcome.kind !== 'claimed') throw new Error(`expected a claim, got ${outcome.kind}`);
    return outcome;
  }
  complete(task: string, token: number, result: string | null = null): Promise<CompleteOutcome> {
    return this.#one({ verb: 'complete', task, token, result });
  }
  failClaim(task: string, token: number, retry = true, delay: number | null = 0): Promise<FailClaimOutcome> {
    return this.#one({ verb: 'failClaim', task, token, error: '{"message":"no"}', retry, delay });
  }
  extendClaim(task: string, token: number, lease = 30_000): Promise<ExtendClaimOutcome> {
    return this.#one({ verb: 'extendClaim', task, token, lease });
  }
  giveBack(task: string, token: number): Promise<GiveBackOutcome> {
    return this.#one({ verb: 'giveBack', task, token });
  }
  retry(task: string, nonce = this.nonce()): Promise<RetryOutcome> {
    return this.#one({ verb: 'retry', task, nonce });
  }
  release(task: string, nonce = this.nonce()): Promise<ReleaseOutcome> {
    return this.#one({ verb: 'release', task, nonce });
  }
  cancel(task: string, reason = 'enough', nonce = this.nonce()): Promise<CancelOutcome> {
    return this.#one({ verb: 'cancel', task, reason, nonce });
  }
  remove(task: string, nonce = this.nonce()): Promise<RemoveOutcome> {
    return this.#one({ verb: 'remove', task, nonce });
  }

  redo(task: string, unit: string, nonce = this.nonce()): Promise<RedoOutcome> {
    return this.#one({ verb: 'redo', task, unit, error: '{"message":"bad"}', nonce });
  }

  claimFailed(
    task: string,
    given: { readonly nonce?: string; readonly lease?: number } = {},
  ): Promise<ClaimFailedOutcome> {
    return this.#one({ verb: 'claimFailed', task, nonce: this.nonce(), lease: 30_000, worker: 'alerts', ...given });
  }
  /** Claims a dead letter and gives the token; fails when it is not given. */
  async letter(task: string): Promise<number> {
    const outcome = await this.claimFailed(task);
    if (outcome.kind !== 'claimed') throw new Error(`expected the dead letter ${task}, got ${outcome.kind}`);
    return outcome.token;
  }
  /** Acknowledges it, or has it given again so long from now. */
  settleFailed(task: string, token: number, again: number | null = null): Promise<SettleFailedOutcome> {
    return this.#one({ verb: 'settleFailed', task, token, again });
  }
  extendFailed(task: string, token: number, lease = 30_000): Promise<ExtendFailedOutcome> {
    return this.#one({ verb: 'extendFailed', task, token, lease });
  }

  async advance(ms: number): Promise<void> {
    await this.subject.advance(ms);
  }
  /** Sweeps until nothing is due. */
  async sweep(limit = 100): Promise<SweepOutcome> {
    for (;;) {
      const outcome = await this.store.sweep(limit);
      if (!outcome.more) return outcome;
    }
  }
  async later(ms: number): Promise<void> {
    await this.advance(ms);
    await this.sweep();
  }

  async detail(task: string): Promise<TaskDetail> {
    const [detail] = await this.store.inspect([task]);
    if (!detail) throw new Error(`task ${task} is not known`);
    return detail;
  }
  async state(task: string): Promise<string | null> {
    const [detail] = await this.store.inspect([task]);
    return detail?.state ?? null;
  }
  stats(): Promise<Stats> {
    return this.store.stats();
  }
  /** Names and states of all units, in plain order. */
  async units(task: string): Promise<Record<string, string>> {
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page: UnitNamesPage = await this.store.unitNames({ task, limit: 1000, ...(cursor !== null && { cursor }) });
      if (page.kind !== 'names') return {};
      names.push(...page.names);
      cursor = page.cursor;
    } while (cursor !== null);
    const states: Record<string, string> = {};
    for (let start = 0; start < names.length; ) {
      const page = await this.store.units({ task }, names.slice(start));
      if (page.kind !== 'units') return {};
      for (const { unit, state } of page.units) states[unit] = state;
      start += page.seen;
    }
    return states;
  }
}
