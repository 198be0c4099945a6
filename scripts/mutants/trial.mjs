// Whether tests fail while a patch is applied, and how.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const REPORT = 'node_modules/mutants-report.json';
/** A run of a file may take this much longer than without a patch, and so long in any case, in ms. */
const PATIENCE = { factor: 10, least: 180_000 };
const WHOLE_TIMEOUT = 3 * 3600_000;
const TIMED_OUT = /timed out in \d+ ?ms/i;

/**
 * `survived`: all tests passed. `caught`: a test failed. `timed out`: tests only failed by waiting too long. `broken`: no
 * test ran, so nothing was shown.
 */
export async function runTests(copy, tests, { timeout, flags = [] } = {}) {
  const report = join(copy.path, REPORT);
  rmSync(report, { force: true });
  const begin = performance.now();
  const { code, output, timedOut } = await copy.node(
    ['node_modules/vitest/vitest.mjs', 'run', ...tests, ...flags, '--reporter=json', `--outputFile=${report}`],
    { timeout, env: { TUSKER_SEED: process.env.TUSKER_SEED ?? '20261124' } },
  );
  const ms = performance.now() - begin;
  if (timedOut) return { verdict: 'timed out', ms, by: 'the run did not end' };
  if (code === 0) return { verdict: 'survived', ms };
  if (!existsSync(report)) return { verdict: 'broken', ms, why: output };
  return { ...verdictOf(JSON.parse(readFileSync(report, 'utf8')), output), ms };
}

function verdictOf({ testResults, numPassedTests }, output) {
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed'),
  );
  if (failed.length > 0) {
    const late = failed.every(({ failureMessages }) => failureMessages.every((message) => TIMED_OUT.test(message)));
    return { verdict: late ? 'timed out' : 'caught', by: failed[0].fullName };
  }
  if (numPassedTests > 0) return { verdict: 'caught', by: 'an error outside of a test' };
  return { verdict: 'broken', why: testResults.map(({ message }) => message).find(Boolean) ?? output };
}

/** Tries one patch against the files that it lists, one after the other until one fails. `times`: how long they take. */
export async function tryPatch(copy, patch, { times, whole, flags }) {
  const begin = performance.now();
  const done = (result) => ({ ...result, patch, ms: performance.now() - begin });
  try {
    const fault = await copy.apply(patch);
    if (fault) return done({ verdict: 'broken', why: fault });
    for (const test of patch.tests) {
      const timeout = Math.max(PATIENCE.least, PATIENCE.factor * (times.get(test) ?? 0));
      const result = await runTests(copy, [test], { timeout, flags: ['--bail=1', ...flags] });
      if (result.verdict !== 'survived') return done({ ...result, test });
    }
    if (!whole) return done({ verdict: 'survived' });
    return done({
      test: 'the whole of the tests',
      ...(await runTests(copy, [], { timeout: WHOLE_TIMEOUT, flags: ['--bail=1'] })),
    });
  } finally {
    copy.restore();
  }
}
