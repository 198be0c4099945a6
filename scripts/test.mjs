// npm test                every promise: the checks of the sources, and all tests but the wide ones
// npm test -- --quick     types, lint and the rules, without any server
// npm test -- FILES       these files; all other arguments go to vitest
// npm run test:wide       what needs bundlers, other Nodes or long faults
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourceChecks } from './checks.mjs';
import { run, startTool } from './run.mjs';
import { slowest } from './slowest.mjs';

/** Files that need no server and take seconds: the contract on the embedded stores, the client, the worker. */
const QUICK = [
  'test/conformance/conformance.test.ts',
  'test/model/memory.test.ts',
  'test/client/',
  'test/worker/',
  'test/input/',
  'test/house/',
];
const WIDE = 'test/wide/';
/** Random work is done once more by the wide run, five times as much. */
const RANDOM = ['test/model/', 'test/redis/cuts.test.ts', 'test/faults/kill.test.ts'];
/** What a run of all tests shares, begun while its first files are read. */
const PREPARED = 'build,cluster,sentinels,browser';

const given = process.argv.slice(2);
const isQuick = given.includes('--quick');
const isWide = given.includes('--wide');
const others = given.filter((arg) => arg !== '--quick' && arg !== '--wide');
const namesWide = isWide || others.some((arg) => arg.includes(WIDE));
const isWhole = !isQuick && !isWide && others.length === 0;

if (!isQuick) run(process.execPath, ['scripts/pretest.mjs']);

const folder = mkdtempSync(join(tmpdir(), 'tusker-report-'));
const report = join(folder, 'report.json');
let tests;
let stoppedBy = 0;
for (const [name, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
  process.on(name, () => {
    stoppedBy = 128 + number;
    tests?.stop();
  });
}
try {
  tests = startTool('vitest', argumentsOf(), {
    env: {
      ...process.env,
      ...(isQuick && { TUSKER_TEST_STORES: 'memory,sqlite', TUSKER_BUDGET: '0.2' }),
      ...(isWide && { TUSKER_BUDGET: process.env.TUSKER_BUDGET ?? '5' }),
      ...(isWhole && { TUSKER_TEST_PREPARE: PREPARED, TUSKER_TEST_STORES: '' }),
      ...(!namesWide && { TUSKER_TEST_WIDE: 'no' }),
    },
  });
  const hasFailed = (isWhole || isQuick) && (await sourceChecks());
  if (hasFailed) tests.stop();
  const status = await tests.ended;
  process.exitCode = stoppedBy || (hasFailed ? 1 : status);
  tell();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function argumentsOf() {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const files = isWide ? [WIDE, ...RANDOM] : isQuick ? QUICK : [];
  return ['run', ...reporters, ...files, ...others];
}

/** The slowest files and tests, and the closing line. A test that is skipped makes a run fail, unless tests were chosen by name. */
function tell() {
  const result = reported();
  if (result === undefined) {
    process.exitCode ||= 1;
    return;
  }
  const skipped = result.numPendingTests + result.numTodoTests;
  for (const line of slowest(result)) console.log(line);
  const isByName = others.some((arg) => arg === '-t' || arg.startsWith('--testNamePattern'));
  if (skipped > 0 && !isByName) {
    console.error('failed: a test is skipped; what is promised is tested, on every machine');
    process.exitCode ||= 1;
  }
  const { numPassedTests, numFailedTests, testResults } = result;
  const unread = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  if (unread.length > 0) console.error(`failed to load: ${unread.map(({ name }) => name).join(', ')}`);
  console.log(`${numPassedTests} passed, ${numFailedTests} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  const isExplained = numFailedTests > 0 || unread.length > 0 || skipped > 0;
  if (process.exitCode && !isExplained)
    console.error('failed: an error outside of the tests, or a check; it stands above');
}

/** What vitest wrote; nothing when it did not come to an end. */
function reported() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return undefined;
  }
}
