import { spawn, spawnSync } from 'node:child_process';
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

/** Begins a program of a development dependency, as `tool` names it. */
export function startTool(name, args, options = {}) {
  return startNode([binOf(name), ...args], options);
}

/**
 * Begins a Node program in the root of the repository. `ended` resolves with its exit status; with `quiet` its output is
 * not shown, and `said` gives it.
 */
export function startNode(args, { quiet = false, env = process.env } = {}) {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => output.push(bytes));
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });
  return { ended, said: () => Buffer.concat(output).toString(), stop: () => child.kill('SIGTERM') };
}

/** The file that a package's program starts with. */
function binOf(name) {
  const [packageName, program = name.split('/').pop()] = name.split('#');
  const folder = fileURLToPath(new URL(`../node_modules/${packageName}/`, import.meta.url));
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[program]);
}
