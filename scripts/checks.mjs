// What can be said of the sources without running them.
import { startNode, startTool } from './run.mjs';

// Beside the tests: several checkers of types would do a good deal twice.
const ONE = '--singleThreaded';
const CHECKS = {
  'format and lint': () => startTool('@biomejs/biome', ['check', '--error-on-warnings', '.'], QUIET),
  types: () => startTool('typescript#tsc', ['-p', 'tsconfig.test.json', ONE], QUIET),
  'types of the pages': () => startTool('typescript#tsc', ['-p', 'src/dashboard/pages', ONE], QUIET),
  'the linked Lua': () => startNode(['scripts/lua.mjs', '--check'], QUIET),
  lockfile: () => startNode(['scripts/lockfile.mjs'], QUIET),
  'unused code': () => startTool('knip', [], QUIET),
};
const QUIET = { quiet: true };

/** All at once. Says what failed, with its output. @returns whether one did */
export async function sourceChecks() {
  const results = await Promise.all(
    Object.entries(CHECKS).map(async ([name, start]) => {
      const { ended, said } = start();
      const status = await ended;
      if (status !== 0) console.error(`${said()}\nfailed (${status}): ${name}`);
      return status !== 0;
    }),
  );
  const failed = results.some(Boolean);
  if (!failed) console.log(`checked: ${Object.keys(CHECKS).join(', ')}`);
  return failed;
}
