import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** A child script on a build of the library. What it prints to stderr is shown. */
export function child(name: string, dist: string, ...args: (string | number)[]): ChildProcess {
  return fork(new URL(`children/${name}.mjs`, import.meta.url), [dist, ...args.map(String)], { execArgv: [] });
}

export async function exited(process: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
  return { code: process.exitCode, signal: process.signalCode };
}

/** The next message of a child. */
export async function message<T>(process: ChildProcess): Promise<T> {
  const [value] = (await once(process, 'message')) as [T];
  return value;
}

/** What children have written down as acknowledged: one fact a line, the words apart by blanks. */
export function readFacts(path: string): string[][] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => line.split(' '));
}
