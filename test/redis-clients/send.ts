/** Sends one command as the store does: on one connection to the server of the key, which is replaced when it is over. */
import type { RedisClient } from '../../src/stores/redis/clients/redis-client.js';
import { Connections } from '../../src/stores/redis/connections.js';

const opened = new WeakMap<RedisClient, Connections>();

export async function send(client: RedisClient, key: string, args: readonly string[]): Promise<unknown> {
  const connections = opened.get(client) ?? new Connections(client, 15_000);
  opened.set(client, connections);
  return (await connections.to(key)).send(args);
}
