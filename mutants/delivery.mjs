const DELIVERY = 'src/stores/redis/delivery.ts';
const CONNECTIONS = 'src/stores/redis/connections.ts';
const LINE = 'src/stores/redis/waiting-line.ts';
const EVENTS = 'src/stores/redis/events.ts';
const SHARD_EVENTS = 'src/stores/redis/shard-events.ts';
const SHARD = 'src/stores/redis/shard.ts';
const REFUSALS = 'src/stores/redis/refusals.ts';
const clients = (name) => `src/stores/redis/clients/${name}.ts`;
const redis = (...names) => names.map((name) => `test/redis/${name}.test.ts`);
const adapters = (...names) => names.map((name) => `test/redis-clients/${name}.test.ts`);

export default [
  // What is tried again, and what is not.
  {
    name: 'tries-go-on-after-stop',
    promise: 'a call that is being tried again ends when the store is closed, as stopped',
    edits: [
      {
        file: DELIVERY,
        find: '.catch(() => {});\n      if (this.isStopped) throw new StoppedError();',
        put: '.catch(() => {});',
      },
      {
        file: DELIVERY,
        find: '    if (this.isStopped) throw new StoppedError();\n    route.connection',
        put: '    route.connection',
      },
    ],
    tests: redis('delivery'),
  },
  {
    name: 'lost-try-forgotten',
    promise: 'a call that was lost once is of unknown fate, whatever refuses the later tries',
    edits: [{ file: DELIVERY, find: 'wasLost ||= refusal === undefined', put: 'wasLost = refusal === undefined' }],
    tests: redis('delivery'),
  },
  {
    name: 'demoted-master-kept',
    promise: 'a master that was demoted behind the same address is left for another connection',
    edits: [{ file: REFUSALS, find: "['READONLY', 'not-here']", put: "['READONLY', 'not-now']" }],
    tests: redis('elsewhere'),
  },
  {
    name: 'loading-server-kept',
    promise: 'a server that loads for long is left for another connection',
    edits: [{ file: REFUSALS, find: "['LOADING', 'not-here']", put: "['LOADING', 'not-now']" }],
    tests: redis('elsewhere'),
  },
  {
    name: 'left-at-each-refusal',
    promise: 'a server that refuses all is not connected to anew at each refusal',
    edits: [{ file: CONNECTIONS, find: ' || performance.now() - this.#since < YOUNG', put: '' }],
    tests: redis('elsewhere'),
  },
  {
    name: 'library-loaded-by-each',
    promise: 'calls that find no functions share one load of the library',
    edits: [{ file: CONNECTIONS, find: 'this.#loading ??= this.#load()', put: 'this.#loading = this.#load()' }],
    tests: redis('elsewhere'),
  },
  {
    name: 'redirection-not-followed',
    promise: 'a call goes to the server that the Cluster names, while a slot moves',
    edits: [
      {
        file: DELIVERY,
        find: "step === 'follow' ? redirectionOf(failure) : undefined",
        put: "step === 'follow' && !failure ? redirectionOf(failure) : undefined",
      },
    ],
    tests: redis('refusals-cluster'),
  },
  {
    name: 'asking-not-said',
    promise: 'a server that takes a slot over is asked as it wants to be',
    edits: [
      {
        file: DELIVERY,
        find: "    if (route.redirection?.isAsking) connection.send(['ASKING']).catch(() => {});\n",
        put: '',
      },
    ],
    tests: redis('refusals-cluster'),
  },
  {
    name: 'lost-call-not-repeated',
    promise: 'a call whose answer was lost is sent again',
    edits: [{ file: DELIVERY, find: "  lost: 'elsewhere',", put: "  lost: 'stop'," }],
    tests: redis('watchdog', 'refusals', 'cuts'),
  },
  {
    name: 'tries-beyond-their-time',
    promise: 'a call is tried for `retryFor`, no longer',
    edits: [
      {
        file: DELIVERY,
        find: 'performance.now() + this.options.retryFor;',
        put: 'performance.now() + 20 * this.options.retryFor;',
      },
    ],
    tests: redis('refusals'),
  },
  {
    name: 'library-not-put-back',
    promise: 'a server that has lost its functions gets them again',
    edits: [
      { file: DELIVERY, find: "if (step === 'load') return connection?.load();", put: "if (step === 'load') return;" },
    ],
    tests: redis('refusals'),
  },
  {
    name: 'library-load-refused-when-there',
    promise: 'two processes may put the library on a server at the same moment',
    edits: [
      {
        file: CONNECTIONS,
        find: '      if (error instanceof Error && LIBRARY_IS_THERE.test(error.message)) return;\n',
        put: '',
      },
    ],
    tests: redis('elsewhere'),
  },
  {
    name: 'stuck-connection-asked-again',
    promise: 'after a time-out the next try has another connection, for the old one may be stuck for ever',
    edits: [
      {
        file: DELIVERY,
        find: 'if (failure instanceof CommandTimeout) connection?.drop();\n      else connection?.leave();',
        put: '',
      },
    ],
    tests: redis('watchdog', 'elsewhere'),
  },
  {
    name: 'left-connection-stays-open',
    promise: 'a connection that was left is ended once what was under way is answered',
    edits: [{ file: CONNECTIONS, find: '\n      .finally(() => this.#connection.destroy());', put: ';' }],
    tests: redis('elsewhere'),
  },
  {
    name: 'late-connection-left-open',
    promise: 'a connection that came too late for its try does not stay open',
    edits: [
      {
        file: CONNECTIONS,
        find: 'connecting.then((late) => late.destroy()).catch(() => {});',
        put: 'connecting.catch(() => {});',
      },
    ],
    tests: redis('delivery'),
  },
  {
    name: 'too-few-replicas-accepted',
    promise: 'a write counts only once so many replicas have it',
    edits: [
      {
        file: DELIVERY,
        find: 'if (replicas >= needed) return;',
        put: 'if (replicas >= 0) return;',
      },
    ],
    tests: redis('durability'),
  },
  {
    name: 'replicas-asked-before-the-write',
    promise: 'WAIT stands behind the write that it is for',
    edits: [
      {
        file: DELIVERY,
        find: '    const sent = connection.send(command);\n    if (!isReplicated) return inTime(options.commandTimeout, sent, connection.name);',
        put: '    if (!isReplicated) return inTime(options.commandTimeout, connection.send(command), connection.name);',
      },
      {
        file: DELIVERY,
        find: '    waited.catch(() => {});',
        put: '    waited.catch(() => {});\n    const sent = connection.send(command);',
      },
    ],
    tests: redis('delivery'),
  },
  {
    name: 'broken-connection-kept',
    promise: 'a connection that broke is replaced at the next try',
    edits: [{ file: CONNECTIONS, find: 'if (known && !known.connection?.isOver) return', put: 'if (known) return' }],
    tests: redis('delivery'),
  },
  {
    name: 'connection-that-never-came-kept',
    promise: 'a connection that did not come to be is made anew at the next try',
    edits: [{ file: CONNECTIONS, find: '() => this.#byServer.delete(server),', put: '() => {},' }],
    tests: redis('delivery'),
  },
  {
    name: 'claims-not-replicated',
    promise: 'a claim is a write: it too waits for replicas',
    edits: [
      {
        file: 'src/stores/redis/functions.ts',
        find: 'FUNCTIONS.applyDraining, FUNCTIONS.claim]',
        put: 'FUNCTIONS.applyDraining]',
      },
    ],
    tests: redis('delivery'),
  },
  {
    name: 'redirection-waited-for',
    promise: 'a plain client at a node of a Cluster is told so at once',
    edits: [
      { file: DELIVERY, find: "    if (refusal === 'moved' && !this.client.isCluster) return 'stop';\n", put: '' },
    ],
    tests: redis('refusals-cluster'),
  },
  {
    name: 'full-memory-waited-for',
    promise: 'a full memory is told at once, and what ends something goes on',
    edits: [{ file: DELIVERY, find: "'no-memory': 'stop'", put: "'no-memory': 'wait'" }],
    tests: redis('memory'),
  },
  {
    name: 'timer-of-an-answer-stays',
    promise: 'a program ends as soon as its calls are answered: no timer of theirs keeps it alive',
    edits: [
      { file: 'src/stores/redis/within.ts', find: '(value) => {\n        clearTimeout(timer);', put: '(value) => {' },
    ],
    tests: adapters('processes'),
  },
  {
    name: 'readonly-is-final',
    promise: 'what a replica refuses is tried again until there is a master',
    edits: [
      { file: REFUSALS, find: "['READONLY', 'not-here']", put: "['READONLY', { error: new Error('a replica') }]" },
    ],
    tests: redis('refusals'),
  },
  {
    name: 'masterdown-is-final',
    promise: 'reads wait for a replica that has lost its master',
    edits: [
      { file: REFUSALS, find: "['MASTERDOWN', 'not-here']", put: "['MASTERDOWN', { error: new Error('no master') }]" },
    ],
    tests: redis('refusals'),
  },
  {
    name: 'tryagain-is-final',
    promise: 'a slot that is half here, half there is waited for',
    edits: [
      { file: REFUSALS, find: "['TRYAGAIN', 'not-now']", put: "['TRYAGAIN', { error: new Error('half here') }]" },
    ],
    tests: redis('refusals-cluster'),
  },
  {
    name: 'missing-function-is-final',
    promise: 'a function that is not found means that nothing ran: the library is put there, and the call goes on',
    edits: [
      {
        file: REFUSALS,
        find: "if (code === 'ERR' && /^ERR Function not found/i.test(message)) return 'no-library';",
        put: '',
      },
    ],
    tests: redis('refusals'),
  },
  {
    name: 'greeting-not-repeated',
    promise: 'a server that was refused is asked again at the next call',
    edits: [{ file: SHARD, find: '      this.#ready = undefined;\n      throw error;', put: '      throw error;' }],
    tests: redis('refusals'),
  },
  {
    name: 'evicting-server-accepted',
    promise: 'a server that would delete tasks when memory is full is refused',
    edits: [{ file: SHARD, find: "policy?.startsWith('allkeys-')", put: "policy === 'allkeys-random'" }],
    tests: redis('refusals'),
  },
  {
    name: 'count-of-shards-not-checked',
    promise: 'a namespace is opened with the number of shards that it was made with',
    edits: [{ file: SHARD, find: '    this.#checkCount(count);\n', put: '' }],
    tests: redis('refusals'),
  },
  {
    name: 'greeting-writes',
    promise: 'a new process on a full server may read and end things: greeting writes nothing where all is known',
    edits: [{ file: SHARD, find: '      if (error instanceof NoMemory) return 0;\n', put: '' }],
    tests: redis('memory'),
  },
  {
    name: 'record-of-the-shard-not-asked',
    promise: 'who finds the record of a shard does not ask for the number of shards elsewhere',
    edits: [{ file: SHARD, find: 'Number(recorded) || (await this.#count())', put: 'await this.#count()' }],
    tests: redis('one-master-in-trouble'),
  },

  // Connections that are being made.
  {
    name: 'one-try-of-a-connection',
    promise: 'a connection that is being made is tried again each second',
    edits: [
      { file: clients('first-ready'), find: 'const ANOTHER_AFTER = 1000;', put: 'const ANOTHER_AFTER = 60_000;' },
    ],
    tests: adapters('silence'),
  },
  {
    name: 'first-try-given-up',
    promise: 'a server far away is waited for while other tries begin',
    edits: [{ file: clients('first-ready'), find: 'tries.splice(1, 1)', put: 'tries.splice(0, 1)' }],
    tests: adapters('silence'),
  },
  {
    name: 'tries-without-a-bound',
    promise: 'no more than three tries of a connection are under way at once',
    edits: [
      {
        file: clients('first-ready'),
        find: 'if (tries.length === AT_ONCE) tries.splice(1, 1)[0]?.destroy();',
        put: '',
      },
    ],
    tests: adapters('silence'),
  },
  {
    name: 'losing-tries-stay-open',
    promise: 'when one try of a connection is ready the others end',
    edits: [{ file: clients('first-ready'), find: 'if (one !== ready) one.destroy();', put: 'void one;' }],
    tests: adapters('silence'),
  },

  // Those who wait for news.
  {
    name: 'news-between-two-looks-missed',
    promise: 'an event that came between a look and the wait behind it is not waited for',
    edits: [
      { file: EVENTS, find: 'isWell && newest > (places[i] ?? -1)', put: '!isWell && newest > (places[i] ?? -1)' },
    ],
    tests: redis('news'),
  },
  {
    name: 'broken-line-of-events-kept',
    promise: 'a line on which events are awaited is replaced when it breaks',
    edits: [{ file: SHARD_EVENTS, find: '        this.#line.drop();\n', put: '' }],
    tests: redis('news'),
  },
  {
    name: 'aborted-reader-waits-on',
    promise: 'a wait for events ends when it is aborted',
    edits: [{ file: EVENTS, find: "signal?.addEventListener('abort', done, { once: true });", put: '' }],
    tests: redis('news'),
  },
  {
    name: 'gap-not-told',
    promise: 'a reader whose next events are gone hears of the gap',
    edits: [{ file: EVENTS, find: 'gap ||= page.isGone ||', put: 'gap ||=' }],
    tests: redis('news', 'news-lost'),
  },
  {
    name: 'reader-stays-ahead',
    promise: 'a reader ahead of the server reads on from the newest event there is',
    edits: [{ file: EVENTS, find: ' || (page.isGone && page.events.length === 0)', put: '' }],
    tests: redis('news-lost'),
  },
  {
    name: 'events-numbered-anew',
    promise: 'a number of an event that was lost is not given to another one',
    edits: [
      {
        file: 'src/stores/redis/lua/include/ledger.lua',
        find: 'max(shard[EVENT] + 1, now * 100)',
        put: 'shard[EVENT] + 1',
      },
    ],
    tests: redis('news-lost'),
  },
  {
    name: 'dead-shard-keeps-events',
    promise: 'who waits for news has those of a shard while another one is dead',
    edits: [{ file: EVENTS, find: 'if (!partial || looks.length === 1)', put: 'if (looks.length > 0)' }],
    tests: redis('news-shards'),
  },
  {
    name: 'silent-shard-asked-on',
    promise: 'a silent shard is waited for once, and not at each look',
    edits: [{ file: EVENTS, find: 'if (look && !pages[i]) shard.neglect(look, places[i]);', put: '' }],
    tests: redis('news-shards'),
  },
  {
    name: 'idle-line-stays-open',
    promise: 'a waiting connection that nobody asks is ended after ten seconds',
    edits: [
      {
        file: LINE,
        find: 'setTimeout(() => this.drop(), IDLE_AFTER).unref()',
        put: 'setTimeout(() => {}, IDLE_AFTER).unref()',
      },
    ],
    tests: redis('waiting'),
  },

  // The libraries' clients.
  {
    name: 'closed-adapter-connects',
    promise: 'nothing is connected after an adapter was closed',
    edits: [
      {
        file: clients('own-connections'),
        find: "    if (this.#isClosed) throw new ConnectionError('The connection was closed.');\n",
        put: '',
      },
    ],
    tests: adapters('single'),
  },
  {
    name: 'closed-adapter-leaves-connections',
    promise: 'closing an adapter ends the connections that it made',
    edits: [
      {
        file: clients('own-connections'),
        find: '    this.#isClosed = true;\n    this.#destroyAll();',
        put: '    this.#isClosed = true;',
      },
    ],
    tests: adapters('single'),
  },
  {
    name: 'owner-ends-its-client-alone',
    promise: 'who ends a client ends the connections like it',
    edits: [
      {
        file: clients('own-connections'),
        find: 'onEnd(this.#client, this.#endEvent, () => this.#destroyAll())',
        put: 'onEnd(this.#client, this.#endEvent, () => {})',
      },
    ],
    tests: adapters('single'),
  },
  {
    name: 'own-connection-reconnects',
    promise: 'a connection of its own that breaks is over, with ioredis',
    edits: [
      {
        file: clients('ioredis-connection'),
        find: 'retryStrategy: null,\n  sentinel',
        put: 'retryStrategy: () => 1,\n  sentinel',
      },
      { file: clients('ioredis-connection'), find: '  enableOfflineQueue: false,\n', put: '' },
    ],
    tests: adapters('connections'),
  },
  {
    name: 'own-connection-reconnects-with-redis',
    promise: 'a connection of its own that breaks is over, with node-redis',
    edits: [
      { file: clients('node-redis-connection'), find: 'reconnectStrategy: false, ', put: '' },
      {
        file: clients('node-redis-connection'),
        find: "this.#client.on('error', () => this.destroy());",
        put: "this.#client.on('error', () => {});",
      },
    ],
    tests: adapters('connections'),
  },
  {
    name: 'selected-database-forgotten',
    promise: 'a connection of its own has the database that the caller selected',
    edits: [{ file: clients('ioredis-connection'), find: "typeof db === 'number'", put: "typeof db === 'string'" }],
    tests: adapters('single'),
  },
  {
    name: 'connection-to-the-old-master',
    promise: 'a connection in a Cluster goes to the master of now',
    edits: [{ file: clients('ioredis'), find: '    if (server === undefined) await this.lookAgain();\n', put: '' }],
    tests: adapters('cluster'),
  },
  {
    name: 'connection-to-any-master',
    promise: 'a connection for a key goes to the master that serves the key',
    edits: [
      {
        file: clients('ioredis'),
        find: 'placeOf(server ?? this.#masterOf(key))',
        put: "placeOf(server ?? addressOf(this.#client.nodes('master')[0] as IoredisSingle))",
      },
    ],
    tests: adapters('cluster'),
  },
  {
    name: 'prefix-missing-at-a-stream',
    promise: 'the prefix of keys holds for the streams that are read',
    edits: [{ file: clients('command-keys'), find: '  XREAD: afterStreams,\n', put: '' }],
    tests: adapters('single'),
  },
  {
    name: 'closed-client-keeps-the-program',
    promise: 'a program over a URL ends at once when its store is closed',
    edits: [{ file: clients('ioredis-shape'), find: '{ disconnectTimeout: 0 }', put: '{ disconnectTimeout: 20_000 }' }],
    tests: adapters('processes'),
  },
  {
    name: 'refusal-hidden-by-the-connection',
    promise: "connecting with a wrong password is refused in the server's words",
    edits: [
      {
        file: clients('ioredis-connection'),
        find: 'connectFailure(this.#lastError ?? error, this.#place);',
        put: 'connectFailure(error, this.#place);',
      },
      {
        file: clients('ioredis-connection'),
        find: 'if (this.#lastError !== undefined) throw this.#lastError;',
        put: '',
      },
    ],
    tests: adapters('single'),
  },
  {
    name: 'words-of-the-library-told',
    promise: 'an error names the last word of the server or the socket, not an option of the client library',
    edits: [
      {
        file: clients('failures'),
        find: 'if (pattern.test(error.message)) return word;',
        put: 'void [pattern, word];',
      },
    ],
    tests: adapters('dead'),
  },
  {
    name: 'last-word-not-asked-for',
    promise: 'a server that takes no more clients is named with its own word',
    edits: [
      {
        file: clients('failures'),
        find: 'if (word !== CLOSED || !place.plain) return word;',
        put: 'if (word !== "" || !place.plain) return word;',
      },
    ],
    tests: adapters('dead'),
  },
  {
    name: 'full-server-taken-for-a-missing-right',
    promise: 'a connection that the server closes because it has too many clients is not taken for ready',
    edits: [
      {
        file: clients('ioredis-connection'),
        find: '!isRefusal(error) || isAtTheDoor(error)',
        put: '!isRefusal(error)',
      },
    ],
    tests: adapters('dead'),
  },
  {
    name: 'unopened-client-tried-again',
    promise: 'a node-redis client that was never connected is told so at once',
    edits: [{ file: DELIVERY, find: "    if (failure instanceof ClientNotOpenError) return 'stop';\n", put: '' }],
    tests: adapters('dead'),
  },
  {
    name: 'reads-speak-of-an-effect',
    promise: 'the error of a read says nothing of an effect',
    edits: [
      { file: 'src/stores/redis/call-errors.ts', find: 'if (wasLost && writes) return', put: 'if (wasLost) return' },
    ],
    tests: adapters('dead'),
  },
  {
    name: 'silent-server-not-told-of',
    promise: 'a connection that takes long is told of within a second',
    edits: [{ file: 'src/stores/redis/contact.ts', find: '}, PART).unref();', put: '}, 60 * PART).unref();' }],
    tests: redis('contact'),
  },
  {
    name: 'held-up-loop-counts-as-silence',
    promise: 'a loop that was held up is no server that does not answer',
    edits: [{ file: 'src/stores/redis/contact.ts', find: 'if (now - last < 2 * PART) parts++;', put: 'parts += 4;' }],
    tests: redis('held-up'),
  },
  {
    name: 'outage-told-at-each-try',
    promise: 'an outage is told once as an error',
    edits: [
      {
        file: 'src/stores/redis/contact.ts',
        find: 'const isNews = this.#outage?.code !== code;',
        put: 'const isNews = Boolean(code);',
      },
    ],
    tests: redis('contact'),
  },
  {
    name: 'lost-answer-not-told-of',
    promise: 'a server that dies while it is asked is told of as lost',
    edits: [
      {
        file: 'src/stores/redis/contact.ts',
        find: 'if (!this.#isQuiet) this.#server(server).failed(error);',
        put: 'void [server, error];',
      },
    ],
    tests: redis('contact'),
    survives: 'the next try of the call fails, too, and tells of it a moment later',
  },
  {
    name: 'each-worker-warns',
    promise: 'of an outage all workers of a tusker warn once together',
    edits: [{ file: 'src/worker/warnings.ts', find: ' || !this.contact.takeWarning()', put: '' }],
    tests: redis('contact'),
  },
  {
    name: 'ended-connection-told-as-lost',
    promise: 'an end on purpose is no trouble',
    edits: [
      {
        file: 'src/stores/redis/contact.ts',
        find: 'return this.#isClosed || this.#listeners.size === 0;',
        put: 'return this.#listeners.size === 0;',
      },
      { file: 'src/stores/redis/contact.ts', find: '    if (this.#isClosed) return;\n', put: '' },
    ],
    tests: redis('contact'),
    survives: 'what is under way at a stop hears of the stop first',
  },
];
