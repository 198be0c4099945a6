import { basename } from 'node:path';
import { decode, split } from './audio.js';
import { countToFifty } from './counting.js';
import { DemoError } from './errors.js';
import { planCuts } from './plan.js';
import type { Run } from './run.js';
import type { Pcm } from './sound.js';
import { PCM_RATE } from './sound.js';

/** Less would not make three chunks long enough to kill a server over. Seconds. */
const SHORTEST_SOUND = 6;

/** The input, decoded for the check, and split into the chunks that will arrive. */
export interface Prepared {
  readonly pcm: Pcm;
  /** Where it was cut, in seconds. */
  readonly cuts: readonly number[];
  /** The ogg files by the number of their chunk. */
  readonly files: readonly string[];
  /** How long a chunk lasts, on the average, in ms. */
  readonly chunkMs: number;
}

/** @throws DemoError SOUND_UNFIT */
export async function prepare({ options, ffmpeg, directory, stage, signal }: Run): Promise<Prepared> {
  const { chunk } = options;
  const file = options.file ?? (await countToFifty(ffmpeg, directory, signal));
  const pcm = await decode(ffmpeg, file, signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DemoError('SOUND_UNFIT', `${file} is not a sound that ffmpeg can read. ${why}`, { cause });
  });
  const seconds = pcm.length / PCM_RATE;
  if (seconds < SHORTEST_SOUND) {
    throw new DemoError(
      'SOUND_UNFIT',
      `${file} lasts ${seconds.toFixed(1)} s; the demo needs ${SHORTEST_SOUND} s or more.`,
    );
  }
  const cuts = planCuts(seconds, chunk);
  stage.emit({
    kind: 'preparing',
    what: `splitting ${basename(file)}, ${seconds.toFixed(1)} s, into ${cuts.length + 1} chunks`,
  });
  const files = await split(ffmpeg, file, cuts, directory, signal);
  stage.emit({ kind: 'split', chunks: files.length });
  return { pcm, cuts, files, chunkMs: (1000 * seconds) / files.length };
}
