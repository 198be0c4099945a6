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
const QUICK = ['test/conformance/conformance.test.ts', 'test/client/', 'test/worker/', 'test/input/', 'test/house/'];
const WIDE = 'test/wide/';
/** What a run of all tests shares, begun while its first files are read. */
const PREPARED = 'build,cluster,sentinels,browser';

const given = process.argv.slice(2);
const isQuick = given.includes('--quick');
const isWide = given.includes('--wide');
const others = given.filter((arg) => arg !== '--quick' && arg !== '--wide');
const isWhole = !isQuick && !isWide && others.length === 0;

if (!isQuick) run(process.execPath, ['scripts/pretest.mjs']);

const folder = mkdtempSync(join(tmpdir(), 'tusker-report-'));
const report = join(folder, 'report.json');
try {
  const tests = startTool('vitest', argumentsOf(), {
    env: {
      ...process.env,
      ...(isQuick && { TUSKER_TEST_STORES: 'memory,sqlite' }),
      ...(isWhole && { TUSKER_TEST_PREPARE: PREPARED, TUSKER_TEST_WIDE: 'no' }),
    },
  });
  if (isWhole || isQuick) {
    const failed = await sourceChecks();
    if (failed) {
      tests.stop();
      process.exitCode = 1;
    }
  }
  process.exitCode ||= await tests.ended;
  tell();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function argumentsOf() {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const files = isWide ? [WIDE] : isQuick ? QUICK : [];
  return ['run', ...reporters, ...files, ...others];
}

/** The slowest files and tests, and the closing line. A test that is skipped makes a whole run fail. */
function tell() {
  let text;
  try {
    text = readFileSync(report, 'utf8');
  } catch {
    return; // vitest did not come to an end, and has said why
  }
  const result = JSON.parse(text);
  const skipped = result.numPendingTests + result.numTodoTests;
  for (const line of slowest(result)) console.log(line);
  if (skipped > 0 && others.length === 0) {
    console.error('failed: a test is skipped; what is promised is tested, on every machine');
    process.exitCode ||= 1;
  }
  const { numPassedTests, numFailedTests } = result;
  console.log(`${numPassedTests} passed, ${numFailedTests} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}
