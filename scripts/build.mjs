// Compiles src/ to dist/. tsc writes programs without the right to be run: they get it here. What is there is replaced at
// the end, all at once: somebody may be running it.
import { chmodSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run, tool } from './run.mjs';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const fresh = `.dist-${process.pid}`;

process.once('exit', () => rmSync(at(fresh), { recursive: true, force: true }));
tool('typescript#tsc', '--outDir', fresh);
run(process.execPath, ['scripts/build-dashboard.mjs', fresh]);
chmodSync(at(`${fresh}/cli/main.js`), 0o755);
rmSync(at('dist'), { recursive: true, force: true });
renameSync(at(fresh), at('dist'));
