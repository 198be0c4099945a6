// Everything that can be said of the code without running it.
import { run, tool } from './run.mjs';

tool('@biomejs/biome', 'check', '--error-on-warnings', '.');
tool('typescript#tsc', '-p', 'tsconfig.test.json');
tool('typescript#tsc', '-p', 'src/dashboard/pages');
run(process.execPath, ['scripts/lua.mjs', '--check']);
run(process.execPath, ['scripts/lockfile.mjs']);
tool('knip');
run(process.execPath, ['scripts/build.mjs']);
tool('publint', '--strict');
tool('@arethetypeswrong/cli#attw', '--pack', '.', '--profile', 'esm-only');
