import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { round } from './measure.mjs';

/** The machine and the versions that figures hang on. */
export function machine() {
  const program = process.env.BENCH_REDIS ?? 'redis-server';
  const version = execFileSync(program, ['--version'], { encoding: 'utf8' });
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return {
    processors: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.versions.node,
    server: /v=(\S+)/.exec(version)?.[1] ?? version.trim(),
    /** Processes that wanted a processor in the minute before: above 0 the figures are doubtful. */
    load: round(loadavg()[0]),
    peers: dependencies,
  };
}

/** Says so when others compute as well; `unrest` is what was seen of them while a section was measured. */
export function unquiet({ load, unrest }) {
  if (unrest) return `Then ${unrest}: neither absolute figures nor ratios are to be trusted.`;
  if (load < cpus().length / 4) return undefined;
  return `The machine is not quiet (load ${load}): neither absolute figures nor ratios are to be trusted.`;
}

export function machineLine({ processors, memory, system, node, server }) {
  return `${processors}, ${memory}, ${system}; Node ${node}, redis-server ${server} without persistence on the loopback`;
}
