// Everything that CI runs, in the order in which it fails fastest. Arguments go to vitest.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, toolStatus } from './run.mjs';

run(process.execPath, ['scripts/check.mjs']);
run(process.execPath, ['scripts/pretest.mjs']);

const chosen = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tusker-report-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
process.exitCode = toolStatus('vitest', 'run', ...reporters, ...chosen);
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
  const skipped = numPendingTests + numTodoTests;
  if (skipped > 0 && chosen.length === 0) {
    console.error('failed: a test is skipped; what is promised is tested, on every machine');
    process.exitCode ||= 1;
  }
  console.log(`${numPassedTests} passed, ${numFailedTests} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
