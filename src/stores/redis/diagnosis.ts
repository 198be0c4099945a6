import { ServerRefusedError } from '../../core/errors.js';
import type { RedisLike } from './clients/node-redis-shape.js';
import { openUrl } from './clients/open-url.js';
import { recogniseClient } from './clients/recognise.js';
import type { RedisClient, RedisConnection } from './clients/redis-client.js';
import { inTime, SharedConnection } from './connections.js';
import { FUNCTIONS } from './functions.js';
import { ShardKeys } from './keys.js';
import { MissingCommandError, refusalOf } from './refusals.js';

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  /** `bad`: tusker refuses to work so, or loses tasks. `warn`: it works, and something is at risk. */
  readonly level: 'ok' | 'warn' | 'bad';
  /** What was found. */
  readonly found: string;
  /** What to change; `null` when all is well. */
  readonly advice: string | null;
}

/** A key of nobody: it only leads commands to a server. */
const KEY = new ShardKeys('tusker-doctor').key('tasks');
const ROUNDS = 21;
/** How long a server may take for the load of the library, in ms. */
const PATIENCE = 5000;
/** How long it may take until it is connected, and then until it says how it is, in ms. */
const CONNECT_PATIENCE = 3000;

type Info = Readonly<Record<string, string>>;

/**
 * Looks at a server as tusker will use it: version, eviction, persistence, replicas, Cluster, functions, latency and
 * clock. Writes nothing but the library of functions. What the user may not see is found as `warn`.
 *
 * @param client as for `redisStore`; one that is given stays open
 * @throws InvalidArgumentError for a client that is none
 */
export async function diagnoseRedis(client: string | RedisLike): Promise<Finding[]> {
  const adapter = typeof client === 'string' ? openUrl(client) : recogniseClient(client);
  try {
    return await examine(adapter);
  } finally {
    await adapter.close();
  }
}

async function examine(client: RedisClient): Promise<Finding[]> {
  let server: RedisConnection;
  let info: Info;
  try {
    server = await inTime(CONNECT_PATIENCE, client.connect(KEY), client.placeName());
    info = readInfo(String(await inTime(CONNECT_PATIENCE, server.send(['INFO']), client.placeName())));
  } catch (error) {
    return [
      finding(
        'connection',
        'bad',
        textOf(explained(error, client)),
        'start the server, or correct URL, user, password and rights',
      ),
    ];
  }
  return [
    finding('connection', 'ok', `through ${client.library}${client.isCluster ? ', as a Cluster' : ''}`),
    version(info),
    eviction(info),
    persistence(info),
    replicas(info),
    cluster(info, client),
    memory(info),
    await functions(client),
    await latency(server),
    await clock(server),
  ];
}

function finding(what: string, level: Finding['level'], found: string, advice: string | null = null): Finding {
  return { what, level, found, advice };
}

function readInfo(text: string): Info {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':') && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

function version({ valkey_version: valkey, redis_version: redis = '0' }: Info): Finding {
  const [major = 0, minor = 0] = (valkey ?? redis).split('.').map(Number);
  const isEnough = valkey === undefined ? major >= 7 : major > 7 || (major === 7 && minor >= 2);
  const found = valkey === undefined ? `Redis ${redis}` : `Valkey ${valkey}`;
  return isEnough ? finding('version', 'ok', found) : finding('version', 'bad', found, 'use Redis 7.0 or Valkey 7.2');
}

function eviction({ maxmemory_policy: policy }: Info): Finding {
  const advice =
    'CONFIG SET maxmemory-policy noeviction, and in redis.conf: allkeys-* deletes tasks when memory is full';
  if (policy === undefined) return finding('eviction', 'warn', 'the server does not say', advice);
  if (policy.startsWith('allkeys-')) return finding('eviction', 'bad', policy, advice);
  if (policy === 'noeviction') return finding('eviction', 'ok', policy);
  return finding('eviction', 'ok', `${policy}; it deletes only keys with an expiry, and no key of tusker has one`);
}

function persistence({ aof_enabled: aof, rdb_last_bgsave_status: save, aof_last_write_status: write }: Info): Finding {
  if (save === 'err' || write === 'err') {
    return finding('persistence', 'bad', 'the last save to disk failed', 'look at the server log and the disk');
  }
  if (aof === '1') return finding('persistence', 'ok', 'append-only file');
  const advice = 'CONFIG SET appendonly yes; with appendfsync always nothing acknowledged is lost by a crash';
  return finding('persistence', 'warn', 'snapshots at most: a crash loses what came since', advice);
}

function replicas({ role = 'unknown', connected_slaves: count = '0' }: Info): Finding {
  if (role === 'slave') return finding('replicas', 'bad', 'this server is a replica', 'give the address of the master');
  if (count !== '0') {
    const setting = `waitForReplicas: ${count} keeps what was answered through a fail-over; with fewer it may be lost`;
    return finding('replicas', 'ok', `${count}; ${setting}`);
  }
  return finding('replicas', 'warn', 'none', 'a replica with Sentinel or Cluster keeps on when this machine is lost');
}

function cluster({ cluster_enabled: enabled }: Info, { isCluster }: RedisClient): Finding {
  if ((enabled === '1') === isCluster) return finding('cluster', 'ok', isCluster ? 'yes' : 'no');
  if (isCluster) return finding('cluster', 'bad', 'the server is no Cluster', 'use a plain client');
  return finding(
    'cluster',
    'bad',
    'the server is part of a Cluster',
    'use a Cluster client, or ?cluster=true in the URL',
  );
}

function memory({ maxmemory = '0', used_memory: used = '0' }: Info): Finding {
  if (maxmemory === '0') {
    const advice =
      'set maxmemory below the memory of the machine: then growing calls are refused, not the server killed';
    return finding('memory', 'warn', `${mib(used)} used, no limit`, advice);
  }
  const share = Number(used) / Number(maxmemory);
  const found = `${mib(used)} of ${mib(maxmemory)} used`;
  return share < 0.8
    ? finding('memory', 'ok', found)
    : finding('memory', 'warn', found, 'raise maxmemory, or keep results elsewhere and store their keys');
}

function mib(bytes: string): string {
  return `${(Number(bytes) / 2 ** 20).toFixed(1)} MiB`;
}

/** Puts the library on every server that takes writes: replicas get it from those. */
async function functions(client: RedisClient): Promise<Finding> {
  try {
    const masters = await client.masters();
    for (const master of masters) {
      const connection = await client.connect(KEY, master);
      await new SharedConnection(connection, PATIENCE, client.placeName(master)).load();
      await callable(connection);
      connection.destroy();
    }
    return finding(
      'functions',
      'ok',
      `the library is loaded${masters.length > 1 ? ` on ${masters.length} masters` : ''}`,
    );
  } catch (error) {
    const reason = explained(error, client);
    return finding('functions', 'bad', textOf(reason), adviceOnFunctions(reason));
  }
}

/** @throws what the server says when it takes no FCALL. Of a function that is not there it says so, and that is enough. */
async function callable(connection: RedisConnection): Promise<void> {
  await connection.send(['FCALL', `${FUNCTIONS.hello}_of_nobody`, '1', KEY]).catch((error: unknown) => {
    if (refusalOf(error) !== 'no-library' && refusalOf(error) !== 'moved') throw error;
  });
}

function adviceOnFunctions(error: unknown): string {
  if (error instanceof MissingCommandError)
    return 'use Redis 7.0 or Valkey 7.2, and give it back the commands FUNCTION and FCALL (rename-command)';
  if (error instanceof ServerRefusedError) return 'raise maxmemory for a moment or free memory, then run doctor again';
  return 'allow +function|load and +fcall; docs/redis.md has the ACL line';
}

async function latency(server: RedisConnection): Promise<Finding> {
  const times: number[] = [];
  try {
    for (let i = 0; i < ROUNDS; i++) {
      const start = performance.now();
      await server.send(['TIME']);
      times.push(performance.now() - start);
    }
  } catch (error) {
    return finding('latency', 'warn', textOf(error), 'allow +time');
  }
  times.sort((a, b) => a - b);
  const middle = times[ROUNDS >> 1] as number;
  const found = `${middle.toFixed(2)} ms a round trip, ${(times[ROUNDS - 1] as number).toFixed(2)} ms at most`;
  return middle < 5
    ? finding('latency', 'ok', found)
    : finding('latency', 'warn', found, 'put server and workers closer');
}

/** Nothing depends on it: times are the server's. People compare them with their own. */
async function clock(server: RedisConnection): Promise<Finding> {
  try {
    const before = Date.now();
    const [seconds, micros] = (await server.send(['TIME'])) as [string, string];
    const offset = Number(seconds) * 1000 + Number(micros) / 1000 - (before + Date.now()) / 2;
    const found = `${Math.round(offset)} ms ahead of this machine`;
    return Math.abs(offset) < 1000 ? finding('clock', 'ok', found) : finding('clock', 'warn', found, 'run NTP on both');
  } catch (error) {
    return finding('clock', 'warn', textOf(error), 'allow +time');
  }
}

function explained(error: unknown, client: RedisClient): unknown {
  const refusal = refusalOf(error, client.placeName());
  return typeof refusal === 'object' ? refusal.error : error;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
