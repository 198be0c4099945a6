import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Why instructions cannot be counted here, in one line; undefined when they can. As root on Debian what is missing is installed. */
export function countingProblem() {
  if (hasValgrind()) return undefined;
  if (isRootOnDebian()) install('valgrind');
  return hasValgrind() ? undefined : 'valgrind was not found: install it, on Debian by: apt-get install -y valgrind';
}

function hasValgrind() {
  return ['valgrind', 'vgdb'].every((program) => spawnSync(program, ['--help']).error === undefined);
}

function isRootOnDebian() {
  const hasApt = spawnSync('apt-get', ['--version']).status === 0;
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && hasApt;
}

function install(name) {
  console.log(`installing ${name}`);
  const apt = (...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  };
  const isThere = () => apt('install', '-y', '--no-install-recommends', name);
  if (!isThere() && apt('update')) isThere();
}
