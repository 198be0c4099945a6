import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startRedis } from '../harness/redis-server.mjs';
import { redisStore } from '../harness/subject.mjs';
import { temporaryFolder } from '../harness/temporary-folder.mjs';

const run = promisify(execFile);
const SETTINGS = { activerehashing: 'no', 'latency-tracking': 'no', hz: 1, 'dynamic-hz': 'no' };
/** Under valgrind a server is up to a hundred times slower: its client waits, in ms. */
const PATIENCE = 100_000;

/**
 * What is not counted, for it falls on one call or another: what the server does once a second, and the steps of Lua's garbage
 * collector. A server without symbols has both in its counts.
 */
const LEFT_OUT = ['serverCron', 'luaC_step'];

/** A redis-server whose main thread's instructions are counted: it runs under callgrind, some fifty times slower. */
export async function startCountedRedis() {
  const folder = temporaryFolder();
  const file = `--callgrind-out-file=${folder.file('callgrind.out')}`;
  const counting = [...LEFT_OUT.map((name) => `--toggle-collect=${name}`), '--collect-atstart=yes'];
  const under = ['valgrind', '--tool=callgrind', '--quiet', file, ...counting];
  const redis = await startRedis(SETTINGS, under).catch((error) => {
    folder.remove();
    throw error;
  });
  const store = redisStore(redis.url, { commandTimeout: PATIENCE, retryFor: PATIENCE });
  const control = (...words) => run('vgdb', [`--pid=${redis.pid}`, ...words]);
  const executed = async () => {
    const { stdout } = await control('status', 'internal');
    const count = /^events-1: (\d+)$/m.exec(stdout)?.[1];
    if (count === undefined) throw new Error(`callgrind told no count of instructions: ${stdout}`);
    return Number(count);
  };
  return {
    store,
    admin: redis.admin,
    /** How many instructions `work` takes, and what it gives. */
    async count(work) {
      const before = await executed();
      const value = await work();
      return { value, instructions: (await executed()) - before };
    },
    /** Does `work` ten times as fast, without counting. */
    async uncounted(work) {
      await control('instrumentation', 'off');
      const value = await work();
      await control('instrumentation', 'on');
      return value;
    },
    async stop() {
      await store.close();
      await redis.stop();
      folder.remove();
    },
  };
}
