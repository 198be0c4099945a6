const store = (name) => `src/stores/redis/${name}.ts`;
const redis = (...names) => names.map((name) => `test/redis/${name}.test.ts`);
/** One place where a text is replaced. */
const one = (file, find, put = '') => [{ file, find, put }];

export default [
  // Those who wait for a task.
  {
    name: 'aborted-wait-leaves-its-claim',
    promise: 'a wait that is aborted while its claim is under way hands out the task that it got',
    edits: one(store('claims'), 'if (!waiter.isAsking) return over();', 'return over();'),
    tests: redis('waking'),
  },
  {
    name: 'aborted-wait-blocks-on',
    promise: 'a wait that is aborted ends at once, not when its pop does',
    edits: one(store('claims'), 'for (const shard of this.#shards) shard.abandon(waiter);'),
    tests: redis('given-up-claims'),
  },
  {
    name: 'wait-beside-another-looks-for-ever',
    promise: 'a wait beside another one ends with its signal and its time, also at a server that is silent',
    edits: one(store('claims'), "&& answers === 'all') return alone", ') return alone'),
    tests: redis('given-up-claims'),
  },
  {
    name: 'given-up-claim-not-forbidden',
    promise: 'a claim that comes after it was given up gets nothing',
    edits: one(
      'src/stores/redis/lua/functions/claim.lua',
      "call('HSET', CLAIMS, nonce, '')\n        call('ZADD', ENDED_CLAIMS, format('%d', now + 180000), nonce)",
      'names_by_nonce[nonce] = nil',
    ),
    tests: redis('given-up-claims'),
  },
  {
    name: 'cancelled-claim-told-twice',
    promise: 'of a claim that is being cancelled one answer counts: a task that was handed out is not given back',
    edits: one(
      store('shard-claims'),
      'if (isAsked(part)) this.parts.giveBack(this.parts.waiters.answer(part, own));',
      'this.parts.giveBack(this.parts.waiters.answer(part, own));',
    ),
    tests: redis('waking', 'waiting'),
  },
  {
    name: 'broken-line-kept',
    promise: 'a line that broke or stays silent is replaced, on one shard',
    edits: one(
      store('shard-claims'),
      'this.line.drop();\n        await this.#cancel(parts);',
      'await this.#cancel(parts);',
    ),
    tests: redis('watchdog'),
  },
  {
    name: 'broken-line-of-a-shard-kept',
    promise: 'a line that broke or stays silent is replaced, on several shards',
    edits: one(store('shard-claims'), 'this.line.drop();\n      throw error;', 'throw error;'),
    tests: redis('waiting'),
  },
  {
    name: 'watchdog-sleeps',
    promise: 'a pop that stays unanswered two seconds past its time has its connection replaced',
    edits: one(store('waiting-line'), 'const WATCHDOG = 2000;', 'const WATCHDOG = 200_000;'),
    tests: redis('watchdog'),
  },
  {
    name: 'lost-claim-not-looked-for',
    promise: 'what a claim got whose answer was lost is handed to its waiter, also when its time is over',
    edits: one(
      store('shard-claims'),
      'this.line.drop();\n        await this.#cancel(parts);',
      'this.line.drop();\n        for (const part of parts) this.parts.waiters.answer(part, []);',
    ),
    tests: redis('given-up-claims'),
  },
  {
    name: 'lost-claim-looked-for-once',
    promise: 'what a lost claim got is looked for until that is answered',
    edits: one(store('shard-claims'), 'if (!failed || failed.error instanceof StoppedError) break;', 'break;'),
    tests: redis('given-up-claims'),
  },
  {
    name: 'wait-without-an-end',
    promise: 'a pop blocks for a second at most: a lost marker costs no more',
    edits: one(store('claim-call'), 'LONGEST_LOOK = 1000;', 'LONGEST_LOOK = 10_000;'),
    tests: redis('waking'),
  },
  {
    name: 'delayed-task-slept-through',
    promise: 'a pop ends when the first delayed task is ready',
    edits: one(store('shard-claims'), 'Math.min(LONGEST_LOOK, nextIn, ...left)', 'Math.min(LONGEST_LOOK, ...left)'),
    tests: redis('waiting'),
  },
  {
    name: 'pop-beyond-the-wait',
    promise: 'a pop ends when the wait of its waiter does',
    edits: one(store('shard-claims'), 'Math.min(LONGEST_LOOK, nextIn, ...left)', 'Math.min(LONGEST_LOOK, nextIn)'),
    tests: redis('waiting'),
  },
  {
    name: 'refused-waiter-waits-on',
    promise: 'who waits for a task at a server that refuses for good is told',
    edits: one(store('shard-claims'), 'if (this.health.refusal) this.parts.onRefused();'),
    tests: redis('waiting'),
  },
  {
    name: 'waiters-left-at-stop',
    promise: 'who waits for a task when the store is closed is told so at once',
    edits: one(store('claims'), 'for (const waiter of this.#waiters) waiter.refuse(new StoppedError());'),
    tests: redis('waiting'),
  },
  {
    name: 'claims-asked-in-any-order',
    promise: 'a repeated claim asks the shards in the order of the first: it gets the same task, and no second one',
    edits: one(
      store('claims'),
      "length > 1 ? shardIndex(calls[0]?.nonce ?? '', length) : 0",
      'length > 1 ? Math.floor(Math.random() * length) : 0',
    ),
    tests: redis('waiting'),
  },

  {
    name: 'look-with-the-nonces-of-the-wait',
    promise: 'a wait whose look beforehand was lost has the next task all the same',
    edits: one(store('claims'), 'nonce: `${call.nonce}/look`', 'nonce: call.nonce'),
    tests: redis('given-up-claims'),
  },
  {
    name: 'library-claims-for-the-aborted',
    promise: 'a library that is missing claims for nobody whose wait was aborted meanwhile',
    edits: one(store('shard-claims'), "this.#claimFor(parts.filter(isAsked), 'now')", "this.#claimFor(parts, 'now')"),
    tests: redis('given-up-claims'),
  },
  {
    name: 'silence-told-as-nothing',
    promise: 'who waits at a server that never answers is told so',
    edits: one(store('claims'), 'if (silence && !signal?.aborted) waiter.refuse(silence);\n        else', ''),
    tests: redis('waiting'),
  },
  {
    name: 'claim-behind-a-pop-not-replicated',
    promise: 'a claim behind a pop waits for replicas',
    edits: one(store('shard-claims'), 'replication?.check(replicas);'),
    tests: redis('waiting'),
  },

  // Several shards, of which one is in trouble.
  {
    name: 'silent-shard-awaited',
    promise: 'a shard that is silent keeps its waiter from none of the others',
    edits: one(store('waiters'), 'performance.now() - this.#askedAt > PATIENCE)', 'this.#askedAt < 0)'),
    tests: redis('slow-shard'),
  },
  {
    name: 'late-grant-kept',
    promise: 'what a late shard grants to nobody goes back, its attempt unspent',
    edits: one(store('claims'), 'giveBack(granted).catch(() => {});', 'void granted;'),
    tests: redis('slow-shard'),
  },
  {
    name: 'shards-swept-together',
    promise: 'each shard is swept on its own: a dead one keeps none of the others waiting',
    edits: one(
      'src/worker/sweeper.ts',
      'new ShardSweeper(store, shards === 1 ? undefined : shard, onError)',
      'new ShardSweeper(store, undefined, shard === 0 ? onError : () => {})',
    ),
    tests: redis('one-master-in-trouble'),
  },
];
