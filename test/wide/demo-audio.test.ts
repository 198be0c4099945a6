import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { concatenate, decode, split, transcode } from '../../src/demo/audio.js';
import { countToFifty } from '../../src/demo/counting.js';
import { findFfmpeg, runFfmpeg } from '../../src/demo/ffmpeg.js';
import { planCuts } from '../../src/demo/plan.js';
import type { Pcm } from '../../src/demo/sound.js';
import { checkSound, PCM_RATE } from '../../src/demo/sound.js';

let directory: string;
let counting: string;
let ffmpeg: string;
let input: Pcm;
let cuts: number[];
let parts: string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tusker-100% it's-"));
  ffmpeg = await findFfmpeg();
  counting = await countToFifty(ffmpeg, directory);
  input = await decode(ffmpeg, counting);
  cuts = planCuts(input.length / PCM_RATE, 5.5);
  const files = await split(ffmpeg, counting, cuts, directory);
  parts = files.map((_, chunk) => `part-${chunk}-1.mp3`);
  for (const [chunk, file] of files.entries()) {
    await transcode(ffmpeg, await readFile(file), join(directory, parts[chunk] ?? ''), {});
  }
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function checkJoined(names: readonly string[]) {
  await concatenate(ffmpeg, directory, names, 'joined.mp3');
  return checkSound(input, await decode(ffmpeg, join(directory, 'joined.mp3')), cuts);
}

test('each chunk is an ogg that stands alone, exactly as long as its place', async () => {
  const edges = [0, ...cuts, input.length / PCM_RATE];
  for (const chunk of [0, 1, cuts.length]) {
    const alone = await decode(ffmpeg, join(directory, `chunk-${chunk}.ogg`));
    expect(alone.length / PCM_RATE).toBeCloseTo((edges[chunk + 1] ?? 0) - (edges[chunk] ?? 0), 2);
  }
  expect((await readFile(join(directory, 'chunk-0.ogg'))).toString('latin1', 0, 4)).toBe('OggS');
});

test('mp3 parts joined in order sound like the input, without a gap at any seam', async () => {
  const check = await checkJoined(parts);
  expect(check).toMatchObject({ ok: true, lengthOk: true });
  expect(check.outputSeconds).toBeCloseTo(check.inputSeconds, 2);
  expect(Math.min(...check.chunks.map(({ correlation }) => correlation ?? 0))).toBeGreaterThan(0.99);
});

test('swapped, doubled and missing parts do not', async () => {
  const [first = '', second = '', ...rest] = parts;
  expect((await checkJoined([second, first, ...rest])).ok).toBe(false);
  expect((await checkJoined([first, first, ...rest])).ok).toBe(false);
  expect((await checkJoined([first, second, second, ...rest])).ok).toBe(false);
  expect((await checkJoined([second, ...rest])).ok).toBe(false);
  expect((await checkJoined(parts.slice(0, -1))).ok).toBe(false);
});

test('a silent part does not', async () => {
  const silent = join(directory, 'part-3-2.mp3');
  const seconds = (cuts[3] ?? 0) - (cuts[2] ?? 0);
  await runFfmpeg(ffmpeg, [
    '-f',
    'lavfi',
    '-t',
    String(seconds),
    '-i',
    'anullsrc=r=48000:cl=mono',
    '-f',
    'mp3',
    silent,
  ]);
  const check = await checkJoined(parts.map((part, chunk) => (chunk === 3 ? 'part-3-2.mp3' : part)));
  expect(check.lengthOk).toBe(true);
  expect(check.chunks.filter(({ ok }) => !ok)).toMatchObject([{ chunk: 3, by: 'envelope' }]);
});

test('an ogg that is none leaves no mp3 behind', async () => {
  const mp3 = join(directory, 'none.mp3');
  await expect(transcode(ffmpeg, Buffer.from('OggS and so on'), mp3, {})).rejects.toMatchObject({
    code: 'FFMPEG_FAILED',
  });
  expect(await readdir(directory)).not.toContain('none.mp3');
});

test('a live encoding takes as long as it sounds, tells how far it is, and ends with its signal', async () => {
  const stopping = new AbortController();
  const told: number[] = [];
  const onProgress = (encodedMs: number) => {
    told.push(encodedMs);
    if (encodedMs > 0) stopping.abort(new Error('far enough'));
  };
  const ogg = await readFile(join(directory, 'chunk-0.ogg'));
  const options = { live: true, signal: stopping.signal, onProgress };
  await expect(transcode(ffmpeg, ogg, join(directory, 'live.mp3'), options)).rejects.toThrow('far enough');
  expect(told.at(-1)).toBeLessThan(3_000);
  expect(await readdir(directory)).not.toContain('live.mp3');
});
