/** A real Redis Cluster of one's own: processes on loopback ports, put together without any tool. */
import type { SharedFacts } from '../harness/shared.js';
import { shared } from '../harness/shared.js';
import { freePort } from './ports.js';
import type { MemberServer, RedisConfig } from './server.js';
import { SharedServer, startServer } from './server.js';
import { until } from './until.js';
import type { Reply } from './wire.js';
import { onWire } from './wire.js';

const SLOTS = 16_384;

export interface ClusterOptions {
  /** Default 3. */
  readonly masters?: number;
  /** Replicas of each master. Default 1. */
  readonly replicas?: number;
  /** Over the defaults, for every node. */
  readonly config?: RedisConfig;
}

/** Starts the processes and resolves when every node knows all others, all slots and its replicas. */
export async function startCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  const { masters = 3, replicas = 1, config } = options;
  const nodes: ClusterNode[] = [];
  try {
    for (let i = 0; i < masters * (1 + replicas); i++) nodes.push(await startNode(config));
    const cluster = new RedisCluster(nodes);
    await cluster.form(masters);
    return cluster;
  } catch (error) {
    await Promise.all(nodes.map(({ server }) => server.stop()));
    throw error;
  }
}

async function startNode(config: RedisConfig = {}): Promise<ClusterNode> {
  const busPort = await freePort();
  const server = await startServer({
    config: {
      'cluster-enabled': 'yes',
      'cluster-config-file': 'nodes.conf',
      'cluster-node-timeout': 1000,
      'cluster-announce-ip': '127.0.0.1',
      'cluster-port': busPort,
      'repl-diskless-sync-delay': 0,
      ...config,
    },
  });
  const id = await onWire(server.port, (wire) => wire.send('CLUSTER', 'MYID'));
  return new ClusterNode(server, busPort, String(id));
}

export class ClusterNode {
  constructor(
    readonly server: MemberServer,
    readonly busPort: number,
    readonly id: string,
  ) {}

  get port(): number {
    return this.server.port;
  }

  send(...args: (string | number)[]): Promise<Reply> {
    return onWire(this.port, (wire) => wire.send(...args));
  }
}

/** The Cluster of this run, which has a replica for each of three masters. It is not to be changed. */
export async function sharedCluster(): Promise<RedisCluster> {
  const { nodes } = await shared('cluster');
  return new RedisCluster(nodes.map(({ port, busPort, id }) => new ClusterNode(new SharedServer(port), busPort, id)));
}

/** A line of CLUSTER NODES. */
interface Row {
  readonly id: string;
  readonly flags: readonly string[];
  readonly masterId: string;
  readonly isConnected: boolean;
}

export class RedisCluster {
  constructor(readonly nodes: readonly ClusterNode[]) {}

  /** What another process needs to know of it. */
  get facts(): SharedFacts['cluster']['nodes'] {
    return this.nodes.map(({ port, busPort, id }) => ({ port, busPort, id }));
  }

  /** Where a client may begin. */
  get addresses(): { host: string; port: number }[] {
    return this.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** Lets the first `masters` nodes share the slots, and the others follow them in turn. */
  async form(masters: number): Promise<void> {
    const [first, ...others] = this.nodes;
    if (!first) throw new Error('a Cluster needs nodes');
    for (const node of others) await node.send('CLUSTER', 'MEET', '127.0.0.1', first.port, first.busPort);
    await until('all nodes know each other', async () => {
      const known = await Promise.all(this.nodes.map(rowsOf));
      return known.every((rows) => rows.length === this.nodes.length && rows.every(isWell)) || undefined;
    });
    for (const [i, node] of this.nodes.slice(0, masters).entries()) {
      const [from, to] = [Math.floor((SLOTS * i) / masters), Math.floor((SLOTS * (i + 1)) / masters) - 1];
      await node.send('CLUSTER', 'ADDSLOTSRANGE', from, to);
    }
    for (const [i, node] of this.nodes.slice(masters).entries()) {
      await node.send('CLUSTER', 'REPLICATE', this.#at(i % masters).id);
    }
    await this.settled();
  }

  /** Resolves when all nodes that run say that all slots are served and every replica is linked to its master. */
  async settled(): Promise<void> {
    await until('the Cluster is settled', async () => {
      const running = this.nodes.filter(({ server }) => server.isRunning);
      const states = await Promise.all(running.map(isSettled));
      return states.every(Boolean) || undefined;
    });
  }

  /** The master that serves the slot now, as most running nodes see it. */
  async masterOf(slot: number): Promise<ClusterNode> {
    return until(`a master of slot ${slot}`, async () => {
      for (const node of this.nodes.filter(({ server }) => server.isRunning)) {
        const ports = (await node.send('CLUSTER', 'SLOTS')) as [number, number, ...[string, number][]][];
        const [, , master] = ports.find(([from, to]) => from <= slot && slot <= to) ?? [];
        const found = this.nodes.find(({ port }) => port === master?.[1]);
        if (found?.server.isRunning) return found;
      }
      return undefined;
    });
  }

  /** The nodes that follow this one now. */
  async replicasOf(master: ClusterNode): Promise<ClusterNode[]> {
    const rows = await rowsOf(master);
    const ids = new Set(rows.filter(({ masterId }) => masterId === master.id).map(({ id }) => id));
    return this.nodes.filter(({ id }) => ids.has(id));
  }

  /** SIGKILL; resolves at once: `masterOf` waits for the fail-over. */
  async kill(node: ClusterNode): Promise<void> {
    await node.server.kill();
  }

  /** A replica takes over while its master runs, without a loss. Resolves when it serves the slots. */
  async failover(replica: ClusterNode): Promise<void> {
    await replica.send('CLUSTER', 'FAILOVER');
    await until('the replica is the master', async () => {
      const role = (await replica.send('ROLE')) as Reply[];
      return role[0] === 'master' || undefined;
    });
    await this.settled();
  }

  /** Begins to move a slot: from now on absent keys give ASK, and calls with keys on both sides TRYAGAIN. */
  async beginMigration(slot: number, to: ClusterNode): Promise<SlotMigration> {
    const from = await this.masterOf(slot);
    await to.send('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await from.send('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
    const masters: ClusterNode[] = [];
    for (const node of this.nodes.filter(({ server }) => server.isRunning)) {
      const role = (await node.send('ROLE')) as Reply[];
      if (role[0] === 'master') masters.push(node);
    }
    return new SlotMigration(slot, from, to, masters);
  }

  /** Moves a slot with all its keys, as resharding does. */
  async migrateSlot(slot: number, to: ClusterNode): Promise<void> {
    const migration = await this.beginMigration(slot, to);
    await migration.finish();
  }

  /** Ends all processes and removes their folders. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(({ server }) => server.stop()));
  }

  #at(index: number): ClusterNode {
    const node = this.nodes[index];
    if (!node) throw new Error(`there is no node ${index}`);
    return node;
  }
}

/** A slot on its way from one master to another. */
export class SlotMigration {
  constructor(
    readonly slot: number,
    readonly from: ClusterNode,
    readonly to: ClusterNode,
    private readonly masters: readonly ClusterNode[],
  ) {}

  /** The names of keys that are still with the old master. */
  async keysLeft(limit = 1000): Promise<string[]> {
    return (await this.from.send('CLUSTER', 'GETKEYSINSLOT', this.slot, limit)) as string[];
  }

  /** Moves some keys: the slot is half here, half there. */
  async moveKeys(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await this.from.send('MIGRATE', '127.0.0.1', this.to.port, '', 0, 5000, 'KEYS', ...keys);
  }

  /** Moves what is left and gives the slot to the new master. */
  async finish(): Promise<void> {
    for (let keys = await this.keysLeft(); keys.length > 0; keys = await this.keysLeft()) await this.moveKeys(keys);
    // The new owner first: the old one would forget the slot with nobody to point to.
    const others = this.masters.filter((node) => node !== this.to && node !== this.from);
    for (const node of [this.to, this.from, ...others]) {
      await node.send('CLUSTER', 'SETSLOT', this.slot, 'NODE', this.to.id);
    }
  }

  /** Leaves the slot to the old master. Only while nothing has been moved. */
  async cancel(): Promise<void> {
    for (const node of [this.from, this.to]) await node.send('CLUSTER', 'SETSLOT', this.slot, 'STABLE');
  }
}

async function rowsOf(node: ClusterNode): Promise<Row[]> {
  const text = String(await node.send('CLUSTER', 'NODES'));
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', , flags = '', masterId = '', , , , link = ''] = line.split(' ');
      return { id, flags: flags.split(','), masterId, isConnected: link === 'connected' };
    });
}

function isWell({ flags, isConnected }: Row): boolean {
  return isConnected && !flags.includes('handshake');
}

async function isSettled(node: ClusterNode): Promise<boolean> {
  const info = String(await node.send('CLUSTER', 'INFO'));
  if (!/cluster_state:ok/.test(info) || !/cluster_slots_ok:16384/.test(info)) return false;
  const [role, , , link] = (await node.send('ROLE')) as Reply[];
  return role === 'master' || link === 'connected';
}
