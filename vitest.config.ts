import { defineConfig } from 'vitest/config';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** The files that take longest begin first: a run takes no longer than it must. */
const LONGEST = [
  'model/redis',
  'demo/demo.test',
  'dashboard/looks',
  'dashboard/pages',
  'redis-clients/',
  'model/',
  'cli/process',
  'faults/',
  'dashboard/',
  'redis/',
  'cli/',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.findIndex((part) => moduleId.includes(`/test/${part}`));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** Files that replace a module, or set what is global to a process. */
const ALONE = ['test/embedded/sqlite.test.ts', 'test/telemetry/otel-metrics.test.ts'];

/** What `npm test` leaves to `npm run test:wide`. */
const WIDE = process.env.TUSKER_TEST_WIDE === 'no' ? ['test/wide/**'] : [];

/**
 * Four files at once, as many wait for servers, processes and pages. A server that was given, not started, is one for all:
 * then they run one after the other.
 */
const maxWorkers = process.env.TUSKER_TEST_REDIS?.includes('://') ? 1 : 4;

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A page on a busy machine takes its time; what never comes is told all the same.
    expect: { poll: { timeout: 20_000 } },
    passWithNoTests: false,
    allowOnly: false,
    setupFiles: 'test/harness/each-file.ts',
    globalSetup: 'test/harness/global-setup.ts',
    server: { deps: { external: [/\/(dist|build)\//] } },
    sequence: { sequencer: LongestFirst },
    projects: [
      // Files of a worker share their modules: reading them anew for each file takes as long as the tests.
      {
        extends: true,
        test: { name: 'shared', isolate: false, include: ['test/**/*.test.ts'], exclude: [...ALONE, ...WIDE] },
      },
      { extends: true, test: { name: 'alone', isolate: true, include: ALONE } },
    ],
  },
});
