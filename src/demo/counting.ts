import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from './audio.js';
import { runFfmpeg } from './ffmpeg.js';
import type { Pcm } from './sound.js';

/** The words "one" to "twenty", then "thirty", "forty", "fifty": each begins a slot of its own. Made by scripts/make-demo-sound.mjs. */
const WORDS = fileURLToPath(new URL('../../assets/words.ogg', import.meta.url));
const RATE = 16_000;
const SLOT = 0.8 * RATE;
const LAST = 50;
/** How much faster than spoken, and so higher, the first and the last number sound. */
const SPEED = { first: 0.85, last: 1.25 };
/** Of all samples the loudest of silence. */
const QUIET = 300;
const BEGINNING = 0.3; // seconds
const PAUSE = { shortest: 0.25, longest: 0.95 }; // seconds

/**
 * Writes a voice that counts from one to fifty, of more than a minute, into a directory, and gives its path. Order can be heard twice
 * over, by the words and by the pitch, which rises from number to number. The pauses are uneven, the same on every run, so that no two
 * stretches of a few seconds have the same rhythm: the check tells chunks apart by their loudness over time.
 */
export async function countToFifty(ffmpeg: string, directory: string, signal?: AbortSignal): Promise<string> {
  const words = await decode(ffmpeg, WORDS, signal, RATE);
  const sound: Pcm[] = [silence(BEGINNING)];
  const random = repeatable(2013);
  for (let number = 1; number <= LAST; number++) {
    const speed = SPEED.first + ((SPEED.last - SPEED.first) * number) / LAST;
    for (const word of wordsOf(number))
      sound.push(faster(trimmed(words.subarray(word * SLOT, (word + 1) * SLOT)), speed));
    sound.push(silence(PAUSE.shortest + random() * (PAUSE.longest - PAUSE.shortest)));
  }
  const path = join(directory, 'counting.wav');
  const raw = ['-f', 's16le', '-ar', String(RATE), '-ac', '1', '-i', 'pipe:0'];
  const input = Buffer.concat(
    sound.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
  await runFfmpeg(ffmpeg, [...raw, `file:${path}`], { input, ...(signal ? { signal } : {}) });
  return path;
}

/** The slots of the words of a number from 1 to 59. */
function wordsOf(number: number): number[] {
  if (number <= 20) return [number - 1];
  const tens = 17 + Math.floor(number / 10);
  return number % 10 === 0 ? [tens] : [tens, (number % 10) - 1];
}

function trimmed(pcm: Pcm): Pcm {
  let end = pcm.length;
  while (end > 0 && isQuiet(pcm[end - 1])) end--;
  return pcm.subarray(
    pcm.findIndex((sample) => !isQuiet(sample)),
    end,
  );
}

function isQuiet(sample = 0): boolean {
  return Math.abs(sample) < QUIET;
}

/** Played faster, as a tape is: higher, too. */
function faster(pcm: Pcm, speed: number): Pcm {
  return Int16Array.from({ length: Math.floor((pcm.length - 1) / speed) }, (_, at) => {
    const place = at * speed;
    const before = Math.floor(place);
    const [left = 0, right = 0] = pcm.subarray(before, before + 2);
    return left + (right - left) * (place - before);
  });
}

function silence(seconds: number): Pcm {
  return new Int16Array(Math.round(seconds * RATE));
}

/** Numbers from 0 to 1, the same for the same seed: the "minimal standard" generator of Park and Miller (1988). */
function repeatable(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
