import { InvalidArgumentError } from '../../../core/errors.js';
import { ioredisClient } from './ioredis.js';
import type { IoredisLike } from './ioredis-shape.js';
import { nodeRedisClient } from './node-redis.js';
import type { NodeRedisLike } from './node-redis-shape.js';
import type { RedisClient } from './redis-client.js';

const ALLOWED =
  'a client of ioredis 5 or 6, of iovalkey (Redis or Cluster), or of redis 5 or 6 (createClient, createCluster or createSentinel)';

/**
 * The adapter that fits a client, told by the client's shape: an `instanceof` would fail with a second copy of a package.
 * @throws InvalidArgumentError naming `client`
 */
export function recogniseClient(client: unknown): RedisClient {
  if (typeof client === 'object' && client !== null) {
    if (isIoredis(client)) return ioredisClient(client);
    if (isNodeRedis(client)) return nodeRedisClient(client);
  }
  throw new InvalidArgumentError('client', client, `${ALLOWED}${hint(client)}`);
}

function isIoredis(client: object): client is IoredisLike {
  return (
    'isCluster' in client && 'status' in client && has(client, 'call', 'duplicate', 'connect', 'disconnect', 'once')
  );
}

function isNodeRedis(client: object): client is NodeRedisLike {
  // Version 4 has no withTypeMapping; a pool has no events of a connection of its own.
  if (!('isOpen' in client) || !has(client, 'sendCommand', 'withTypeMapping', 'connect', 'destroy', 'once'))
    return false;
  return (
    !('totalClients' in client) && (has(client, 'duplicate') || has(client, 'acquire') || has(client, 'nodeClient'))
  );
}

function has(client: object, ...methods: string[]): boolean {
  return methods.every((name) => typeof (client as Record<string, unknown>)[name] === 'function');
}

function hint(client: unknown): string {
  if (typeof client !== 'object' || client === null) return '';
  if (has(client, 'then')) return '; it is the promise of something: await it first';
  if ('totalClients' in client) return '; not a pool';
  return '';
}
