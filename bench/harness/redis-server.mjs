import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { endWithProcess } from './end-with-process.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const READY_WITHIN = 60_000;
const SLOTS = 16_384;

/**
 * A redis-server of one's own on a free loopback port, without persistence. `BENCH_REDIS` names another program, such as
 * /opt/valkey/bin/valkey-server. `under` is a command that runs it, such as valgrind.
 */
export async function startRedis(config = {}, under = []) {
  const folder = temporaryFolder();
  const port = await freePort();
  const settings = { bind: '127.0.0.1', port, dir: folder.path, save: '', appendonly: 'no', ...config };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const [command, ...rest] = [...under, process.env.BENCH_REDIS ?? 'redis-server', ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (bytes) => {
    output = (output + bytes).slice(-2000);
  });
  await once(child, 'spawn');
  const kill = () => child.kill('SIGKILL');
  const forget = endWithProcess(() => {
    kill();
    folder.remove();
  });
  const admin = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 20, maxRetriesPerRequest: null });
  admin.on('error', () => {});
  const ready = await Promise.race([
    admin.ping().then(() => true),
    once(child, 'exit').then(() => false),
    sleep(READY_WITHIN, false, { ref: false }),
  ]);
  if (!ready) throw new Error(`redis-server did not start: ${output}`);
  return {
    port,
    pid: child.pid,
    url: `redis://127.0.0.1:${port}`,
    /** For INFO and the like. */
    admin,
    async stop() {
      admin.disconnect();
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        kill();
        await gone;
      }
      forget();
      folder.remove();
    },
  };
}

/** Masters that share the slots evenly, without replicas. */
export async function startCluster(masters, config = {}) {
  const nodes = [];
  const stop = () => Promise.all(nodes.map((node) => node.stop()));
  try {
    for (let i = 0; i < masters; i++) {
      const bus = await freePort();
      const node = await startRedis({
        'cluster-enabled': 'yes',
        'cluster-config-file': 'nodes.conf',
        'cluster-announce-ip': '127.0.0.1',
        'cluster-port': bus,
        ...config,
      });
      nodes.push(Object.assign(node, { bus }));
    }
    await form(nodes);
    return { nodes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function form(nodes) {
  const [first, ...others] = nodes;
  for (const node of others) await node.admin.cluster('MEET', '127.0.0.1', first.port, first.bus);
  for (const [i, { admin }] of nodes.entries()) {
    const [from, to] = [i, i + 1].map((n) => Math.floor((SLOTS * n) / nodes.length));
    await admin.cluster('ADDSLOTSRANGE', from, to - 1);
  }
  const end = performance.now() + READY_WITHIN;
  for (;;) {
    const infos = await Promise.all(nodes.map(({ admin }) => admin.cluster('INFO')));
    const isWhole = (info) =>
      info.includes('cluster_state:ok') &&
      info.includes(`cluster_known_nodes:${nodes.length}`) &&
      info.includes('cluster_slots_ok:16384');
    if (infos.every(isWhole)) return;
    if (performance.now() > end) throw new Error(`the Cluster did not form: ${infos.join('\n')}`);
    await sleep(50);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
