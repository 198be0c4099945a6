// Sees to the programs that tests need, and says in one line, instead of in many failed tests, which one is not there:
// an ffmpeg, a redis-server, a chromium, jq, luacheck, promtool. As root on Debian all but the first are installed.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { programProblem, redisProgram, serverProblem } from './redis-server.mjs';

const CHROMIUM = '/usr/bin/chromium';

const problems = [
  await ffmpeg(),
  installed(
    'redis-server',
    () => programProblem(),
    () => redisProgram() === 'redis-server',
  ),
  await serverProblem(),
  installed('chromium', () => (existsSync(CHROMIUM) ? undefined : `${CHROMIUM} was not found`)),
  installed('jq', () => (spawnSync('jq', ['--version']).status === 0 ? undefined : 'jq was not found')),
  installed('lua-check', () =>
    spawnSync('luacheck', ['--version']).status === 0 ? undefined : 'luacheck was not found',
  ),
  installed('prometheus', () =>
    spawnSync('promtool', ['--version']).status === 0 ? undefined : 'promtool was not found',
  ),
].filter((problem) => problem !== undefined);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/** One of those that the demo looks for. Whether it has the encoders, the demo says. */
async function ffmpeg() {
  const packaged = await import('@ffmpeg-installer/ffmpeg')
    .then(({ default: { path } }) => path)
    .catch(() => undefined);
  const tried = process.env.TUSKER_FFMPEG ? [process.env.TUSKER_FFMPEG] : ['ffmpeg', packaged];
  const found = tried.find((path) => path && spawnSync(path, ['-version']).status === 0);
  if (found === undefined) return 'no ffmpeg was found: install one, or set TUSKER_FFMPEG to its path';
  console.log(`ffmpeg: ${found}`);
  return undefined;
}

/** What is wrong with a program after it was installed, where that was possible. `mayInstall` says whether it would help. */
function installed(name, problemOf, mayInstall = () => true) {
  const first = problemOf();
  if (first === undefined || !mayInstall()) return first;
  if (isRootOnDebian()) aptInstall(name);
  const problem = problemOf();
  return problem && `${problem}: install it, on Debian by: apt-get install -y ${name}`;
}

function isRootOnDebian() {
  return (
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && spawnSync('apt-get', ['--version']).status === 0
  );
}

function aptInstall(name) {
  console.log(`installing ${name}`);
  // No package may start its service: exit status 101 of this file says so to Debian's tools.
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (!apt('install', '-y', '--no-install-recommends', name)) {
      apt('update');
      apt('install', '-y', '--no-install-recommends', name);
    }
  } finally {
    if (isOurs) rmSync(policy);
  }
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}
