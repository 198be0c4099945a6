import { relative } from 'node:path';

const COUNT = 10;

/** Lines with the ten slowest files and tests of a run, from vitest's JSON report. */
export function slowest({ testResults }) {
  const files = testResults.map(({ name, startTime, endTime }) => [endTime - startTime, relative(process.cwd(), name)]);
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ duration, fullName }) => [duration ?? 0, `${relative(process.cwd(), name)}: ${fullName}`]),
  );
  return ['slowest files', ...table(files), 'slowest tests', ...table(tests)];
}

function table(rows) {
  return rows
    .sort(([a], [b]) => b - a)
    .slice(0, COUNT)
    .map(([ms, name]) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${name}`);
}
