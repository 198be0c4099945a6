/** The command line: what it touches, the signals that it gets, and what it leaves behind. */
export default [
  {
    name: 'cli-touches-a-task-made-anew',
    promise: 'a task that was removed and made anew since it was listed is left alone',
    edits: [
      {
        file: 'src/cli/touching.ts',
        find: '(detail?.incarnation === listed.incarnation && listedState(detail) === listed.state)',
        put: '(detail && listedState(detail) === listed.state)',
      },
    ],
    tests: ['test/cli/made-anew.test.ts'],
  },
  {
    name: 'cli-touches-a-task-in-another-state',
    promise: 'a task that is in another state than it was listed in is left alone',
    edits: [
      {
        file: 'src/cli/touching.ts',
        find: 'detail?.incarnation === listed.incarnation && listedState(detail) === listed.state',
        put: 'detail?.incarnation === listed.incarnation',
      },
    ],
    tests: ['test/cli/made-anew.test.ts'],
  },
  {
    name: 'cli-takes-the-end-of-input-for-yes',
    promise: 'nothing is touched when nobody has agreed',
    edits: [{ file: 'src/cli/touching.ts', find: '/^y(es)?$/i', put: '/^(y(es)?)?$/i' }],
    tests: ['test/cli/choosing.test.ts'],
  },
  {
    name: 'cli-dry-run-touches',
    promise: '--dry-run touches nothing',
    edits: [
      {
        file: 'src/cli/touching.ts',
        find: "else if (input.flag('dry-run')) for",
        put: "else if (input.flag('dry-run') && input.flag('help')) for",
      },
    ],
    tests: ['test/cli/choosing.test.ts'],
  },
  {
    name: 'cli-keeps-listening-to-signals',
    promise: 'a run leaves no listener behind',
    edits: [{ file: 'src/cli/interruption.ts', find: 'this.signals.off(name, this.#interrupt)', put: 'void name' }],
    tests: ['test/cli/surroundings.test.ts'],
  },
  {
    name: 'cli-counts-one-key-twice',
    promise: 'the same signal twice at once is one',
    edits: [{ file: 'src/cli/interruption.ts', find: 'if (isSame) return;', put: '' }],
    tests: ['test/cli/signals.test.ts'],
  },
  {
    name: 'cli-forgets-the-second-signal',
    promise: 'the same signal again, later, is a second one',
    edits: [{ file: 'src/cli/interruption.ts', find: ' && at - this.#last.at < TWICE_WITHIN', put: '' }],
    tests: ['test/cli/signals.test.ts'],
  },
  {
    name: 'cli-signals-only-the-command-itself',
    promise: 'a signal reaches the whole process group of the command',
    edits: [
      { file: 'src/cli/commands/exec.ts', find: 'const ownGroup = !stdin.isTTY;', put: 'const ownGroup = false;' },
    ],
    tests: ['test/cli/signals.test.ts'],
  },
  {
    name: 'cli-says-done-though-the-lock-was-lost',
    promise: 'exec ends with 6 when its lock was lost',
    edits: [{ file: 'src/cli/commands/exec.ts', find: 'if (isLost) throw signal.reason;', put: '' }],
    tests: ['test/cli/exec.test.ts'],
  },
  {
    name: 'cli-third-signal-is-patient',
    promise: 'a third signal kills commands that do not listen',
    edits: [{ file: 'src/cli/task-runner.ts', find: 'if (isSecond) child.killNow();\n      else child', put: 'child' }],
    tests: ['test/cli/signals.test.ts'],
  },
  {
    name: 'cli-merges-half-a-task',
    promise: 'an attempt fails when the store fails while the command reads the task',
    edits: [
      { file: 'src/cli/task-runner.ts', find: 'if (unread) throw unread.error;', put: '' },
      {
        file: 'src/cli/task-runner.ts',
        find: '      child.terminate();\n      return { error };',
        put: '      return { error };',
      },
    ],
    tests: ['test/cli/work.test.ts'],
  },
  {
    name: 'cli-reader-that-left-is-a-failure',
    promise: 'a reader that went away ends a list quietly',
    edits: [{ file: 'src/cli/output.ts', find: "=== 'EPIPE'", put: "=== 'EPIPE '" }],
    tests: ['test/cli/surroundings.test.ts'],
  },
  {
    name: 'cli-asks-the-process-for-the-store',
    promise: 'the environment that is given names the store',
    edits: [{ file: 'src/cli/cli.ts', find: 'createTusker(url);', put: "createTusker(this.input.text('url'));" }],
    tests: ['test/cli/surroundings.test.ts'],
  },
  {
    name: 'cli-gives-children-the-environment-of-the-process',
    promise: 'a command gets the environment that is given',
    edits: [{ file: 'src/cli/child.ts', find: '{ ...surroundings.env,', put: '{ ...process.env,' }],
    tests: ['test/cli/surroundings.test.ts'],
  },
  {
    name: 'cli-patient-with-a-dead-redis',
    promise: 'a command that ends by itself gives up a Redis that is not there after 3 s',
    edits: [
      {
        file: 'src/cli/cli.ts',
        find: 'if (!this.isHasty || !isRedisUrl(url))',
        put: 'if (this.isHasty || !isRedisUrl(url))',
      },
    ],
    tests: ['test/cli/dead.test.ts'],
  },
  {
    name: 'cli-waits-without-a-first-contact',
    promise: 'a command that waits gives up a Redis that does not answer at its beginning',
    edits: [
      {
        file: 'src/cli/outage.ts',
        find: 'timer = setTimeout(giveUp, PATIENCE);',
        put: 'timer = setTimeout(giveUp, 20 * PATIENCE);',
      },
    ],
    tests: ['test/cli/dead.test.ts'],
  },
  {
    name: 'cli-tells-of-an-outage-again-and-again',
    promise: 'a command that runs on says once that the store is away',
    edits: [
      {
        file: 'src/cli/outage.ts',
        find: '      this.#isTold = true;\n',
        put: '      this.#isTold = true;\n      this.#output.error(error);\n',
      },
    ],
    tests: ['test/cli/dead.test.ts'],
  },
  {
    name: 'cli-runs-on-over-no-file',
    promise: 'a command that runs on ends where the file of its store cannot be used',
    edits: [
      {
        file: 'src/cli/outage.ts',
        find: 'if (!this.#mayBeAway || !isStoreAway(error))',
        put: 'if (!isStoreAway(error))',
      },
    ],
    tests: ['test/cli/watch.test.ts'],
  },
];
