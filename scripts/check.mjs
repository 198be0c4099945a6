// Everything that can be said of the code without running it: of the sources, and of the package that they make.
import { sourceChecks } from './checks.mjs';
import { run, tool } from './run.mjs';

if (await sourceChecks()) process.exit(1);
run(process.execPath, ['scripts/build.mjs']);
tool('publint', '--strict');
tool('@arethetypeswrong/cli#attw', '--pack', '.', '--profile', 'esm-only');
