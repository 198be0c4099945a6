import { setTimeout as pause } from 'node:timers/promises';
import type { Kill } from './report.js';
import type { Run } from './run.js';
import type { ServerProcess } from './servers.js';

/** So much of the chunk must be encoded for a kill in the midst of it, in ms of sound. */
const LEAST_ENCODED = 100;
/** The kill comes by chance within this part of what is left to encode. */
const DELAY = 0.3;

/**
 * Waits until a server has encoded a part of the chunk, which lasts `lengthMs` and is encoded no faster than it sounds;
 * ends that server with SIGKILL, and asks the store who holds the chunk. Null when the chunk was done too soon, which would prove nothing.
 */
export async function killWhileEncoding(
  run: Run,
  servers: readonly ServerProcess[],
  chunk: number,
  lengthMs: number,
): Promise<Kill | null> {
  const { stage, options, signal } = run;
  const view = stage.board.chunks[chunk];
  await stage.until(() => view?.state === 'done' || (view?.encodedMs ?? 0) >= LEAST_ENCODED, signal);
  await pause(DELAY * (lengthMs - (view?.encodedMs ?? 0)) * options.random(), undefined, { signal });
  const victim = servers.find(({ child }) => child.name === view?.server)?.child;
  if (view?.state !== 'encoding' || victim === undefined) return null;
  const { encodedMs } = view;
  victim.kill();
  stage.emit({ kind: 'killed', server: victim.name, chunk, encodedMs });
  await victim.ended;
  const lockHeld = await isHeldBy(run, chunk, victim.name);
  return { server: victim.name, chunk, encodedMs, lockHeld };
}

/** Asked after the death of the holder: what is locked then, nobody will unlock. */
async function isHeldBy({ tasks, task, stage }: Run, chunk: number, server: string): Promise<boolean> {
  for await (const { unit, holder, until } of tasks.units(task, { state: 'locked' })) {
    if (unit !== String(chunk) || holder !== server) continue;
    const { detail } = await tasks.explain(task);
    stage.emit({ kind: 'still-held', chunk, server, untilMs: Math.max(0, until - detail.now) });
    return true;
  }
  return false;
}
