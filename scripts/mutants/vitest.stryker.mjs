// The tests that Stryker runs for each of its mutants: those that need neither a server, nor a build, nor a browser.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['client', 'worker', 'input', 'conformance', 'traps', 'testing-kit', 'telemetry'].map(
      (folder) => `test/${folder}/**/*.test.ts`,
    ),
    exclude: ['test/telemetry/{docs,example,otel-metrics,metrics}.test.ts', 'test/testing-kit/examples.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
  },
});
