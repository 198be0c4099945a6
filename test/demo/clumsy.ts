import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { DemoReport } from '../../src/demo/index.js';
import type { Playground } from './running.js';

const CLUMSY_FFMPEG = fileURLToPath(new URL('children/clumsy-ffmpeg.mjs', import.meta.url));

/** Runs a demo whose merge goes wrong in this way: it says so, and at which chunks. Swapping alone keeps the length. */
export async function expectClumsiness(playground: Playground, clumsy: string, chunks: number[]): Promise<void> {
  const env = { TUSKER_FFMPEG: CLUMSY_FFMPEG, REAL_FFMPEG: playground.ffmpeg, CLUMSY: clumsy };
  const demo = await playground.start({ file: playground.short, chunk: 2.7, json: true }, env);
  const { code, stdout } = await demo.ended;
  expect(code).toBe(1);
  const { ok, failures, sound } = JSON.parse(stdout) as DemoReport;
  expect(ok).toBe(false);
  expect(sound.lengthOk).toBe(clumsy !== 'drop');
  expect(sound.chunks.filter((chunk) => !chunk.ok).map(({ chunk }) => chunk)).toEqual(chunks);
  expect(failures.join()).toContain(`At the place of chunk ${chunks[0]} the mp3 does not sound like the input`);
}
