/**
 * Rules of the contract broken one at a time, each in the embedded store or in Lua, for the cases and the random histories to catch.
 * What share of them a budget of steps sees is told in docs/testing-tusker.md.
 */
const LUA = 'src/stores/redis/lua';
const EMBEDDED = 'src/stores/embedded';
const HISTORIES = ['test/conformance/conformance.test.ts', 'test/model/memory.test.ts'];
const TWINS = ['test/redis/conformance.test.ts', 'test/model/redis.test.ts'];

const embedded = (name, promise, file, ...changes) => ({
  name: `embedded-${name}`,
  promise,
  edits: changes.map(([find, put]) => ({ file: `${EMBEDDED}/${file}`, find, put })),
  tests: HISTORIES,
});
const lua = (name, promise, file, ...changes) => ({
  name: `lua-${name}`,
  promise,
  edits: changes.map(([find, put]) => ({ file: `${LUA}/${file}`, find, put })),
  tests: TWINS,
});

export default [
  embedded('default-overrides-what-was-declared', 'a default counts where no call names anything', 'life.ts', [
    '{ ...call.defaults, ...task.options, ...options }',
    '{ ...task.options, ...call.defaults, ...options }',
  ]),
  lua(
    'repeat-of-an-ended-claim-moves-the-delayed',
    'a repeat takes nothing and changes nothing',
    'functions/claim.lua',
    [
      'local name, task, is_known = names_by_nonce[nonce] or names[i], nil, false',
      'ripen() local name, task, is_known = names_by_nonce[nonce] or names[i], nil, false',
    ],
  ),
  lua('default-overrides-what-was-declared', 'a default counts where no call names anything', 'include/life.lua', [
    "named = before == '' and sub(named, 2) or ''",
    'named = sub(named, 2)',
  ]),
  embedded('clock-set-back-is-believed', 'a clock set back makes no lease longer', 'transaction.ts', [
    'if (clock + lead < seen) this.shard.lead = seen - clock;',
    '',
  ]),
  embedded('moment-of-a-write-is-not-noted', 'a clock set back makes no lease longer', 'transaction.ts', [
    'if (this.#now >= this.#times.seen + SEEN_EVERY)',
    'if (this.#now < SEEN_EVERY)',
  ]),
  embedded(
    'lead-is-not-written-down',
    'the time of a store goes on though nothing but sweeps is asked for',
    'sweep.ts',
    ['  if (tx.leads) return undefined;\n', ''],
  ),
  embedded('lead-is-kept-for-ever', 'a store on which nothing waits follows its clock again', 'sweep.ts', [
    'if (!more && only === undefined) followClock(tx);',
    '',
  ]),
  embedded('lead-is-given-up-too-soon', 'a clock set back makes no lease longer', 'sweep.ts', [
    'if (open + locked + delayed + processing === 0 &&',
    'if (open + locked + delayed === 0 &&',
  ]),
  lua('clock-set-back-is-believed', 'a clock set back makes no lease longer', 'include/shard.lua', [
    'if shard[LEAD] > 0 or now < shard[SEEN] then run_on() end',
    '',
  ]),
  lua('moment-of-a-write-is-not-noted', 'a clock set back makes no lease longer', 'include/ledger.lua', [
    'if now >= shard[SEEN] + 1000 then changing_shard()[SEEN] = now end',
    '',
  ]),
  lua(
    'lead-is-not-written-down',
    'the time of a shard goes on though nothing but sweeps is asked for',
    'functions/due.lua',
    ["    if not shard_text then call('HSET', TASKS, '', pack_shard()) end\n", ''],
  ),
  lua('lead-is-given-up-too-soon', 'a clock set back makes no lease longer', 'functions/due.lua', [
    'ipairs({ OPEN, LOCKED, DELAYED, PROCESSING }) do\n    if',
    'ipairs({ OPEN, LOCKED, DELAYED }) do\n    if',
  ]),
  embedded('let-go-repeat-is-lost', 'a repeated letGo has the effect of one', 'verbs/let-go.ts', [
    "if (state === 'expired') return",
    "if (state === 'done') return",
  ]),
  lua('let-go-releases-nothing', 'the last lock that is let go moves its task on', 'verbs/let-go.lua', [
    '    settle(task)\n',
    '',
  ]),
  embedded('lock-lives-at-its-deadline', 'a lock is overdue at its deadline, not after it', 'verbs/lock.ts', [
    "state === 'locked' && unit.until > tx.now",
    "state === 'locked' && unit.until >= tx.now",
  ]),
  embedded('token-is-the-clock', 'a token is greater than every token before it', 'transaction.ts', [
    'Math.max(this.shard.lastToken + 1, this.now * 1000)',
    'this.now * 1000',
  ]),
  embedded('floor-below-the-last-token', 'a release ends every lock of the task', 'life.ts', [
    'task.floor = tx.shard.lastToken;',
    'task.floor = tx.shard.lastToken - 1;',
  ]),
  embedded(
    'grace-before-the-close',
    'the grace of a unit that failed before the close counts from the close',
    'life.ts',
    ['Math.max(task.troubleAt, task.closedAt ?? 0)', 'task.troubleAt'],
  ),
  embedded('final-outlives-the-retry', 'a retry clears failures for good', 'verbs/by-hand.ts', ['  task.era++;\n', '']),
  embedded(
    'relock-keeps-what-was-met',
    'a unit that failed for good and is locked again is expected again',
    'verbs/lock.ts',
    ['    countExpected(tx, task, unit.name, 1);\n', ''],
  ),
  embedded('last-close-wins', 'the first close wins', 'verbs/close.ts', [
    'if (call.replace) return replace',
    'if (call.replace || call.info) return replace',
  ]),
  embedded('replace-keeps-the-deadline', 'a close that replaces the options replaces the deadline', 'verbs/close.ts', [
    '  setDeadline(task);\n  return adopted',
    '  return adopted',
  ]),
  embedded('stale-claim-completes', 'only the live claim completes', 'verbs/settle-claim.ts', [
    "if (!task) return endedAs(tx, call, 'completed') ?",
    "if (!task) return endedAs(tx, call, 'overdue') || endedAs(tx, call, 'completed') ?",
  ]),
  embedded('one-attempt-more', 'a task has as many attempts as its options say', 'life.ts', [
    'if (task.attempt >= attempts) return',
    'if (task.attempt > attempts) return',
  ]),
  embedded(
    'lease-beyond-the-timeout',
    'no lease is renewed past the time limit of its attempt',
    'verbs/settle-claim.ts',
    ['Math.min(tx.now + call.lease, task.claim.timeoutAt)', 'tx.now + call.lease'],
  ),
  embedded('deadline-a-moment-late', 'waiting ends at the deadline', 'sweep.ts', [
    'run.tx.now >= (task.deadlineAt ?? 0)',
    'run.tx.now > (task.deadlineAt ?? 0)',
  ]),
  embedded('idle-from-the-creation', 'idleness counts from the end of the last lock', 'life.ts', [
    'export function lockEnded(tx: Transaction, task: TaskRecord): void {\n  task.idleFrom = tx.now;\n',
    'export function lockEnded(tx: Transaction, task: TaskRecord): void {\n',
  ]),
  embedded('expired-is-lost', 'a unit whose lock ran out may still be done by its holder', 'verbs/unlock.ts', [
    "(unit.state === 'locked' || unit.state === 'expired')",
    "unit.state === 'locked'",
  ]),
  embedded(
    'age-is-not-renewed',
    'after a retry a task closes by age as long after it as it was to after its open',
    'verbs/by-hand.ts',
    [
      'if (closeAt !== null && openedAt !== null) task.closeAt =',
      'if (closeAt !== null && openedAt !== null && closeAt < openedAt) task.closeAt =',
    ],
  ),
  embedded('retry-without-grace', 'after a retry units have a minute at least', 'verbs/by-hand.ts', [
    'Math.max(optionsOf(task).unitGrace, MIN_RETRY_GRACE)',
    'optionsOf(task).unitGrace',
  ]),
  embedded('count-forgets-final', 'failures for good stand in for what is missing of a count', 'life.ts', [
    'if (task.expectNamed || left > task.failedFinal || task.live > 0) return null;',
    'if (left > 0) return null;',
  ]),
  embedded(
    'stray-failure-stands-in-at-once',
    'a stray failure does not shut out a good unit: it stands in after the grace',
    'life.ts',
    ['const since = Math.max(task.idleFrom, task.closedAt ?? 0);', 'const since = Math.min(task.idleFrom, 0);'],
  ),
  embedded('stray-units-named', 'a stray unit is not among those that a list lacks', 'shortfall.ts', [
    'if (task.expectNamed) return shortfallOfNames(tx, task);',
    'if (task.expectNamed && task.expired > 0) return shortfallOfNames(tx, task);',
  ]),
  embedded('error-outlives-the-relock', 'a unit that is locked again has no error', 'verbs/lock.ts', [
    '  unit.error = null;\n',
    '',
  ]),
  embedded('expired-of-the-deadline-unnamed', 'locks that the release itself ended are named', 'shortfall.ts', [
    "['locked', 'expired', 'failed'] as const",
    "['expired', 'failed'] as const",
  ]),
  embedded('failure-keeps-its-old-place', 'a unit that fails again is named where it ended last', 'verbs/unlock.ts', [
    "unit.endOrder = nextEndOrder(tx, task, 'alone');",
    "unit.endOrder ??= nextEndOrder(tx, task, 'alone');",
  ]),
  embedded('done-units-are-named', 'a unit that is done after all is not named', 'verbs/unlock.ts', [
    '  unit.endOrder = null;\n',
    '',
  ]),
  embedded('missing-before-the-failed', 'failed units are named first', 'shortfall.ts', [
    '[...ended.map(({ name }) => name), ...absent,',
    '[...absent, ...ended.map(({ name }) => name),',
  ]),
  embedded('swept-in-the-order-of-locks', 'locks that one sweep ended are named alike in both stores', 'life.ts', [
    "const isOfThisSweep = end === 'swept' && last % 2 === 1 && last >= now;",
    'const isOfThisSweep = false;',
  ]),
  lua('failure-is-not-listed', 'failed units are named in the order in which they ended', 'verbs/fail-unit.lua', [
    '    list_ended(name, false)\n',
    '',
  ]),
  lua('relocked-units-are-named', 'a unit that is locked again is not named as failed', 'verbs/lock-rest.lua', [
    '  if state ~= UNIT_LOCKED then unlist_ended(name) end\n',
    '',
  ]),
  lua('late-unlock-is-named', 'a unit that is done after all is not named', 'verbs/unlock-rest.lua', [
    'if leave_lock(task, unit) == UNIT_EXPIRED then unlist_ended(ARGV[at]) end',
    'leave_lock(task, unit)',
  ]),

  lua('lock-lives-at-its-deadline', 'a lock is overdue at its deadline, not after it', 'verbs/lock-rest.lua', [
    'if is_locked and unit.deadline > now then',
    'if is_locked and unit.deadline >= now then',
  ]),
  lua('token-is-the-clock', 'a token is greater than every token before it', 'include/shard.lua', [
    'max(shard[TOKEN] + 1, now_us)',
    'now_us',
  ]),
  lua('floor-below-the-last-token', 'a release ends every lock of the task', 'include/life.lua', [
    'task.floor = shard[TOKEN]',
    'task.floor = shard[TOKEN] - 1',
  ]),
  lua(
    'grace-before-the-close',
    'the grace of a unit that failed before the close counts from the close',
    'include/cold.lua',
    ['max(task.trouble_at, fields.closed_at or 0)', 'task.trouble_at'],
  ),
  lua('final-outlives-the-retry', 'a retry clears failures for good', 'verbs/by-hand.lua', [
    '  task.era = task.era + 1\n',
    '',
  ]),
  lua(
    'relock-keeps-what-was-met',
    'a unit that failed for good and is locked again is expected again',
    'verbs/lock-rest.lua',
    ['      count_expected(task, name, 1)\n', ''],
  ),
  lua('last-close-wins', 'the first close wins', 'verbs/close.lua', [
    '  elseif replace then',
    "  elseif replace or info ~= '-' then",
  ]),
  lua('replace-keeps-the-deadline', 'a close that replaces the options replaces the deadline', 'verbs/close.lua', [
    '    set_deadline(known)\n',
    '',
  ]),
  lua('stale-claim-completes', 'only the live claim completes', 'verbs/settle-claim.lua', [
    "  elseif ended_as(token, 'completed') then",
    "  elseif ended_as(token, 'completed') or ended_as(token, 'overdue') then",
  ]),
  lua('one-attempt-more', 'a task has as many attempts as its options say', 'include/life.lua', [
    'attempt >= option(task, ATTEMPTS)',
    'attempt > option(task, ATTEMPTS)',
  ]),
  lua('lease-beyond-the-timeout', 'no lease is renewed past the time limit of its attempt', 'verbs/settle-claim.lua', [
    'min(now + lease, fields.timeout_at)',
    'now + lease',
  ]),
  lua('deadline-a-moment-late', 'waiting ends at the deadline', 'verbs/sweep.lua', [
    'if now >= task.deadline_at then',
    'if now > task.deadline_at then',
  ]),
  lua('idle-from-the-creation', 'idleness counts from the end of the last lock', 'verbs/unlock.lua', [
    '    task.live = task.live - 1\n    task.idle_from = now\n',
    '    task.live = task.live - 1\n',
  ]),
  lua('expired-is-lost', 'a unit whose lock ran out may still be done by its holder', 'verbs/unlock.lua', [
    'unit.state ~= UNIT_FAILED',
    'unit.state == UNIT_LOCKED',
  ]),
  lua(
    'age-is-not-renewed',
    'after a retry a task closes by age as long after it as it was to after its open',
    'verbs/by-hand.lua',
    ['if task.close_at > 0 and task.opened_at > 0 then', 'if task.close_at > 0 and task.opened_at == 0 then'],
  ),
  lua('retry-without-grace', 'after a retry units have a minute at least', 'verbs/by-hand.lua', [
    'max(option(task, UNIT_GRACE), 60000)',
    'option(task, UNIT_GRACE)',
  ]),
  lua(
    'memo-of-a-task-in-use',
    'two namespaces with byte-equal records do not share what one of them changed',
    'include/task.lua',
    ['    tasks_by_text[packed] = nil\n', ''],
  ),
  lua(
    'memo-of-cold-fields-shared',
    'two tasks with byte-equal cold fields do not share what one of them changed',
    'include/cold.lua',
    [
      'fields = { unpack(cold_by_text[packed] or memorize(cold_by_text, packed, cmsgpack.unpack(packed)), 1, COLD_FIELDS) }',
      'fields = cold_by_text[packed] or memorize(cold_by_text, packed, cmsgpack.unpack(packed))',
    ],
  ),
  {
    ...lua('memo-of-cold-fields-kept-live', 'what is remembered of cold fields stays as it was', 'include/cold.lua', [
      'memorize(cold_by_text, packed, { unpack(fields, 1, COLD_FIELDS) })',
      'memorize(cold_by_text, packed, fields)',
    ]),
    survives:
      'a call writes a task once, at its end, and does not change it behind that: the copy is for calls to come',
  },
  lua(
    'memo-of-a-unit-changed',
    'units that were granted together do not share what one of them became',
    'verbs/expire-lock.lua',
    ['  leave_lock(task, unit)\n', '  leave_lock(task, unit)\n  unit.renewed_at = now\n'],
  ),
  embedded('redo-sent-again-drops-twice', 'a redo sent again drops nothing', 'verbs/redo.ts', [
    'unit?.history?.redo === call.nonce',
    'unit?.history?.redo === `not ${call.nonce}`',
  ]),
  embedded('redo-is-still-expected-to-be-met', 'a redone unit is expected once more', 'verbs/redo.ts', [
    'countExpected(tx, task, unit.name, 1);',
    '',
  ]),
  embedded('redo-after-the-release', 'what was handed out is not redone', 'verbs/redo.ts', [
    "(shelf === 'failed' && releasedAt === null)",
    "shelf === 'failed'",
  ]),
  embedded('redo-keeps-the-old-grace', 'the grace of a redone unit begins anew', 'verbs/redo.ts', [
    'beginGrace(task, tx.now);',
    'beginGrace(task, 0);',
  ]),
  lua('redo-sent-again-drops-twice', 'a redo sent again drops nothing', 'verbs/redo.lua', [
    'if history.redo == nonce then',
    'if false then',
  ]),
  lua('redo-is-still-expected-to-be-met', 'a redone unit is expected once more', 'verbs/redo.lua', [
    'count_expected(task, name, 1)',
    '',
  ]),
  lua('redo-after-the-release', 'what was handed out is not redone', 'verbs/redo.lua', [
    'task.shelf == FAILED and task.released_at == 0',
    'task.shelf == FAILED',
  ]),
  lua('redo-keeps-the-result', 'the result of a redone unit is dropped', 'verbs/redo.lua', [
    "call('HDEL', done_key, name)",
    '',
  ]),
  embedded('late-without-the-unit', 'a late lock is told what the unit was', 'verbs/lock.ts', [
    'unitState: state ?? null',
    'unitState: null',
  ]),
  lua('late-without-the-unit', 'a late lock is told what the unit was', 'verbs/lock-rest.lua', [
    'is_done and UNIT_DONE or unit and',
    'unit and',
  ]),
  embedded('attempts-without-an-end', 'the last attempt of a unit fails it for good', 'unit-history.ts', [
    'isLast: tries >= (unitAttempts',
    'isLast: tries > (unitAttempts',
  ]),
  embedded('let-go-is-an-attempt', 'a lock that was let go is no attempt of its unit', 'life.ts', [
    "end === 'let-go' ? { isLast: false, freeFrom: tx.now } : countTry",
    'countTry',
  ]),
  embedded('attempts-of-another-era', 'after a retry attempts of units begin anew', 'unit-history.ts', [
    'history.era === task.era ? history',
    'history.era > 0 ? history',
  ]),
  embedded('overdue-lock-is-no-attempt', 'a lock that another one ends counts', 'verbs/lock.ts', [
    "if (unitState(task, unit) === 'locked') expireLock(tx, task, unit, 'alone');",
    '',
  ]),
  embedded('fails-twice-by-one-lock', 'a lock that ran out and failed then is one attempt', 'verbs/unlock.ts', [
    'isLive ? countTry',
    'isLive || tx.now > 0 ? countTry',
  ]),
  lua('attempts-without-an-end', 'the last attempt of a unit fails it for good', 'include/unit-history.lua', [
    'return most and history.tries >= most, now + delay',
    'return most and history.tries > most, now + delay',
  ]),
  lua('let-go-is-an-attempt', 'a lock that was let go is no attempt of its unit', 'verbs/expire-lock.lua', [
    'if not is_let_go then',
    'if true then',
  ]),
  lua('backoff-lets-in', 'during its backoff nobody locks a unit', 'include/unit-history.lua', [
    'if not spent and history.free_from <= now then',
    'if not spent then',
  ]),
  {
    ...lua('few-keys-where-locks-count', 'an overdue lock that another one ends counts', 'functions/apply.lua', [
      'task.expect == NO_EXPECTATION and',
      'task.expect < 0 and',
    ]),
    tests: ['test/redis/unit-attempts.test.ts'],
  },
  embedded('dead-letter-without-its-reader-goes', 'what no consumer acknowledged is kept', 'records.ts', [
    "if (task.shelf === 'failed' && isWatched && task.letter?.acknowledgedAt == null) return null;",
    '',
  ]),
  embedded('held-dead-letter-is-given-again', 'a dead letter is in the hands of one consumer', 'verbs/letters.ts', [
    '|| task.due > tx.now + FAILED_RETENTION) return',
    '|| task.due > tx.now + 2 * FAILED_RETENTION) return',
  ]),
  embedded('new-failure-is-acknowledged', 'a new failure is given anew', 'verbs/by-hand.ts', [
    '  task.letter = null;\n',
    '',
  ]),
  embedded('dead-letter-waits-for-the-clock', 'a clock set back makes no lease longer', 'sweep.ts', [
    ' && !isCountedBeyond(tx, tx.clock)) tx.followClock',
    ') tx.followClock',
  ]),
  lua('dead-letter-without-its-reader-goes', 'what no consumer acknowledged is kept', 'include/cold.lua', [
    'return task.shelf == FAILED and shard[WATCHED] > 0 and not acknowledged_at(task)',
    'return false',
  ]),
  lua('held-dead-letter-is-given-again', 'a dead letter is in the hands of one consumer', 'verbs/letters.lua', [
    'task.due > now + FAILED_RETENTION then',
    'task.due > now + 2 * FAILED_RETENTION then',
  ]),
  lua('new-failure-is-acknowledged', 'a new failure is given anew', 'verbs/by-hand.lua', [
    'fields.ended_at, fields.letter = false, false, false, false',
    'fields.ended_at = false, false, false',
  ]),
  embedded(
    'acknowledged-counts-on',
    'the counters say how many dead letters nobody has acknowledged',
    'embedded-store.ts',
    ["ledger.countFrom('failed', ACKNOWLEDGED)", "ledger.countFrom('failed', 2 * ACKNOWLEDGED)"],
  ),
  lua(
    'acknowledged-counts-on',
    'the counters say how many dead letters nobody has acknowledged',
    'functions/stats.lua',
    ["format('(%d', ACKNOWLEDGED)", "'+inf'"],
  ),
];
