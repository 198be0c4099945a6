// The tests that Stryker runs for each of its mutants: those that need neither a server, nor a build, nor a browser.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['client', 'worker', 'input', 'traps'].map((folder) => `test/${folder}/**/*.test.ts`),
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
  },
});
