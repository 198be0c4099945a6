// Compiles src/ to dist/. tsc writes programs without the right to be run: they get it here.
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run, tool } from './run.mjs';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

rmSync(at('dist'), { recursive: true, force: true });
tool('typescript#tsc');
run(process.execPath, ['scripts/build-dashboard.mjs', 'dist']);
chmodSync(at('dist/cli/main.js'), 0o755);
