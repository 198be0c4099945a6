import { rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runFfmpeg } from './ffmpeg.js';
import type { Pcm } from './sound.js';
import { PCM_RATE } from './sound.js';

/** Every chunk has this rate, whatever the input has: an mp3 can have it, and the cuts fall on samples. */
const RATE = 48_000;
const CUT_GRAIN = RATE / 100;
const SPLITTERS = 2; // encoders at a time
/** FLAC in Ogg: every ffmpeg has it, it is exact to the sample, and the mp3 stays the first loss. */
const OGG = ['-c:a', 'flac', '-f', 'ogg'];
const MP3 = ['-c:a', 'libmp3lame', '-q:a', '2', '-f', 'mp3'];

/** Decodes a sound file to mono samples, by default to what the check compares. */
export async function decode(ffmpeg: string, file: string, signal?: AbortSignal, rate = PCM_RATE): Promise<Pcm> {
  const pieces: Buffer[] = [];
  const raw = ['-f', 's16le', '-ac', '1', '-ar', String(rate), 'pipe:1'];
  await runFfmpeg(ffmpeg, ['-i', local(file), '-map', '0:a:0', ...raw], {
    ...withSignal(signal),
    onOutput: (bytes) => pieces.push(bytes),
  });
  const bytes = Buffer.concat(pieces);
  const pcm = new Int16Array(bytes.length >> 1);
  bytes.copy(new Uint8Array(pcm.buffer));
  return pcm;
}

/**
 * Splits a sound file into ogg files that stand alone, as a recorder would send them, and gives their paths in order.
 * Cut without loss first and encoded then: one encoder running over the cuts would leave each chunk unreadable without
 * the end of the one before.
 */
export async function split(
  ffmpeg: string,
  file: string,
  cuts: readonly number[],
  directory: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const even = `aresample=${RATE},asetnsamples=n=${CUT_GRAIN}:p=0,asetpts=N/SR/TB`;
  const segments = ['-f', 'segment', '-segment_format', 'wav', '-segment_times', cuts.join(',')];
  const from = ['-i', local(file), '-map', '0:a:0', '-map_metadata', '-1', '-af', even, '-c:a', 'pcm_s16le'];
  const pattern = `${local(directory).replaceAll('%', '%%')}/chunk-%d.wav`;
  await runFfmpeg(ffmpeg, [...from, ...segments, pattern], withSignal(signal));
  const chunks = Array.from({ length: cuts.length + 1 }, (_, chunk) => join(directory, `chunk-${chunk}.ogg`));
  const waiting = chunks.entries();
  await Promise.all(
    Array.from({ length: SPLITTERS }, async () => {
      for (const [chunk, ogg] of waiting) await encodeOgg(ffmpeg, join(directory, `chunk-${chunk}.wav`), ogg, signal);
    }),
  );
  return chunks;
}

async function encodeOgg(ffmpeg: string, wav: string, ogg: string, signal: AbortSignal | undefined): Promise<void> {
  await runFfmpeg(ffmpeg, ['-i', local(wav), ...OGG, local(ogg)], withSignal(signal));
  await rm(wav);
}

export interface TranscodeOptions {
  /** Reads the chunk at the speed at which it sounds, as a live source would give it. As fast as it goes by default. */
  readonly live?: boolean;
  readonly signal?: AbortSignal;
  /** Told a few times a second how much of the chunk is in the mp3, in ms of sound. */
  readonly onProgress?: (encodedMs: number) => void;
}

/** Makes an mp3 of an ogg. The file appears whole or not at all. */
export async function transcode(
  ffmpeg: string,
  ogg: Uint8Array,
  mp3: string,
  options: TranscodeOptions,
): Promise<void> {
  const part = `${mp3}.part`;
  const source = [...(options.live === true ? ['-re'] : []), '-f', 'ogg', '-i', 'pipe:0'];
  await runFfmpeg(ffmpeg, [...source, ...MP3, '-progress', 'pipe:1', local(part)], {
    ...withSignal(options.signal),
    input: ogg,
    onOutput: (bytes) => {
      const reports = [...bytes.toString().matchAll(/out_time_us=(\d+)|out_time_ms=(\d+)/g)];
      // Both names mean microseconds: the second one is ffmpeg's old mistake, kept by it for those who rely on it.
      const last = reports.at(-1);
      if (last !== undefined) options.onProgress?.(Math.round(Number(last[1] ?? last[2]) / 1000));
    },
  });
  await rename(part, mp3);
}

/**
 * Joins the mp3 files of a directory, named in order, into one. They are decoded and encoded anew: the silence that an
 * mp3 has at either end, about 50 ms, is known to a decoder and left out by it, while copied frames would leave a gap
 * at every seam. The file appears whole or not at all.
 */
export async function concatenate(
  ffmpeg: string,
  directory: string,
  parts: readonly string[],
  mp3: string,
  signal?: AbortSignal,
): Promise<void> {
  const list = join(directory, `${mp3}.list`);
  const part = join(directory, `${mp3}.part`);
  await writeFile(list, parts.map((name) => `file '${name}'\n`).join(''));
  await runFfmpeg(ffmpeg, ['-f', 'concat', '-i', local(list), ...MP3, local(part)], withSignal(signal));
  await rename(part, join(directory, mp3));
}

/** An absolute path, said so that no part of it is taken for an option or a protocol. */
function local(file: string): string {
  return `file:${resolve(file)}`;
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
