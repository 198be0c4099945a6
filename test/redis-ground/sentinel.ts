/** A real master with replicas, and three Sentinels that watch it with a quorum of two. */
import type { SharedFacts } from '../harness/shared.js';
import { shared } from '../harness/shared.js';
import type { MemberServer, RedisConfig, RedisServer } from './server.js';
import { SharedServer, startServer } from './server.js';
import { until } from './until.js';
import type { Reply } from './wire.js';
import { onWire } from './wire.js';

const SENTINELS = 3;
const QUORUM = 2;
/** The name of the master in the Sentinels. */
export const MASTER_NAME = 'tusker';

/** Of the Sentinels, in ms. */
const PATIENCE = { 'down-after-milliseconds': '1000', 'failover-timeout': '5000' };

export interface SentinelOptions {
  /** Default 1. */
  readonly replicas?: number;
  /** Over the defaults, for master and replicas. */
  readonly config?: RedisConfig;
}

/** Starts the processes and resolves when every Sentinel knows the others and all replicas. */
export async function startSentinels(options: SentinelOptions = {}): Promise<RedisSentinels> {
  const { replicas = 1, config = {} } = options;
  const started: RedisServer[] = [];
  const start = async (given: Parameters<typeof startServer>[0]): Promise<RedisServer> => {
    const server = await startServer(given);
    started.push(server);
    return server;
  };
  try {
    const settings: RedisConfig = { 'repl-diskless-sync-delay': 0, ...config };
    const master = await start({ config: settings });
    const servers = [master];
    for (let i = 0; i < replicas; i++) {
      servers.push(await start({ config: { ...settings, replicaof: `127.0.0.1 ${master.port}` } }));
    }
    await Promise.all(servers.slice(1).map(linked));
    const sentinels: RedisServer[] = [];
    for (let i = 0; i < SENTINELS; i++) {
      sentinels.push(await start({ file: sentinelFile(master.port), flags: ['--sentinel'] }));
    }
    const ground = new RedisSentinels(servers, sentinels);
    await ground.acquainted();
    return ground;
  } catch (error) {
    await Promise.all(started.map((server) => server.stop()));
    throw error;
  }
}

/** The master, the replica and the Sentinels of this run. They are not to be changed. */
export async function sharedSentinels(): Promise<RedisSentinels> {
  const { servers, sentinels } = await shared('sentinels');
  const attached = (port: number): SharedServer => new SharedServer(port);
  return new RedisSentinels(servers.map(attached), sentinels.map(attached));
}

function sentinelFile(masterPort: number): string {
  return [
    `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} ${QUORUM}`,
    ...Object.entries(PATIENCE).map(([name, value]) => `sentinel ${name} ${MASTER_NAME} ${value}`),
    '',
  ].join('\n');
}

export class RedisSentinels {
  constructor(
    /** The first master and its replicas, whatever they have become. */
    readonly servers: readonly MemberServer[],
    readonly sentinels: readonly MemberServer[],
  ) {}

  /** What another process needs to know of them. */
  get facts(): SharedFacts['sentinels'] {
    const portOf = ({ port }: { readonly port: number }): number => port;
    return { servers: this.servers.map(portOf), sentinels: this.sentinels.map(portOf) };
  }

  /** Where a client begins. */
  get addresses(): { host: string; port: number }[] {
    return this.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** Resolves when every Sentinel knows the others and all replicas. */
  async acquainted(): Promise<void> {
    await until('the Sentinels know each other', async () => {
      const known = await Promise.all(this.sentinels.map(({ port }) => masterFacts(port)));
      return (
        known.every(
          (facts) =>
            facts.get('num-other-sentinels') === String(SENTINELS - 1) &&
            facts.get('num-slaves') === String(this.servers.length - 1) &&
            facts.get('flags') === 'master',
        ) || undefined
      );
    });
  }

  /** The server that the Sentinels call the master now, once it says so itself. */
  async master(within?: number): Promise<MemberServer> {
    const look = async (): Promise<MemberServer | undefined> => {
      const known = await Promise.all(this.sentinels.map(({ port }) => masterFacts(port)));
      const ports = new Set(known.map((facts) => Number(facts.get('port'))));
      const found = this.servers.find(({ port, isRunning }) => isRunning && ports.has(port));
      if (ports.size > 1 || !found) return undefined;
      const [role] = await roleOf(found.port);
      return role === 'master' ? found : undefined;
    };
    return until('a master', look, within);
  }

  /**
   * What an operator does where Sentinels find no master for good: servers that follow each other, or whose master was away
   * for long, are never promoted. The one that has read most takes over.
   */
  async promoteByHand(): Promise<void> {
    const [first, ...others] = [...(await offsets(this.servers))]
      .sort(([, a], [, b]) => b - a)
      .map(([server]) => server);
    if (!first) return;
    await onWire(first.port, (wire) => wire.send('REPLICAOF', 'NO', 'ONE'));
    for (const { port } of others)
      await onWire(port, (wire) => wire.send('REPLICAOF', '127.0.0.1', String(first.port)));
    for (const { port } of this.sentinels) {
      await onWire(port, async (wire) => {
        await wire.send('SENTINEL', 'REMOVE', MASTER_NAME);
        await wire.send('SENTINEL', 'MONITOR', MASTER_NAME, '127.0.0.1', String(first.port), String(QUORUM));
        for (const [name, value] of Object.entries(PATIENCE))
          await wire.send('SENTINEL', 'SET', MASTER_NAME, name, value);
      });
    }
  }

  /** A replica takes over while the master runs. Resolves with the new master when all Sentinels have it. */
  async failover(): Promise<MemberServer> {
    const before = await this.master();
    await until('a fail-over begins', async () => {
      const [sentinel] = this.sentinels;
      if (!sentinel) return undefined;
      return onWire(sentinel.port, (wire) => wire.send('SENTINEL', 'FAILOVER', MASTER_NAME));
    });
    return this.#successorOf(before);
  }

  /** SIGKILL for the master. Resolves with the new one when all Sentinels have it. */
  async killMaster(): Promise<MemberServer> {
    const before = await this.master();
    await before.kill();
    return this.#successorOf(before);
  }

  #successorOf(before: MemberServer): Promise<MemberServer> {
    return until('another master', async () => {
      const master = await this.master();
      return master === before ? undefined : master;
    });
  }

  /** Ends all processes and removes their folders. */
  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
  }
}

async function masterFacts(sentinelPort: number): Promise<Map<string, string>> {
  const flat = (await onWire(sentinelPort, (wire) => wire.send('SENTINEL', 'MASTER', MASTER_NAME))) as string[];
  const facts = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) facts.set(String(flat[i]), String(flat[i + 1]));
  return facts;
}

/** How much each server has read of its master, or written as one. */
async function offsets(servers: readonly MemberServer[]): Promise<Map<MemberServer, number>> {
  const found = new Map<MemberServer, number>();
  for (const server of servers) {
    const info = String(await onWire(server.port, (wire) => wire.send('INFO', 'replication')));
    found.set(server, Number(/^(?:slave_repl_offset|master_repl_offset):(\d+)/m.exec(info)?.[1] ?? 0));
  }
  return found;
}

async function roleOf(port: number): Promise<Reply[]> {
  return (await onWire(port, (wire) => wire.send('ROLE'))) as Reply[];
}

async function linked({ port }: RedisServer): Promise<true> {
  return until('a replica is linked to its master', async () => {
    const [, , , link] = await roleOf(port);
    return link === 'connected' || undefined;
  });
}
