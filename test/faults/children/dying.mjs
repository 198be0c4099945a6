// One task from its lock to its completion, each step written down when it was acknowledged; the process kills itself
// at a named step of its n-th writing transaction. The database driver is wrapped; the library knows nothing of it.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { factsIn } from './facts.mjs';

const [dist, file, facts, task, step, transaction] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');
let count = 0;
const isAt = (name) => step === name && count === Number(transaction);
let writing = false;

function dyingAround(isBegin, run) {
  if (isBegin) {
    count++;
    writing = true;
  }
  if (writing && isAt(isBegin ? 'before begin' : 'before commit')) die();
  const result = run();
  if (writing && isAt(isBegin ? 'after begin' : 'after commit')) die();
  if (!isBegin && writing) {
    writing = false;
    // The answer is on its way: the caller has not got it yet.
    if (isAt('before reply')) queueMicrotask(die);
  }
  return result;
}

const isBegin = (sql) => /^begin immediate/i.test(sql);
// The first transaction of all makes the tables: it is none of the store's.
let isOpen = false;

function wrap(prototype) {
  const { prepare, exec } = prototype;
  prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    if (!isBegin(sql) && !/^commit/i.test(sql)) return statement;
    isOpen = true;
    const run = statement.run.bind(statement);
    statement.run = (...values) => dyingAround(isBegin(sql), () => run(...values));
    return statement;
  };
  prototype.exec = function (sql) {
    return isOpen && isBegin(sql) ? dyingAround(true, () => exec.call(this, sql)) : exec.call(this, sql);
  };
}
const builtin = process.getBuiltinModule?.('node:sqlite');
if (builtin) wrap(builtin.DatabaseSync.prototype);
try {
  wrap(createRequire(import.meta.url)('libsql').prototype);
} catch {
  // Not installed: the driver of Node is used.
}

const at = (path) => pathToFileURL(`${dist}/${path}`).href;
const { createTusker } = await import(at('index.js'));
const { sqliteStore } = await import(at('stores/embedded/sqlite.js'));
const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) });
const fact = factsIn(facts);
const replied = () => {
  if (isAt('after reply')) die();
};

const lock = await tusker.lock(task, 'u', { ttl: 200, renew: false });
fact('locked', task);
replied();
await lock.unlock('done');
fact('unlocked', task);
replied();
await tusker.close(task, { attempts: 1000, backoff: 0, unitGrace: 60_000 });
fact('closed', task);
replied();
const claim = await tusker.fetchReleased({ lease: 200 });
if (claim) {
  fact('claimed', claim.task);
  replied();
  await claim.complete('merged');
  fact('completed', claim.task);
  replied();
}
await tusker.stop();
process.disconnect();
