/** The servers of a chaos run, and what is done to them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisCluster } from '../redis-ground/cluster.js';
import { startCluster } from '../redis-ground/cluster.js';
import { MASTER_NAME, startSentinels } from '../redis-ground/sentinel.js';
import type { MemberServer, RedisConfig } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { onWire } from '../redis-ground/wire.js';

export type StoreKind = 'redis' | 'cluster' | 'sentinel';

/** What is written is on the disk before it is answered. */
export const DURABLE: RedisConfig = { appendonly: 'yes', appendfsync: 'always' };

export interface Ground {
  readonly kind: StoreKind;
  /** Where clients begin. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly masterName?: string;
  /** How many replicas each write waits for: all that there are. */
  readonly replicas: number;
  /** The servers that keep data. */
  readonly servers: readonly MemberServer[];
  /** Those that take writes now. */
  masters(): Promise<readonly MemberServer[]>;
  /** Resolves when everything runs and knows each other again. */
  healed(): Promise<void>;
  stop(): Promise<void>;
}

export async function startGround(kind: StoreKind, config: RedisConfig = DURABLE): Promise<Ground> {
  if (kind === 'cluster') return clusterGround(config);
  return kind === 'sentinel' ? sentinelGround(config) : singleGround(config);
}

async function singleGround(config: RedisConfig): Promise<Ground> {
  const server = await startServer({ config });
  return {
    kind: 'redis',
    nodes: [{ host: server.host, port: server.port }],
    replicas: 0,
    servers: [server],
    masters: async () => [server],
    healed: async () => {},
    stop: () => server.stop(),
  };
}

async function clusterGround(config: RedisConfig): Promise<Ground> {
  const cluster: RedisCluster = await startCluster({ replicas: 1, config });
  const servers = cluster.nodes.map(({ server }) => server);
  return {
    kind: 'cluster',
    nodes: cluster.addresses,
    replicas: 1,
    servers,
    masters: () => thoseThatWrite(servers),
    healed: () => cluster.settled(),
    stop: () => cluster.stop(),
  };
}

async function sentinelGround(config: RedisConfig): Promise<Ground> {
  const sentinels = await startSentinels({ replicas: 2, config });
  return {
    kind: 'sentinel',
    nodes: sentinels.addresses,
    masterName: MASTER_NAME,
    replicas: 2,
    servers: sentinels.servers,
    masters: async () => [await sentinels.master()],
    healed: async () => {
      await sentinels.master(15_000).catch(() => sentinels.promoteByHand());
      await until(
        'all replicas follow the master',
        async () => {
          const { port } = await sentinels.master();
          const info = String(await onWire(port, (wire) => wire.send('INFO', 'replication')));
          return (info.match(/state=online/g) ?? []).length === 2 || undefined;
        },
        60_000,
      );
    },
    stop: () => sentinels.stop(),
  };
}

async function thoseThatWrite(servers: readonly MemberServer[]): Promise<MemberServer[]> {
  const found: MemberServer[] = [];
  for (const server of servers.filter(({ isRunning }) => isRunning)) {
    const role = await onWire(server.port, (wire) => wire.send('ROLE')).catch(() => []);
    if ((role as unknown[])[0] === 'master') found.push(server);
  }
  return found;
}

/** Something that happens to servers. Resolves when it is over, but for what it left behind. */
export type Fault = (ground: Ground, random: () => number) => Promise<void>;

async function anyMaster(ground: Ground, random: () => number): Promise<MemberServer> {
  const masters = await ground.masters();
  const found = masters[Math.floor(random() * masters.length)];
  if (!found) throw new Error('there is no master');
  return found;
}

/** Power is cut, and comes back. */
const killed: Fault = async (ground, random) => {
  const server = await anyMaster(ground, random);
  await server.kill();
  await sleep(200 + 2000 * random());
  await server.start();
};

/** It hangs: others may take over meanwhile, and it comes back believing that it is the master. */
const paused: Fault = async (ground, random) => {
  const server = await anyMaster(ground, random);
  server.pause();
  try {
    await sleep(300 + 3000 * random());
  } finally {
    server.resume();
  }
};

const forgotFunctions: Fault = async (ground, random) => {
  const { port } = await anyMaster(ground, random);
  await onWire(port, (wire) => wire.send('FUNCTION', 'FLUSH'));
};

const full: Fault = async (ground, random) => {
  const { port } = await anyMaster(ground, random);
  await onWire(port, (wire) => wire.send('CONFIG', 'SET', 'maxmemory', '1'));
  await sleep(200 + 1000 * random());
  await onWire(port, (wire) => wire.send('CONFIG', 'SET', 'maxmemory', '0'));
};

/** What happens to servers, by name. */
export const FAULTS: Readonly<Record<string, Fault>> = { killed, paused, forgotFunctions, full };

/** Everything is gone, on purpose: what was acknowledged before counts no more. */
export async function flush(ground: Ground): Promise<void> {
  for (const { port } of await ground.masters()) await onWire(port, (wire) => wire.send('FLUSHALL'));
}

/** Undoes what faults may have left behind. */
export async function heal(ground: Ground): Promise<void> {
  for (const server of ground.servers) {
    if (!server.isRunning) await server.start();
    server.resume();
    await onWire(server.port, (wire) => wire.send('CONFIG', 'SET', 'maxmemory', '0'));
  }
  await ground.healed();
}
