const dashboard = (name) => `src/dashboard/${name}.ts`;
const core = (name) => `src/core/${name}.ts`;
const ATTACKS = ['test/dashboard/attacks.test.ts'];
const INPUT = ['test/input/options.test.ts', 'test/traps/input.test.ts'];

export default [
  // The dashboard: who may ask, and change.
  {
    name: 'any-host-answered',
    promise: 'a page that gives its own name the address of this machine gets no answer',
    edits: [
      { file: dashboard('guard'), find: 'if (hosts.includes(name)) return;', put: 'if (hosts.length > 0) return;' },
    ],
    tests: ATTACKS,
  },
  {
    name: 'same-site-is-own',
    promise: 'another host of the same site is another site',
    edits: [
      {
        file: dashboard('guard'),
        find: "site !== 'same-origin' && site !== 'none'",
        put: "site !== 'same-origin' && site !== 'same-site' && site !== 'none'",
      },
    ],
    tests: ATTACKS,
  },
  {
    name: 'change-without-origin',
    promise: 'a change comes from a page of this very host',
    edits: [
      {
        file: dashboard('guard'),
        find: '  if (!isOwnOrigin(request)) throw originRefused();\n  if (!sameText',
        put: '  if (!sameText',
      },
    ],
    tests: ATTACKS,
  },
  {
    name: 'origin-without-port',
    promise: 'another port of this host is another origin',
    edits: [
      {
        file: dashboard('guard'),
        find: 'new URL(origin).host.toLowerCase() === hostOf(request)',
        put: "new URL(origin).hostname.toLowerCase() === hostOf(request).replace(/:\\d+$/, '')",
      },
    ],
    tests: ATTACKS,
  },
  {
    name: 'read-only-changes',
    promise: 'a dashboard that was made to look only changes nothing',
    edits: [
      {
        file: dashboard('site'),
        find: 'if (this.#options.readOnly) {',
        put: 'if (!this.#options.basePath && this.#options.readOnly === undefined) {',
      },
    ],
    tests: ATTACKS,
  },
  {
    name: 'authorize-not-awaited',
    promise: 'only `true` of the application lets a request in, also when it comes later',
    edits: [{ file: dashboard('gate'), find: '(await authorize(request)) !== true', put: '!authorize(request)' }],
    tests: ATTACKS,
  },
  {
    name: 'session-for-ever',
    promise: 'a login lasts twelve hours',
    edits: [{ file: dashboard('gate'), find: ' && Number(until) > Date.now()', put: '' }],
    tests: ATTACKS,
  },
  {
    name: 'session-end-not-sealed',
    promise: 'a session cannot be made longer by who has it',
    edits: [
      { file: dashboard('gate'), find: '${sealed(token, `session ${until}`)}', put: "${sealed(token, 'session')}" },
      {
        file: dashboard('gate'),
        find: 'sameText(seal, sealed(token, `session ${until}`))',
        put: "sameText(seal, sealed(token, 'session'))",
      },
    ],
    tests: ATTACKS,
  },
  {
    name: 'tries-not-counted',
    promise: 'after twenty wrong tokens in a minute none is looked at for the rest of it',
    edits: [{ file: dashboard('gate'), find: 'this.#failures.push(now);', put: 'this.#failures = [now];' }],
    tests: ATTACKS,
  },
  {
    name: 'tries-never-forgotten',
    promise: 'a minute after wrong tokens the right one lets in again',
    edits: [{ file: dashboard('gate'), find: 'at > now - MINUTE', put: 'at <= now' }],
    tests: ATTACKS,
  },
  {
    name: 'open-to-all-without-a-token',
    promise: 'a dashboard listens beyond this machine only behind a token or a check',
    edits: [
      {
        file: dashboard('server'),
        find: 'if (!isLoopback(host) && !isGuarded) {',
        put: "if (host === '' && !isGuarded) {",
      },
    ],
    tests: [...ATTACKS],
  },
  {
    name: 'change-of-another-incarnation',
    promise: 'a change does not touch a task that was removed and made anew since it was shown',
    edits: [{ file: dashboard('changes'), find: 'detail.incarnation === incarnation && ', put: '' }],
    tests: ['test/dashboard/answers.test.ts'],
  },
  {
    name: 'body-without-a-limit',
    promise: 'the body of a change is read no further than its limit',
    edits: [
      { file: dashboard('inputs'), find: 'if (bytes > limit) throw tooLarge;', put: '' },
      {
        file: dashboard('inputs'),
        find: "if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge;",
        put: 'if (Number.isNaN(limit)) throw tooLarge;',
      },
    ],
    tests: ATTACKS,
  },

  // What goes in.
  {
    name: 'name-by-characters',
    promise: 'a name has at most 512 bytes, not characters',
    edits: [
      {
        file: core('names'),
        find: 'length <= MAX_NAME_BYTES && Buffer.byteLength(value) <= MAX_NAME_BYTES',
        put: 'length <= MAX_NAME_BYTES',
      },
    ],
    tests: ['test/input/names.test.ts'],
  },
  {
    name: 'nan-as-duration',
    promise: 'a duration is a number from 1 ms to 366 days',
    edits: [
      {
        file: core('options'),
        find: "typeof value !== 'number' || !(value >= min && value <= MAX_DURATION)",
        put: "typeof value !== 'number' || value < min || value > MAX_DURATION",
      },
    ],
    tests: INPUT,
  },
  {
    name: 'undefined-in-an-array',
    promise: 'what JSON would change silently is refused: an `undefined` in an array',
    edits: [
      {
        file: core('json'),
        find: 'for (let i = 0; i < value.length; i++) refuseUnfaithful(`${path}[${i}]`, value[i], parents);',
        put: 'for (let i = 0; i < value.length; i++) if (value[i] !== undefined) refuseUnfaithful(`${path}[${i}]`, value[i], parents);',
      },
    ],
    tests: ['test/input/refused-payloads.test.ts', 'test/input/payloads.test.ts'],
  },
  {
    name: 'payload-by-characters',
    promise: 'a payload is measured in bytes of UTF-8',
    edits: [{ file: core('json'), find: 'const bytes = Buffer.byteLength(text);', put: 'const bytes = text.length;' }],
    tests: ['test/input/payloads.test.ts', 'test/input/refused-payloads.test.ts'],
  },
  {
    name: 'schema-that-throws-later',
    promise: 'a schema that rejects is told as bad input, by the name of the argument',
    edits: [{ file: core('schema'), find: 'result.catch(threw).then(', put: 'result.then(' }],
    tests: ['test/input/schema.test.ts'],
  },
  {
    name: 'backoff-over-its-cap',
    promise: 'a backoff never exceeds its `max`',
    edits: [
      {
        file: core('backoff'),
        find: 'Math.min(backoff.max, backoff.base * backoff.factor ** (attempt - 1))',
        put: 'backoff.base * backoff.factor ** (attempt - 1)',
      },
    ],
    tests: ['test/traps/attempts.test.ts', 'test/conformance/conformance.test.ts'],
  },

  // Classic.
  {
    name: 'callback-called-again',
    promise: 'a callback that throws is called once, outside of the promise',
    edits: [
      {
        file: 'src/classic/callback.ts',
        find: "if (typeof callback === 'function') process.nextTick(() => callback(null, ...answer));",
        put: "if (typeof callback === 'function') callback(null, ...answer);",
      },
    ],
    tests: ['test/classic/processes.test.ts', 'test/traps/callbacks.test.ts'],
  },
  {
    name: 'classic-lock-throws-when-done',
    promise: 'a unit that is done, locked again, is no error',
    edits: [
      { file: 'src/classic/classic.ts', find: "if (codeOf(error) !== 'UNIT_DONE') throw error;", put: 'throw error;' },
    ],
    tests: ['test/classic/answers.test.ts'],
  },

  // Telemetry.
  {
    name: 'watcher-harms-the-watched',
    promise: 'an error of whoever watches harms nobody',
    edits: [
      {
        file: 'src/telemetry/subscribing.ts',
        find: 'this.onError(error);',
        put: 'this.onError(error);\n        throw error;',
      },
    ],
    tests: ['test/telemetry/spans.test.ts'],
  },
  {
    name: 'large-context-dropped',
    promise: 'a context that is too large is carried without its baggage: the trace goes on',
    edits: [
      {
        file: 'src/telemetry/carrier.ts',
        find: 'Buffer.byteLength(text) <= MAX_BYTES ? text : JSON.stringify({ traceparent })',
        put: 'Buffer.byteLength(text) <= MAX_BYTES ? text : null',
      },
    ],
    tests: ['test/telemetry/spans.test.ts'],
  },
  {
    name: 'abort-without-reason',
    promise: "what a timer or a stream of Node throws at a stop is answered as the signal's reason",
    edits: [
      {
        file: core('http-answer'),
        find: "error.name === 'AbortError' ? error.cause",
        put: "error.name === 'None' ? error.cause",
      },
    ],
    tests: ['test/input/http-answer.test.ts'],
  },
];
