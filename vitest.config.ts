import { defineConfig } from 'vitest/config';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** The files that take longest begin first: a run takes no longer than it must. */
const LONGEST = ['model/redis', 'redis-clients/', 'redis/', 'model/', 'cli/', 'dashboard/'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.findIndex((part) => moduleId.includes(`/test/${part}`));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** A server that was given, not started, is one for all: its files run one after the other. */
const maxWorkers = process.env.TUSKER_TEST_REDIS?.includes('://') ? 1 : 2;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    globalSetup: 'test/harness/global-setup.ts',
    server: { deps: { external: [/\/dist\//] } },
    sequence: { sequencer: LongestFirst },
  },
});
