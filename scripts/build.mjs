// Compiles src/ to dist/; with --if-needed only when a source is newer than what is there. tsc writes programs without the right to be run: they get it here. What is there is replaced at
// the end, all at once: somebody may be running it.
import { chmodSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, tool } from './run.mjs';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
if (process.argv.includes('--if-needed') && isUpToDate()) process.exit();

const fresh = `.dist-${process.pid}`;

process.once('exit', () => rmSync(at(fresh), { recursive: true, force: true }));
tool('typescript#tsc', '--outDir', fresh);
run(process.execPath, ['scripts/build-dashboard.mjs', fresh]);
chmodSync(at(`${fresh}/cli/main.js`), 0o755);
rmSync(at('dist'), { recursive: true, force: true });
renameSync(at(fresh), at('dist'));

/** A folder is among the sources, too: it is newer when something was removed from it. */
function isUpToDate() {
  if (!existsSync(at('dist/cli/main.js'))) return false;
  const sources = readdirSync(at('src'), { recursive: true }).map((path) => join('src', path));
  const newest = Math.max(...[...sources, 'tsconfig.json', 'package.json'].map((path) => statSync(at(path)).mtimeMs));
  return newest < statSync(at('dist/cli/main.js')).mtimeMs;
}
