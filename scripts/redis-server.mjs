// The redis-server that the tests run. `node scripts/redis-server.mjs` says which one it is, or what is wrong with it.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { pathToFileURL } from 'node:url';

const OLDEST = { Redis: '7.0', Valkey: '7.2' };

/** The program that tests start: what TUSKER_TEST_REDIS names if that is a program, else redis-server on the PATH. */
export function redisProgram() {
  const given = process.env.TUSKER_TEST_REDIS;
  return given && !given.includes('://') ? given : 'redis-server';
}

/** What is wrong with the program, in words; undefined when it will do. */
export function programProblem(program = redisProgram()) {
  const { status, stdout, error } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (error?.code === 'ENOENT') return `${program} was not found`;
  const [, name = 'Redis', version] = /^(Redis|Valkey)?.*\bv=(\d+\.\d+\.\d+)/.exec(stdout ?? '') ?? [];
  if (status !== 0 || !version) return `${program} --version says no version of Redis or Valkey`;
  return isOlder(version, OLDEST[name]) ? `${program} is ${name} ${version}; needed: ${OLDEST[name]}` : undefined;
}

/** What is wrong with the server that TUSKER_TEST_REDIS names, if that is a URL. */
export async function serverProblem(given = process.env.TUSKER_TEST_REDIS) {
  if (!given?.includes('://')) return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== 'redis:' || !['127.0.0.1', 'localhost'].includes(url.hostname)) {
    return 'TUSKER_TEST_REDIS is neither a program nor a redis:// URL on 127.0.0.1';
  }
  try {
    const info = await infoOf(url);
    const [, valkey] = /^valkey_version:(\S+)/m.exec(info) ?? [];
    const [, redis] = /^redis_version:(\S+)/m.exec(info) ?? [];
    if (!redis) return `the server of TUSKER_TEST_REDIS says no version: ${info.slice(0, 100).trim()}`;
    const name = valkey ? 'Valkey' : 'Redis';
    if (!isOlder(valkey ?? redis, OLDEST[name])) return undefined;
    return `the server of TUSKER_TEST_REDIS is ${name} ${valkey ?? redis}; needed: ${OLDEST[name]}`;
  } catch (error) {
    return `the server of TUSKER_TEST_REDIS cannot be reached: ${error.message || error.code}`;
  }
}

async function infoOf(url) {
  const socket = connect({ host: '127.0.0.1', port: Number(url.port || 6379) });
  socket.setTimeout(5000, () => socket.destroy(new Error('no answer within 5 s')));
  await once(socket, 'connect');
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  if (password) socket.write(command('AUTH', user || 'default', password));
  socket.write(command('INFO', 'server'));
  socket.end(command('QUIT'));
  let text = '';
  for await (const bytes of socket) text += bytes;
  return text;
}

function command(...words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

function isOlder(version, than) {
  const [major, minor] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = than.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problem = programProblem() ?? (await serverProblem());
  if (problem) console.error(problem);
  else console.log(`redis-server: ${redisProgram()}`);
  process.exitCode = problem ? 1 : 0;
}
