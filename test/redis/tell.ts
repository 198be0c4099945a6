/** What a test says to a server, and what the server has counted. */
import { onTestFinished } from 'vitest';
import type { RedisConfig, RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { until } from '../redis-ground/until.js';
import type { Reply } from '../redis-ground/wire.js';
import { onWire } from '../redis-ground/wire.js';

interface Port {
  readonly port: number;
}

/** A server of the test's own; it ends with the test. */
export async function ownServer(config: RedisConfig = {}): Promise<RedisServer> {
  const started = await startServer({ config });
  onTestFinished(() => started.stop());
  return started;
}

export function tell({ port }: Port, ...words: (string | number)[]): Promise<Reply> {
  return onWire(port, (wire) => wire.send(...words));
}

export async function info(of: Port, section: string): Promise<string> {
  return String(await tell(of, 'INFO', section));
}

/** How often the server ran a command since RESETSTAT. */
export async function callsOf(of: Port, command: string): Promise<number> {
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await info(of, 'commandstats'))?.[1] ?? 0);
}

/** How often the server refused something with this code since RESETSTAT. */
export async function refusalsOf(of: Port, code: string): Promise<number> {
  return Number(new RegExp(`errorstat_${code}:count=(\\d+)`).exec(await info(of, 'errorstats'))?.[1] ?? 0);
}

/** Resolves when the server has refused something with this code: the call under way met it. */
export function met(of: Port, code: string): Promise<true> {
  return until(`a ${code}`, async () => ((await refusalsOf(of, code)) > 0 ? true : undefined));
}

/** Resolves when a section of INFO says so. */
export function says(of: Port, section: string, text: RegExp): Promise<true> {
  return until(`${section} says ${text}`, async () => (text.test(await info(of, section)) ? true : undefined));
}
