import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command in the root of the repository with its output shown; ends this process when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) {
    console.error(`failed (${status}): ${command} ${args.join(' ')}`);
    process.exit(status ?? 1);
  }
}

/** Runs a program of a development dependency: `package`, or `package#program`. */
export function tool(name, ...args) {
  run(process.execPath, [binOf(name), ...args]);
}

/** The same; gives its exit status instead of ending this process. */
export function toolStatus(name, ...args) {
  return spawnSync(process.execPath, [binOf(name), ...args], { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}

/** The file that a package's program starts with. */
function binOf(name) {
  const [packageName, program = name.split('/').pop()] = name.split('#');
  const folder = fileURLToPath(new URL(`../node_modules/${packageName}/`, import.meta.url));
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[program]);
}
