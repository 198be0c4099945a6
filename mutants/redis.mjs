const lua = (name) => `src/stores/redis/lua/${name}.lua`;
const store = (name) => `src/stores/redis/${name}.ts`;
const redis = (...names) => names.map((name) => `test/redis/${name}.test.ts`);

export default [
  // How calls are put together and told apart.
  {
    name: 'second-trip-with-a-new-nonce',
    promise: 'calls that are sent again with all keys have the nonce of the first time',
    edits: [
      {
        file: store('applier'),
        find: 'again ?? { nonce: this.#nonce() }',
        put: '{ nonce: this.#nonce(), ...(again && {}) }',
      },
    ],
    tests: redis('cuts'),
  },
  {
    name: 'overtaken-unknown',
    promise: 'nothing overtakes a call of unknown fate on its task',
    edits: [
      {
        file: store('applier'),
        find: 'if (!(outcome.error instanceof ConnectionError || failures.has(outcome.error)))',
        put: 'if (outcome.error instanceof ConnectionError || failures.has(outcome.error))',
      },
    ],
    tests: redis('cuts'),
  },
  {
    name: 'lost-part-spoils-the-batch',
    promise: 'of a batch what was answered reaches its callers, though another part of it was lost',
    edits: [
      { file: store('applier'), find: ' && !outcomes.some(isAnswered)) throw', put: ') throw' },
      { file: store('applier'), find: 'failures.length === sent.length', put: 'failures.length > 0' },
    ],
    tests: redis('delivery'),
  },
  {
    name: 'two-calls-on-a-unit-in-one-part',
    promise: 'two calls on one unit are sent one after the other, so that a repeat of each has the effect of one',
    edits: [{ file: store('parts'), find: 'if (subjects.has(subject) || ', put: 'if (' }],
    tests: redis('delivery'),
  },
  {
    name: 'lock-grows-a-full-memory',
    promise: 'a lock is refused when memory is full',
    edits: [{ file: store('applier'), find: "['open', 'lock', 'close']", put: "['open', 'close']" }],
    tests: redis('memory'),
  },
  {
    name: 'second-trip-fails-the-first',
    promise: 'what fails at the second trip does not take away the answers of the first',
    edits: [
      {
        file: store('applier'),
        find: "for (const place of places) outcomes[place] = { kind: 'error', error };\n    });",
        put: "for (const place of places) outcomes[place] = { kind: 'error', error };\n      throw error;\n    });",
      },
    ],
    tests: redis('delivery'),
  },
  {
    name: 'needy-tasks-without-an-end',
    promise: 'only so many tasks are remembered to need all keys',
    edits: [
      {
        file: store('applier'),
        find: 'if (this.#needAll.size <= this.remembered) return;',
        put: 'if (this.#needAll.size >= 0) return;',
      },
    ],
    tests: redis('batches'),
  },
  {
    name: 'locks-of-two-holders-in-one-run',
    promise: 'locks of different holders in one batch keep their holders',
    edits: [
      {
        file: store('calls'),
        find: 'return call.holder === head.holder && call.refresh === head.refresh;',
        put: 'return call.refresh === head.refresh;',
      },
    ],
    tests: redis('batches'),
  },
  {
    name: 'unlocks-of-two-tokens-in-one-run',
    promise: 'unlocks with different tokens in one batch are judged each by its own',
    edits: [
      {
        file: store('calls'),
        find: "call.verb !== 'unlock' || call.token !== head.token",
        put: "call.verb !== 'unlock'",
      },
    ],
    tests: redis('batches'),
  },
  {
    name: 'braces-in-a-namespace',
    promise: 'braces in the name of a namespace neither begin nor end its hash tag',
    edits: [
      {
        file: store('keys'),
        find: 'name.replace(/[%{}]/g, (character) => encodeURIComponent(character))',
        put: 'name',
      },
    ],
    tests: redis('shards'),
  },
  {
    name: 'few-keys-with-failed-units',
    promise: 'a task with failed units gets all of its keys',
    edits: [
      {
        file: lua('functions/apply'),
        find: 'task.expect == NO_EXPECTATION and task.failed + task.failed_final + task.expired == 0',
        put: 'task.expect == NO_EXPECTATION',
      },
    ],
    tests: redis('batches'),
  },
  {
    name: 'older-layout-names-nothing',
    promise: 'units that failed under an older version are named',
    edits: [
      {
        file: lua('include/ended'),
        find: '  if task.id <= shard[OLD_INCARNATION] then return ended_names_of_old(limit) end\n',
        put: '',
      },
    ],
    tests: redis('older-layout'),
  },
  {
    name: 'older-version-works-on',
    promise: 'an older version is refused once a newer one has written',
    edits: [
      {
        file: lua('include/shard'),
        find: '      shard[LAYOUT] = OWN_LAYOUT\n',
        put: '',
      },
    ],
    tests: redis('older-layout'),
  },
  {
    name: 'layout-2-stays',
    promise: 'a shard of layout 2 is brought up by the first call that writes',
    edits: [
      { file: lua('include/shard'), find: 'if shard[LAYOUT] < OWN_LAYOUT then', put: 'if shard[LAYOUT] == 1 then' },
    ],
    tests: redis('older-layout'),
  },
  {
    name: 'newer-layout-is-guessed-at',
    promise: 'a shard of a newer layout is refused',
    edits: [
      {
        file: lua('include/shard'),
        find: 'string.byte(packed) > OWN_LAYOUT',
        put: 'string.byte(packed) > OWN_LAYOUT + 1',
      },
    ],
    tests: redis('older-layout'),
  },
  {
    name: 'few-keys-for-an-overdue-record',
    promise: 'a name whose former task is over gets all of its keys, to clear what that left',
    edits: [
      {
        file: lua('functions/apply'),
        find: '(group.left or task and not keeps_to_few_keys(task))',
        put: '(task and not keeps_to_few_keys(task))',
      },
    ],
    tests: redis('batches'),
  },
  {
    name: 'broken-record-takes-its-batch-down',
    promise: 'a record that cannot be read refuses its own calls; those that share its batch go on',
    edits: [
      {
        file: lua('functions/apply'),
        find: 'pcall(apply_runs, packed[i + 1], runs, has_all)',
        put: 'true, apply_runs(packed[i + 1], runs, has_all)',
      },
    ],
    tests: redis('batches', 'records'),
  },
  {
    name: 'overdue-broken-record-not-set-aside',
    promise: 'an overdue record that cannot be read does not keep a sweep from the others',
    edits: [
      {
        file: lua('functions/apply'),
        find: 'if runs[2][1] == sweep then set_aside',
        put: 'if runs[2][1] == lock then set_aside',
      },
    ],
    tests: redis('records'),
  },

  // Claims.
  {
    name: 'marker-not-put-back',
    promise: 'while tasks are queued there is a marker that wakes the next worker',
    edits: [
      {
        file: lua('functions/claim'),
        find: "if waiting > 0 then call('ZADD', MARKER, '0', 'm') elseif",
        put: 'if waiting < 0 then return end\n  if waiting == 0 and',
      },
    ],
    tests: redis('queue'),
  },
  {
    name: 'marker-left-behind',
    promise: 'where nothing is queued no marker wakes anybody',
    edits: [
      { file: lua('functions/claim'), find: "elseif how ~= POPPED then call('ZREM', MARKER, 'm') end", put: 'end' },
    ],
    tests: redis('queue'),
  },
  {
    name: 'claim-nonce-not-written',
    promise: 'a claim is found again by its nonce',
    edits: [{ file: lua('functions/claim'), find: "  call('HSET', CLAIMS, nonce, task.name)\n", put: '' }],
    tests: redis('waking', 'unknown'),
  },
  {
    name: 'claim-of-another-nonce-found',
    promise: 'a repeated claim gets its own claim, not that of whoever claimed the task since',
    edits: [
      {
        file: lua('functions/claim'),
        find: 'task.shelf == PROCESSING and cold(task).claim_nonce == nonce',
        put: 'task.shelf == PROCESSING',
      },
    ],
    tests: redis('queue'),
  },
  {
    name: 'cancel-claims',
    promise: 'who cancels a claim gets what it got before, and nothing more',
    edits: [{ file: lua('functions/claim'), find: 'if how == CANCEL then', put: "if how == 'cancel' then" }],
    tests: redis('given-up-claims'),
  },
  {
    name: 'ended-nonces-kept',
    promise: 'claims that ended minutes ago are forgotten',
    edits: [
      {
        file: lua('functions/claim'),
        find: 'if claimed == 0 or claimed > 8 or now_us % 16 == 0 then',
        put: 'if claimed > 1000 then',
      },
    ],
    tests: redis('waking'),
  },
  {
    name: 'ended-nonce-still-known',
    promise: 'three minutes after its claim has ended a nonce is a new one',
    edits: [
      {
        file: lua('functions/claim'),
        find: 'local is_known = not forgotten_at or forgotten_at > now',
        put: 'local is_known = true',
      },
    ],
    tests: redis('waking'),
  },
  {
    name: 'nonce-twice-claims-two',
    promise: 'a nonce twice in one call claims one task',
    edits: [{ file: lua('functions/claim'), find: '      names_by_nonce[nonce] = task.name\n', put: '' }],
    tests: redis('waking'),
  },
  {
    name: 'claims-without-a-limit-of-bytes',
    promise: 'one call hands out tasks until its answer is full of bytes',
    edits: [{ file: lua('functions/claim'), find: ' or bytes >= PAGE_BYTES then', put: ' then' }],
    tests: redis('queue'),
  },
  {
    name: 'sweep-ends-all-locks-at-once',
    promise: 'one call of a sweep ends about a hundred locks of a task',
    edits: [
      {
        file: lua('verbs/sweep'),
        find: 'MOST_ENDED, MOST_LOOKED_AT = 100, 500',
        put: 'MOST_ENDED, MOST_LOOKED_AT = 10000, 5000',
      },
    ],
    tests: redis('one-call'),
  },
  {
    name: 'apply-does-all-at-once',
    promise: 'a call that has done enough leaves the other tasks to the next one',
    edits: [
      { file: lua('functions/apply'), find: 'if steps >= MOST_STEPS and i < count then', put: 'if steps < 0 then' },
    ],
    tests: redis('one-call'),
  },
  {
    name: 'left-tasks-not-sent-again',
    promise: 'what a call left is asked again',
    edits: [{ file: store('applier'), find: "return read !== 'answered';", put: "return read === 'needs-all-keys';" }],
    tests: redis('one-call'),
  },
  {
    name: 'inspect-looks-at-all-at-once',
    promise: 'a look that has read enough leaves the other tasks to the next one',
    edits: [{ file: lua('functions/inspect'), find: 'if steps >= MOST_STEPS then', put: 'if steps < 0 then' }],
    tests: redis('one-call'),
  },
  {
    name: 'claims-without-pages',
    promise: 'one call claims thirty-two tasks at most',
    edits: [{ file: store('claim-call'), find: 'MOST_CLAIMS = 32;', put: 'MOST_CLAIMS = 256;' }],
    tests: redis('one-call', 'claim-pages'),
  },
  {
    name: 'delayed-tasks-back-at-each-claim',
    promise: 'one call brings twenty delayed tasks back, not twenty for each claim',
    edits: [
      {
        file: lua('functions/claim'),
        find: '  local task = first_ready(limit)\n',
        put: '  ripen()\n  local task = first_ready(limit)\n',
      },
    ],
    tests: redis('one-call'),
  },
  {
    name: 'all-tombstones-read',
    promise: 'one call looks at a bounded number of tombstones above the cap',
    edits: [{ file: lua('functions/due'), find: 'TOMBSTONES_READ = 50', put: 'TOMBSTONES_READ = 1000' }],
    tests: redis('one-call'),
  },
  {
    name: 'page-that-was-not-through-left',
    promise: 'timeoutLocks ends all, also of a page of which one call ended a part',
    edits: [{ file: lua('verbs/end-old-locks'), find: "elseif cursor == '0' then cursor = '' end", put: 'end' }],
    tests: redis('one-call'),
  },
  {
    name: 'later-page-takes-the-first-away',
    promise: 'what a page of claims got reaches its worker, whatever becomes of the next one',
    edits: [{ file: store('shard-claims'), find: 'if (!outcomes.some(isGranted)) throw error;', put: 'throw error;' }],
    tests: redis('given-up-claims'),
  },
  {
    name: 'delayed-task-late',
    promise: 'a delayed task is ready at its moment, not after it',
    edits: [
      { file: lua('functions/claim'), find: 'ripe_at > now then return end', put: 'ripe_at >= now then return end' },
    ],
    tests: redis('conformance'),
  },
  {
    name: 'unreadable-head-of-the-queue',
    promise: 'a record that cannot be read does not stop the queue',
    edits: [
      {
        file: lua('functions/claim'),
        find: 'local ok, task = pcall(decode_task, name, packed)',
        put: 'local ok, task = true, decode_task(name, packed)',
      },
    ],
    tests: redis('records'),
  },
  {
    name: 'queue-of-stale-members',
    promise: 'only a task that is released is handed out',
    edits: [
      { file: lua('functions/claim'), find: 'task.shelf == RELEASED and member_of(task) == member', put: 'task' },
    ],
    tests: redis('queue'),
  },

  // Time and order.
  {
    name: 'same-token-twice',
    promise: 'tokens grow within a shard, also at one moment of its clock',
    edits: [{ file: lua('include/shard'), find: 'max(shard[TOKEN] + 1, now_us)', put: 'now_us' }],
    tests: redis('conformance'),
  },
  {
    name: 'token-by-count-alone',
    promise: 'tokens follow the clock: they grow when a record was lost, too',
    edits: [{ file: lua('include/shard'), find: 'max(shard[TOKEN] + 1, now_us)', put: 'shard[TOKEN] + 1' }],
    tests: redis('queue'),
  },
  {
    name: 'sweep-beyond-its-limit',
    promise: 'a sweep looks at so many tasks as it may, over all states',
    edits: [{ file: lua('functions/due'), find: '    limit = limit - #members\n', put: '' }],
    tests: redis('queue'),
  },
  {
    name: 'first-page-of-a-shard-only',
    promise: 'a list goes on in the next shard',
    edits: [
      { file: store('reader'), find: 'cursor: next < this.shards.length ? String(next) : null', put: 'cursor: null' },
    ],
    tests: redis('cluster'),
  },
  {
    name: 'next-due-of-one-shard',
    promise: 'the next due moment is that of all shards',
    edits: [{ file: store('sweeping'), find: '  return Math.min(a, b);', put: '  return a;' }],
    tests: redis('shards'),
  },
  {
    name: 'sweep-says-it-is-done',
    promise: 'a sweep that left something due says so',
    edits: [{ file: store('sweeping'), find: 'more: left <= 0 || isDue', put: 'more: left < 0' }],
    tests: redis('queue'),
  },
  {
    name: 'events-of-shards-in-a-row',
    promise: 'events of several shards come in the order of their time',
    edits: [
      {
        file: store('events'),
        find: 'if (pages.length > 1) listed.sort((a, b) => a.event.at - b.event.at);',
        put: '',
      },
    ],
    tests: redis('shards'),
  },
  // Who forgets `stop()`.
  {
    name: 'open-connections-hold-the-process',
    promise: 'a connection that nobody waits on keeps no process alive',
    edits: [{ file: 'src/stores/redis/clients/ioredis-connection.ts', find: 'this.#holding.ready();', put: '' }],
    tests: ['test/redis-clients/forgetful.test.ts'],
  },
  {
    name: 'commands-hold-nothing',
    promise: 'a command keeps the process alive until it is answered',
    edits: [
      {
        file: 'src/stores/redis/clients/node-redis-connection.ts',
        find: "holds === 'keeps-alive' ? this.#holding.until(answer) : answer",
        put: 'answer',
      },
    ],
    tests: ['test/redis-clients/forgetful.test.ts'],
  },
  {
    name: 'followed-events-hold-the-process',
    promise: 'who follows events lets the process end',
    edits: [{ file: store('shard-events'), find: "'may-end'", put: "'keeps-alive'" }],
    tests: ['test/redis-clients/forgetful.test.ts'],
  },
];
