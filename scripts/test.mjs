// Everything that CI runs, in the order in which it fails fastest.
import { run, tool } from './run.mjs';

run(process.execPath, ['scripts/check.mjs']);
tool('vitest', 'run', ...process.argv.slice(2));
