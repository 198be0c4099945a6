// Everything that CI runs, in the order in which it fails fastest. Arguments go to vitest.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, toolStatus } from './run.mjs';

run(process.execPath, ['scripts/check.mjs']);

const folder = mkdtempSync(join(tmpdir(), 'tusker-report-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const status = toolStatus('vitest', 'run', ...reporters, ...process.argv.slice(2));
try {
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  console.log(`${numPassedTests} passed, ${numFailedTests} failed`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = status;
