// Makes build/ of src/, a file of each module, for benches and tests that look inside, and dist/ of build/, which is packed
// (scripts/pack-modules.mjs). With --if-needed only when a source is newer than what is there. What is there is replaced at
// the end, all at once: somebody may be running it.
import { chmodSync, cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packModules } from './pack-modules.mjs';
import { run, tool } from './run.mjs';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
if (process.argv.includes('--if-needed') && isUpToDate()) process.exit();

const fresh = { build: `.build-${process.pid}`, dist: `.dist-${process.pid}` };

process.once('exit', () => {
  for (const folder of Object.values(fresh)) rmSync(at(folder), { recursive: true, force: true });
});
tool('typescript#tsc', '--outDir', fresh.build);
run(process.execPath, ['scripts/build-dashboard.mjs', fresh.build]);
await packModules(at(fresh.build), at(fresh.dist));
cpSync(at(`${fresh.build}/dashboard/assets`), at(`${fresh.dist}/dashboard/assets`), { recursive: true });
for (const [name, folder] of Object.entries(fresh)) {
  // The compiler writes programs without the right to be run.
  chmodSync(at(`${folder}/cli/main.js`), 0o755);
  rmSync(at(name), { recursive: true, force: true });
  renameSync(at(folder), at(name));
}

/** A folder is among the sources, too: it is newer when something was removed from it. */
function isUpToDate() {
  const built = ['build/cli/main.js', 'dist/cli/main.js'].map(at);
  if (!built.every(existsSync)) return false;
  const sources = readdirSync(at('src'), { recursive: true }).map((path) => join('src', path));
  const makers = ['tsconfig.json', 'package.json', 'scripts/build.mjs', 'scripts/pack-modules.mjs'];
  const newest = Math.max(...[...sources, ...makers].map((path) => statSync(at(path)).mtimeMs));
  return built.every((path) => newest < statSync(path).mtimeMs);
}
