import { beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../src/demo/audio.js';
import { countToFifty } from '../../src/demo/counting.js';
import { findFfmpeg } from '../../src/demo/ffmpeg.js';
import { planCuts } from '../../src/demo/plan.js';
import type { Pcm } from '../../src/demo/sound.js';
import { checkSound, envelope, PCM_RATE, pearson } from '../../src/demo/sound.js';
import { temporaryFolder } from '../subjects.js';

/** The chunks of a sound, each by itself, to be put together in other ways. */
function chunksOf(sound: Pcm, cuts: readonly number[]): Pcm[] {
  const edges = [0, ...cuts.map((cut) => Math.round(cut * PCM_RATE)), sound.length];
  return edges.slice(1).map((edge, at) => sound.slice(edges[at], edge));
}

function joined(parts: readonly Pcm[]): Pcm {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const silence = (ms: number): Pcm => new Int16Array((ms * PCM_RATE) / 1000);
const fails = (check: ReturnType<typeof checkSound>) => check.chunks.filter(({ ok }) => !ok).map(({ chunk }) => chunk);

describe('of a voice that counts', () => {
  let sound: Pcm;
  let cuts: number[];
  let chunks: Pcm[];

  beforeAll(async () => {
    const folder = temporaryFolder();
    const ffmpeg = await findFfmpeg();
    sound = await decode(ffmpeg, await countToFifty(ffmpeg, folder.path));
    folder.remove();
    cuts = planCuts(sound.length / PCM_RATE, 5.5);
    chunks = chunksOf(sound, cuts);
  });

  const withPart = (at: number, part: Pcm) => chunks.map((chunk, place) => (place === at ? part : chunk));

  test('the shipped sound lasts a minute or more', () => {
    expect(sound.length / PCM_RATE).toBeGreaterThan(60);
    expect(chunks.length).toBeGreaterThanOrEqual(11);
  });

  test('the right one passes, in each of its chunks', () => {
    const check = checkSound(sound, joined(chunks), cuts);
    expect(check).toMatchObject({ ok: true, lengthOk: true, inputSeconds: check.outputSeconds });
    expect(check.chunks.map(({ by, lagMs }) => ({ by, lagMs }))).toEqual(
      chunks.map(() => ({ by: 'envelope', lagMs: 0 })),
    );
  });

  test('a swap of any two chunks fails at both places', () => {
    for (const [a, first] of chunks.entries()) {
      for (const [b, second] of [...chunks.entries()].slice(a + 1)) {
        const swapped = chunks.map((chunk, at) => (at === a ? second : at === b ? first : chunk));
        expect(fails(checkSound(sound, joined(swapped), cuts))).toEqual(expect.arrayContaining([a, b]));
      }
    }
  });

  test('a chunk in the place of another fails there, whichever two they are', () => {
    for (let at = 0; at < chunks.length; at++) {
      const other = chunks[(at + 5) % chunks.length] ?? silence(0);
      expect(fails(checkSound(sound, joined(withPart(at, other)), cuts))).toContain(at);
    }
  });

  test('a doubled chunk fails by the length and by all that comes after', () => {
    const check = checkSound(sound, joined([...chunks.slice(0, 5), ...chunks.slice(4)]), cuts);
    expect(check.lengthOk).toBe(false);
    expect(fails(check)).toEqual([5, 6, 7, 8, 9, 10, 11]);
  });

  test('a missing chunk fails by the length and by all that comes after', () => {
    const check = checkSound(sound, joined([...chunks.slice(0, 4), ...chunks.slice(5)]), cuts);
    expect(check.lengthOk).toBe(false);
    expect(fails(check)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('a missing last chunk fails', () => {
    expect(fails(checkSound(sound, joined(chunks.slice(0, -1)), cuts))).toEqual([11]);
  });

  test('a silent chunk fails, though the length is right', () => {
    for (const [at, chunk] of chunks.entries()) {
      const check = checkSound(sound, joined(withPart(at, new Int16Array(chunk.length))), cuts);
      expect(check.lengthOk).toBe(true);
      expect(fails(check)).toEqual([at]);
    }
  });

  test('a chunk of noise fails', () => {
    const noise = Int16Array.from(chunks[3] ?? [], () => 20_000 * (Math.random() - 0.5));
    expect(fails(checkSound(sound, joined(withPart(3, noise)), cuts))).toEqual([3]);
  });

  test('the delay of an encoder passes, a delay that is heard does not', () => {
    expect(checkSound(sound, joined([silence(50), sound]), cuts).ok).toBe(true);
    const late = checkSound(sound, joined([silence(250), sound]), cuts);
    expect(late.lengthOk).toBe(true);
    expect(late.ok).toBe(false);
  });

  test('gaps at every seam fail, as an mp3 joined without decoding has them', () => {
    const gaps = chunks.flatMap((chunk) => [chunk, silence(48)]);
    expect(checkSound(sound, joined(gaps), cuts).ok).toBe(false);
  });

  test('half as loud passes: the shape is compared', () => {
    expect(
      checkSound(
        sound,
        Int16Array.from(sound, (sample) => sample / 2),
        cuts,
      ).ok,
    ).toBe(true);
  });
});

describe('of sounds without a shape', () => {
  const tone = (seconds: number, loud = 8_000) =>
    Int16Array.from({ length: seconds * PCM_RATE }, (_, at) => loud * Math.sin((2 * Math.PI * 400 * at) / PCM_RATE));

  test('silence must stay silent', () => {
    const sound = joined([silence(3000), tone(3)]);
    expect(checkSound(sound, sound, [3])).toMatchObject({
      ok: true,
      chunks: [{ by: 'silence' }, { by: 'steadiness' }],
    });
    expect(fails(checkSound(sound, tone(6), [3]))).toEqual([0]);
  });

  test('a steady tone must stay as steady and as loud', () => {
    const sound = tone(6);
    expect(fails(checkSound(sound, joined([tone(3), silence(3000)]), [3]))).toEqual([1]);
    expect(fails(checkSound(sound, joined([tone(4), silence(100), tone(1.9)]), [3]))).toEqual([1]);
    expect(fails(checkSound(sound, joined([tone(3), tone(3, 4_000)]), [3]))).toEqual([1]);
    expect(fails(checkSound(sound, joined([tone(3), tone(3, 7_000)]), [3]))).toEqual([]);
  });
});

test('an envelope is the root mean square of every 20 ms', () => {
  const sound = joined([new Int16Array(160).fill(100), new Int16Array(160).fill(-300), new Int16Array(80).fill(5)]);
  expect([...envelope(sound, 0, sound.length)]).toEqual([100, 300]);
  expect([...envelope(sound, 320, 640)]).toEqual([Math.sqrt(12.5), 0]);
});

test("Pearson's r is 1 for the same shape, −1 for the opposite one, null for none", () => {
  const row = Float64Array.of(1, 2, 4, 3);
  expect(
    pearson(
      row,
      row.map((value) => 3 * value + 2),
    ),
  ).toBeCloseTo(1, 12);
  expect(
    pearson(
      row,
      row.map((value) => -value),
    ),
  ).toBeCloseTo(-1, 12);
  expect(pearson(row, Float64Array.of(1, 1, 0, 0))).toBeCloseTo(-0.894, 3);
  expect(pearson(row, new Float64Array(4).fill(7))).toBeNull();
});
