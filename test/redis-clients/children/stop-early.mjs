// A user's program that stops while the connection for a signal is being made, or after its server was killed. Says which timers
// would keep it alive.
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [name, dist, port, killed] = process.argv.slice(2);
const { createTusker, redisStore } = await import(pathToFileURL(`${dist}/index.js`).href).then(async (tusker) => ({
  ...tusker,
  ...(await import(pathToFileURL(`${dist}/stores/redis/index.js`).href)),
}));
const library = createRequire(import.meta.url);
const user = name === 'url' ? undefined : new (library(name).Redis)(Number(port), '127.0.0.1');
const tusker = createTusker(user ? { store: redisStore(user) } : `redis://127.0.0.1:${port}`);
const lock = await tusker.lock('song', process.pid);
await (killed ? serverGone() : connectionBegun());
await tusker.stop({ grace: 0, timeout: 1000 });
user?.disconnect();
await sleep(50);
console.log(JSON.stringify(process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout')));
process.exit();

/** A signal is listened to on a connection of its own. */
function connectionBegun() {
  const { connect } = Socket.prototype;
  return new Promise((resolve) => {
    Socket.prototype.connect = function (...args) {
      setImmediate(resolve);
      return connect.apply(this, args);
    };
    lock.signal.throwIfAborted();
  });
}

async function serverGone() {
  process.kill(Number(killed), 'SIGKILL');
  await sleep(50);
}
