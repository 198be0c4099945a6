/** What each call of the library did on the server, as MONITOR tells it. */
import { Redis } from 'ioredis';
import type { RedisServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import { tell } from './tell.js';

export interface ServerCall {
  /** The words of the call itself. */
  readonly words: readonly string[];
  /** The commands that it ran. */
  readonly ran: readonly (readonly string[])[];
}

/** The calls of the library while `work` ran, in their order. */
export async function serverCalls(server: RedisServer, work: () => unknown): Promise<ServerCall[]> {
  const client = new Redis(server.port, '127.0.0.1');
  const monitor = await client.monitor();
  const calls: { words: string[]; ran: string[][] }[] = [];
  let isOver = false;
  monitor.on('monitor', (_time, words: string[], source: string) => {
    if (words[0] === 'PING' && words[1] === 'over') isOver = true;
    else if (source === 'lua') calls.at(-1)?.ran.push(words);
    else if (words[0]?.toLowerCase() === 'fcall') calls.push({ words, ran: [] });
  });
  try {
    await work();
    await tell(server, 'PING', 'over');
    await until('the monitor has told all', async () => (isOver ? true : undefined));
  } finally {
    monitor.disconnect();
    client.disconnect();
  }
  return calls;
}

/** The most commands of a kind that one of the calls ran. */
export function most(calls: readonly ServerCall[], command: string): number {
  return Math.max(0, ...calls.map(({ ran }) => ran.filter(([name]) => name === command).length));
}
