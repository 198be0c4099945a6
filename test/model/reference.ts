/**
 * The contract as plainly as it can be put: every unit is written down with its state, every question is answered by
 * looking at all of them, and nothing is counted ahead. Independent of the stores; slow and small on purpose.
 */
import type { Call, ClaimCall, Outcome } from '../../src/core/store.js';
import type { ModelState, ModelUnit } from './model-task.js';
import { MINUTE, ModelTask, NO_LETTER } from './model-task.js';

/** What a call is expected to answer: the parts that the contract fixes. */
export type Expected = Record<string, unknown> & { readonly kind: string };

export class Reference {
  readonly tasks = new Map<string, ModelTask>();
  readonly claimNonces = new Map<string, { readonly task: ModelTask; until: number }>();
  now: number;
  /** How far the store's own time leads a clock that was set back. */
  lead = 0;
  #isWatched = false;
  completed = 0;
  failed = 0;

  constructor(now: number) {
    this.now = now;
  }

  set clock(now: number) {
    this.now = now + this.lead;
  }

  /** The store's own time is the clock's again when nothing is counted by it. */
  #followClock(): void {
    const isTimed = [...this.tasks.values()].some(
      (task) =>
        ['open', 'locked', 'delayed', 'processing'].includes(task.state) || task.isGivenAfter(this.now - this.lead),
    );
    if (isTimed) return;
    this.now -= this.lead;
    this.lead = 0;
  }

  find(name: string): ModelTask | undefined {
    const task = this.tasks.get(name);
    return task?.isGone(this.now) ? undefined : task;
  }

  #create(name: string, idleTimeout: number): ModelTask {
    const task = new ModelTask(name, this.now, idleTimeout);
    task.isWatched = this.#isWatched;
    this.tasks.set(name, task);
    return task;
  }

  /** Applies a call; `actual` gives the token where one is granted, which the contract does not fix exactly. */
  apply(call: Call, actual: Outcome): Expected {
    switch (call.verb) {
      case 'open': {
        const known = this.find(call.task);
        if (known?.nonces.get('open') === call.nonce) return { kind: 'opened', state: known.shownState };
        if (known && known.state !== 'open') return { kind: 'late', state: known.shownState };
        if (known?.openedAt != null) return { kind: 'already-open', state: 'open' };
        const task = known ?? this.#create(call.task, call.idleTimeout);
        task.nonces.set('open', call.nonce);
        task.openedAt = this.now;
        task.closeWhenIdle = call.closeWhenIdle;
        task.closeAt = call.closeAfter === null ? null : this.now + call.closeAfter;
        task.options = { ...call.defaults, ...task.options, ...call.options };
        if (call.info !== null) task.info = call.info;
        this.#settle(task);
        return { kind: 'opened', state: task.shownState };
      }
      case 'lock': {
        const known = this.find(call.task);
        const unit = known?.state === 'removed' ? undefined : known?.units.get(call.unit);
        const locked = (held: ModelUnit): Expected => ({
          kind: 'locked',
          token: held.token,
          until: held.until,
          holdUntil: held.holdUntil,
          now: this.now,
        });
        if (unit?.state === 'locked' && unit.nonce === call.nonce) return locked(unit);
        const keepsResults = known?.state !== 'completed' || !known.option('worker');
        if (unit?.state === 'done' && keepsResults) return { kind: 'done', result: unit.result };
        const isPastDeadline = known?.state === 'locked' && this.now >= known.deadlineAt;
        if (known && (!known.takesUnits || isPastDeadline)) {
          return { kind: 'late', state: known.shownState, unitState: known.forgotUnits ? null : (unit?.state ?? null) };
        }
        const isLive = unit?.state === 'locked' && unit.until > this.now;
        if (isLive && !call.refresh) return { kind: 'held', holder: 'tester', until: unit.until, now: this.now };
        if (known && unit && !isLive && known.limitsUnits) {
          const refusal = this.#keptBack(known, call.unit, unit);
          if (refusal) return refusal;
        }
        const task = known ?? this.#create(call.task, call.idleTimeout);
        const deadline = task.closedAt === null ? Number.POSITIVE_INFINITY : task.deadlineAt;
        if (isLive) {
          unit.renewedAt = this.now;
          unit.until = Math.min(this.now + call.ttl, unit.holdUntil, deadline);
          return locked(unit);
        }
        const held: ModelUnit = {
          state: 'locked',
          token: actual.kind === 'locked' ? actual.token : 0,
          nonce: call.nonce ?? '',
          until: Math.min(this.now + call.ttl, this.now + call.maxHold, deadline),
          holdUntil: this.now + call.maxHold,
          renewedAt: this.now,
          final: false,
          result: null,
          error: null,
          endPlace: null,
        };
        task.units.set(call.unit, held);
        this.#settle(task);
        return { ...locked(held), granted: true };
      }
      case 'unlock': {
        const held = this.#lastHeld(call);
        if (!held) return this.#lost(call.task);
        const { task, unit } = held;
        if (unit.state === 'done') return { kind: 'done', released: false, ...this.#progress(task) };
        const decides = task.takesUnits && (unit.state === 'locked' || unit.state === 'expired');
        if (!decides) return this.#lost(call.task);
        if (unit.state === 'locked') task.idleFrom = this.now;
        unit.state = 'done';
        unit.endPlace = null;
        unit.result = call.result;
        const released = this.#settle(task);
        return { kind: 'done', released, ...this.#progress(task) };
      }
      case 'failUnit': {
        const held = this.#lastHeld(call);
        if (!held) return this.#lost(call.task);
        const { task, unit } = held;
        if (unit.state === 'failed') return { kind: 'failed', released: false, ...this.#progress(task) };
        const decides = task.takesUnits && (unit.state === 'locked' || unit.state === 'expired');
        if (!decides) return this.#lost(call.task);
        if (unit.state === 'locked') task.idleFrom = this.now;
        const tried = unit.state === 'locked' ? task.countTry(call.unit, this.now) : { isLast: false, until: this.now };
        unit.state = 'failed';
        unit.error = call.error;
        unit.endPlace = task.nextEndPlace(this.now, false);
        task.endTry(call.unit, call.final || tried.isLast, tried.until);
        const released = this.#settle(task);
        return { kind: 'failed', released, ...this.#progress(task) };
      }
      case 'extendLock': {
        const held = this.#lastHeld(call);
        if (held?.unit.state !== 'locked') return this.#lost(call.task);
        const { task, unit } = held;
        const deadline = task.closedAt === null ? Number.POSITIVE_INFINITY : task.deadlineAt;
        const until = Math.min(this.now + call.ttl, unit.holdUntil, deadline);
        if (until <= this.now) return this.#lost(call.task);
        unit.until = until;
        unit.renewedAt = this.now;
        return { kind: 'extended', until, now: this.now };
      }
      case 'letGo': {
        const held = this.#lastHeld(call);
        if (!held) return this.#lost(call.task);
        const { task, unit } = held;
        if (unit.state !== 'locked' && unit.state !== 'expired') return this.#lost(call.task);
        const ended = this.#endLocks(task, 'let-go', (one) => one === unit);
        const released = ended > 0 && this.#settle(task);
        return { kind: 'let-go', released, ...this.#progress(task) };
      }
      case 'close': {
        const known = this.find(call.task);
        const answer = (kind: string, task: ModelTask): Expected => ({ kind, ...this.#progress(task) });
        if (known?.nonces.get('close') === call.nonce) return answer('closed', known);
        if (known && (known.closedAt === null || known.state === 'removed') && known.state !== 'open') {
          return answer('late', known);
        }
        const again = known?.state === 'locked';
        if (known && known.state !== 'open' && !again) return answer('already-closed', known);
        if (known && again && !call.replace && known.closedBy === 'call') return answer('already-closed', known);
        const task = known ?? this.#create(call.task, call.idleTimeout);
        task.nonces.set('close', call.nonce);
        if (call.info !== undefined) task.info = call.info;
        if (!again || call.replace) task.options = { ...call.defaults, ...task.options, ...call.options };
        if (again) {
          task.closedBy = 'call';
          this.#settle(task);
        } else this.#close(task, 'call');
        return answer('closed', task);
      }
      case 'complete': {
        const task = this.#claimedBy(call);
        if (!task) return this.#repeated(call, ['completed']) ?? this.#stale(call.task);
        task.result = call.result;
        this.#endClaim(task, 'completed');
        this.#complete(task);
        return { kind: 'completed' };
      }
      case 'failClaim': {
        const task = this.#claimedBy(call);
        if (!task) return this.#repeated(call, ['retrying', 'failed']) ?? this.#stale(call.task);
        this.#failAttempt(task, call.retry, call.delay, true);
        const failed = (task.state as ModelState) === 'failed';
        return failed ? { kind: 'failed' } : { kind: 'retrying', at: task.readyAt };
      }
      case 'extendClaim': {
        const task = this.#claimedBy(call);
        if (!task?.claim) return this.#stale(call.task);
        task.claim.leaseUntil = Math.min(this.now + call.lease, task.claim.timeoutAt);
        return { kind: 'extended', until: task.claim.leaseUntil, now: this.now };
      }
      case 'giveBack': {
        const task = this.#claimedBy(call);
        if (!task) return this.#repeated(call, ['given-back']) ?? this.#stale(call.task);
        this.#endClaim(task, 'given-back');
        task.attempt--;
        this.#enqueue(task);
        return { kind: 'given-back', spent: false };
      }
      case 'retry': {
        const task = this.#kept(call.task);
        if (!task) return { kind: 'not-found' };
        if (task.nonces.get('retry') === call.nonce) return { kind: 'retried', state: task.shownState };
        if (task.state !== 'failed') return { kind: 'not-failed', state: task.shownState };
        task.nonces.set('retry', call.nonce);
        this.#retry(task);
        return { kind: 'retried', state: task.shownState };
      }
      case 'release': {
        const task = this.#kept(call.task);
        if (!task) return { kind: 'not-found' };
        if (task.nonces.get('release') === call.nonce) return { kind: 'released', state: task.shownState };
        if (!task.takesUnits && task.state !== 'delayed') return { kind: 'late', state: task.shownState };
        task.nonces.set('release', call.nonce);
        if (task.state === 'delayed') this.#enqueue(task);
        else {
          if (task.closedAt === null) task.closedBy = 'call';
          task.closedAt ??= this.now;
          this.#release(task);
        }
        return { kind: 'released', state: task.shownState };
      }
      case 'cancel': {
        const task = this.#kept(call.task);
        if (!task) return { kind: 'not-found' };
        if (task.nonces.get('cancel') === call.nonce) return { kind: 'cancelled' };
        if (task.endedAt !== null) return { kind: 'already-ended', state: task.shownState };
        task.nonces.set('cancel', call.nonce);
        if (task.claim) this.#endClaim(task, 'overdue');
        this.#fail(task, 'cancelled');
        task.cancelReason = call.reason;
        return { kind: 'cancelled' };
      }
      case 'redo': {
        const task = this.#kept(call.task);
        if (!task) return { kind: 'not-found' };
        if (task.redoNonces.get(call.unit) === call.nonce) return { kind: 'redone', ...this.#progress(task) };
        const unit = task.units.get(call.unit);
        if (!task.takesUnitsAgain) return { kind: 'late', state: task.shownState };
        if (unit?.state !== 'done') return { kind: 'not-done', state: task.shownState, unitState: unit?.state ?? null };
        task.redoNonces.set(call.unit, call.nonce);
        unit.state = 'failed';
        unit.final = false;
        unit.error = call.error;
        unit.result = null;
        unit.endPlace = task.nextEndPlace(this.now, false);
        task.troubleAt = Math.max(task.troubleAt, this.now);
        task.tries.delete(call.unit);
        task.idleFrom = this.now;
        this.#settle(task);
        return { kind: 'redone', ...this.#progress(task) };
      }
      case 'claimFailed': {
        const task = this.#kept(call.task);
        if (task?.state !== 'failed') return { kind: 'none' };
        const given = ({ token, readyAt: until, attempt }: ModelTask['letter']): Expected => {
          return { kind: 'claimed', token, until, attempt, now: this.now };
        };
        const { letter } = task;
        if (letter.nonce === call.nonce) return letter.token === null ? { kind: 'none' } : given(letter);
        if (letter.acknowledgedAt !== null || Math.max(letter.readyAt, task.endedAt ?? 0) > this.now)
          return { kind: 'none' };
        this.#isWatched = true;
        for (const one of this.tasks.values()) one.isWatched = true;
        const [token, attempt] = [actual.kind === 'claimed' ? actual.token : 0, letter.attempt + 1];
        task.letter = { ...letter, token, nonce: call.nonce, attempt, readyAt: this.now + call.lease };
        return { ...given(task.letter), granted: true };
      }
      case 'settleFailed': {
        const task = this.#letterOf(call);
        const settled = this.#kept(call.task)?.letter.settled;
        if (!task) return settled?.token === call.token ? settled.answer : this.#staleLetter(call.task);
        const again = call.again === null ? null : this.now + call.again;
        const answer = again === null ? { kind: 'acknowledged' } : { kind: 'again', at: again };
        const acknowledgedAt = again === null ? this.now : null;
        const end = { token: null, readyAt: again ?? 0, acknowledgedAt };
        task.letter = { ...task.letter, ...end, settled: { token: call.token, answer } };
        return answer;
      }
      case 'extendFailed': {
        const task = this.#letterOf(call);
        if (!task) return this.#staleLetter(call.task);
        task.letter = { ...task.letter, readyAt: this.now + call.lease };
        return { kind: 'extended', until: task.letter.readyAt, now: this.now };
      }
      case 'remove': {
        const task = this.find(call.task);
        if (task?.nonces.get('remove') === call.nonce) return { kind: 'removed' };
        if (!task || task.state === 'removed') return { kind: 'not-found' };
        if (task.endedAt === null) return { kind: 'not-ended', state: task.shownState };
        task.nonces.set('remove', call.nonce);
        task.state = 'removed';
        task.endedAt = this.now;
        return { kind: 'removed' };
      }
    }
  }

  /** The tasks that a claim may be given now. */
  ready(): ModelTask[] {
    return [...this.tasks.values()].filter(
      ({ state, readyAt }) => state === 'released' || (state === 'delayed' && readyAt <= this.now),
    );
  }

  /** The claim that a repeat of this call finds: `null` for one that has ended. */
  claimedWith(nonce: string): ModelTask | null | undefined {
    const known = this.claimNonces.get(nonce);
    if (!known) return undefined;
    return known.task.claim?.nonce === nonce ? known.task : null;
  }

  /** The store chose this task; the caller has checked that it may. */
  claim(task: ModelTask, call: ClaimCall, token: number): Expected {
    // Whatever is due joins the queue before a claim is given.
    for (const ripe of this.tasks.values()) {
      if (ripe.state === 'delayed' && ripe.readyAt <= this.now) this.#enqueue(ripe);
    }
    task.attempt++;
    const timeoutAt = this.now + task.option('timeout');
    task.claim = { token, nonce: call.nonce, leaseUntil: Math.min(this.now + call.lease, timeoutAt), timeoutAt };
    task.state = 'processing';
    this.claimNonces.set(call.nonce, { task, until: Number.POSITIVE_INFINITY });
    return this.claimed(task);
  }

  claimed(task: ModelTask): Expected {
    const { name, attempt, info, claim } = task;
    return {
      kind: 'claimed',
      task: name,
      attempt,
      attempts: task.option('attempts'),
      info,
      token: claim?.token,
      leaseUntil: claim?.leaseUntil,
      timeoutAt: claim?.timeoutAt,
      done: task.count('done'),
    };
  }

  /** Whether a task is swept behind its deadline: then its locks end one by one or with it, as the store goes about it. */
  get isPastDeadline(): boolean {
    return [...this.tasks.values()].some(({ state, deadlineAt }) => state === 'locked' && deadlineAt <= this.now);
  }

  /** Ends everything that is due. */
  sweep(): void {
    for (const task of [...this.tasks.values()]) this.#sweepTask(task);
    for (const [nonce, { until }] of this.claimNonces) if (until <= this.now) this.claimNonces.delete(nonce);
    this.#followClock();
  }

  #sweepTask(task: ModelTask): void {
    const { now } = this;
    if (task.claim && (task.claim.leaseUntil <= now || task.claim.timeoutAt <= now)) {
      this.#failAttempt(task, true, null, false);
    }
    if (task.takesUnits) this.#endLocks(task, 'swept', (unit) => unit.until <= now);
    if (task.state === 'open') {
      const isIdle = task.count('locked') === 0 && task.idleEnd <= now;
      const closesWhenIdle = task.closeWhenIdle !== null && task.closeWhenIdle <= task.idleTimeout;
      if (task.closeAt !== null && task.closeAt <= now) this.#close(task, 'age');
      else if (isIdle && closesWhenIdle) this.#close(task, 'idle');
      else if (isIdle) this.#fail(task, 'never-closed');
      else this.#settle(task);
    }
    if (task.state === 'locked') {
      if (task.deadlineAt <= now) this.#endWaiting(task);
      else this.#settle(task);
    }
    if (task.state === 'delayed' && task.readyAt <= now) this.#enqueue(task);
    const isMerged = task.state === 'completed' && task.option('worker');
    if (isMerged && (task.endedAt ?? now) + 5 * MINUTE <= now) task.forgotUnits = true;
    if (task.isGone(now)) this.tasks.delete(task.name);
  }

  /** Ends the locks not renewed for `ms`; how many. What that brings about comes with the next sweep. */
  timeoutLocks(ms: number): number {
    let ended = 0;
    for (const task of this.tasks.values()) {
      if (task.takesUnits)
        ended += this.#endLocks(task, 'swept', (unit) => Math.max(0, this.now - unit.renewedAt) >= ms);
    }
    return ended;
  }

  /** The next moment at which something must happen to the task by itself. */
  nextMoment(task: ModelTask): number {
    const locks = [...task.units.values()].filter(({ state }) => state === 'locked').map(({ until }) => until);
    switch (task.state) {
      case 'open':
        return Math.min(
          ...locks,
          task.closeAt ?? Number.POSITIVE_INFINITY,
          ...(locks.length ? [] : [task.idleEnd]),
          ...(task.expects && task.openedAt !== null ? [task.metFrom] : []),
        );
      case 'locked':
        if (locks.length > 0) return Math.min(...locks, task.deadlineAt);
        return Math.min(task.expects ? task.metFrom : task.graceEnd, task.deadlineAt);
      case 'delayed':
        return task.readyAt;
      case 'processing':
        return task.claim?.leaseUntil ?? this.now;
      case 'released':
        return Number.POSITIVE_INFINITY;
      case 'failed':
        return task.letter.readyAt > this.now ? task.letter.readyAt : task.goneAt;
      default:
        return task.goneAt;
    }
  }

  stats(): Record<string, number> {
    const count = (state: ModelState) => [...this.tasks.values()].filter((task) => task.state === state).length;
    return {
      open: count('open'),
      locked: count('locked'),
      released: count('released'),
      delayed: count('delayed'),
      processing: count('processing'),
      completed: this.completed,
      failed: this.failed,
      tombstones: count('completed'),
      deadLetters: count('failed'),
      unacknowledged: [...this.tasks.values()].filter(
        ({ state, letter }) => state === 'failed' && letter.acknowledgedAt === null,
      ).length,
    };
  }

  #kept(name: string): ModelTask | undefined {
    const task = this.find(name);
    return task?.state === 'removed' ? undefined : task;
  }
  #letterOf(call: { readonly task: string; readonly token: number }): ModelTask | undefined {
    const task = this.#kept(call.task);
    return task?.state === 'failed' && task.letter.token === call.token ? task : undefined;
  }
  #staleLetter(name: string): Expected {
    return { ...this.#stale(name), currentToken: this.#kept(name)?.letter.token ?? null };
  }
  #lastHeld(call: { readonly task: string; readonly unit: string; readonly token: number | null }) {
    const task = this.#kept(call.task);
    const unit = task?.units.get(call.unit);
    if (!task || !unit || task.forgotUnits || (call.token !== null && call.token !== unit.token)) return undefined;
    return { task, unit };
  }
  #claimedBy(call: { readonly task: string; readonly token: number }): ModelTask | undefined {
    const task = this.find(call.task);
    return task?.claim?.token === call.token ? task : undefined;
  }
  #repeated(call: { readonly task: string; readonly token: number }, words: string[]): Expected | undefined {
    const last = this.find(call.task)?.lastClaim;
    return last?.token === call.token && words.includes(last.word) ? { kind: last.word } : undefined;
  }
  #progress(task: ModelTask): Record<string, unknown> {
    const live = task.count('locked');
    const named = (task.options.expect ?? null) !== null;
    // With an expectation the number is a matter of reading; that there is something outstanding is not.
    const outstanding = task.takesUnits ? live + (named ? 0 : task.troubled) : 0;
    const isOutstanding = task.takesUnits && outstanding + task.unmet > 0;
    return { state: task.shownState, done: task.count('done'), isOutstanding, ...(!named && { outstanding }) };
  }
  #lost(name: string): Expected {
    const task = this.find(name);
    return { kind: 'lost', state: task?.shownState ?? null, ...this.#cancelled(task) };
  }
  #stale(name: string): Expected {
    const task = this.find(name);
    const currentToken = task?.claim?.token ?? null;
    return { kind: 'stale', currentToken, state: task?.shownState ?? null, ...this.#cancelled(task) };
  }
  #cancelled(task: ModelTask | undefined): Record<string, unknown> {
    return { cancelled: task?.failure === 'cancelled' ? (task.cancelReason ?? '') : undefined };
  }

  /** Moves a task on when nothing holds it; whether that released it. */
  #settle(task: ModelTask): boolean {
    const before = task.releasedAt;
    if (task.state === 'open' && task.expects && task.openedAt !== null && task.metFrom <= this.now) {
      this.#close(task, 'expect');
    } else if (task.state === 'locked' && task.count('locked') === 0) {
      const until = task.expects ? task.metFrom : task.troubled > 0 ? task.graceEnd : 0;
      if (until <= this.now) this.#endWaiting(task);
    }
    return task.releasedAt !== before;
  }
  #close(task: ModelTask, by: ModelTask['closedBy']): void {
    task.state = 'locked';
    task.closedAt = this.now;
    task.closedBy = by;
    task.waitsFrom = this.now;
    this.#settle(task);
  }
  /** What its attempts or its backoff answer to a lock of a unit; an overdue lock ends by that. */
  #keptBack(task: ModelTask, name: string, unit: ModelUnit): Expected | undefined {
    this.#endLocks(task, 'alone', (one) => one === unit);
    const { count, until } = task.tries.get(name) ?? { count: 0, until: 0 };
    const isSpent = unit.state === 'failed' && unit.final && count >= (task.options.unitAttempts ?? Infinity);
    if (!isSpent && until <= this.now) return undefined;
    this.#settle(task);
    if (!task.takesUnits) return { kind: 'late', state: task.shownState, unitState: unit.state };
    return isSpent ? { kind: 'failed', error: unit.error } : { kind: 'held', holder: '', until, now: this.now };
  }
  #endLocks(
    task: ModelTask,
    how: 'alone' | 'swept' | 'let-go' | 'with-task',
    ends: (unit: ModelUnit) => boolean,
  ): number {
    let ended = 0;
    for (const [name, unit] of task.units) {
      if (unit.state !== 'locked' || !ends(unit)) continue;
      const counts = how === 'alone' || how === 'swept';
      const { isLast, until } = counts ? task.countTry(name, this.now) : { isLast: false, until: this.now };
      unit.state = isLast ? 'failed' : 'expired';
      unit.final = false;
      if (isLast) unit.error = '{"name":"LockLostError","message":"the lock ran out: its holder is gone"}';
      if (how !== 'with-task') unit.endPlace = task.nextEndPlace(this.now, how === 'swept');
      if (how === 'with-task') task.troubleAt = this.now;
      else task.endTry(name, isLast, until);
      task.idleFrom = this.now;
      ended++;
    }
    return ended;
  }
  #endWaiting(task: ModelTask): void {
    this.#endLocks(task, 'with-task', () => true);
    if (!task.isWhole && task.option('incomplete') === 'fail') this.#fail(task, 'incomplete');
    else this.#release(task);
  }
  #release(task: ModelTask): void {
    this.#endLocks(task, 'with-task', () => true);
    task.releasedAt = this.now;
    if (task.option('worker')) this.#enqueue(task);
    else {
      task.releases++;
      this.#complete(task);
    }
  }
  #enqueue(task: ModelTask): void {
    task.state = 'released';
    task.releases++;
  }
  #complete(task: ModelTask): void {
    task.state = 'completed';
    task.endedAt = this.now;
    task.completions++;
    this.completed++;
  }
  #fail(task: ModelTask, failure: string): void {
    this.#endLocks(task, 'with-task', () => true);
    task.state = 'failed';
    task.endedAt = this.now;
    task.failure = failure;
    task.cancelReason = null;
    task.letter = NO_LETTER;
    this.failed++;
  }
  #endClaim(task: ModelTask, word: string): void {
    if (!task.claim) return;
    task.lastClaim = { token: task.claim.token, word };
    const kept = this.claimNonces.get(task.claim.nonce);
    if (kept) kept.until = this.now + 2 * MINUTE;
    task.claim = null;
  }
  #failAttempt(task: ModelTask, retry: boolean, delay: number | null, byWorker: boolean): void {
    const { base, factor, max, jitter } = task.option('backoff');
    const full = Math.min(max, base * factor ** (task.attempt - 1));
    // The stores under test draw one half each time.
    task.readyAt = this.now + (delay ?? Math.round(full * (1 - jitter / 2)));
    const isLast = !retry || task.attempt >= task.option('attempts');
    this.#endClaim(task, byWorker ? (isLast ? 'failed' : 'retrying') : 'overdue');
    if (isLast) this.#fail(task, retry ? 'attempts' : 'fatal');
    else if (task.readyAt === this.now) this.#enqueue(task);
    else task.state = 'delayed';
  }
  #retry(task: ModelTask): void {
    task.failure = null;
    task.cancelReason = null;
    task.endedAt = null;
    task.letter = NO_LETTER;
    if (task.releasedAt !== null) {
      task.attempt = 0;
      this.#enqueue(task);
      return;
    }
    for (const unit of task.units.values()) unit.final = false;
    task.tries.clear();
    if (task.closedAt === null) {
      if (task.closeAt !== null && task.openedAt !== null) task.closeAt = this.now + (task.closeAt - task.openedAt);
      if (task.openedAt !== null) task.openedAt = this.now;
      task.idleFrom = this.now;
      task.state = 'open';
    } else {
      task.waitsFrom = this.now;
      task.graceAtLeast = this.now + Math.max(task.option('unitGrace'), MINUTE);
      task.state = 'locked';
    }
    this.#settle(task);
  }
}
