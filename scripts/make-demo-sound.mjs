#!/usr/bin/env node
// Makes assets/counting.ogg, the sound of the demo: a voice that counts from one to fifty.
//
// Order can be heard twice over, by the words and by the pitch, which rises from number to number. The pauses are
// uneven (but the same on every run), so that no two stretches of a few seconds have the same rhythm: the demo's check
// tells chunks apart by their loudness over time.
//
// Needs espeak-ng and an ffmpeg with libopus. Usage: node scripts/make-demo-sound.mjs [output]
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LAST = 50;
const RATE = 22_050; // what espeak-ng speaks at, in Hz
const PAUSE = { shortest: 0.25, longest: 0.95 }; // seconds
const LOUDEST = 0.8; // of full scale, for every number, so that none is quieter than its neighbours

const output = process.argv[2] ?? fileURLToPath(new URL('../assets/counting.ogg', import.meta.url));
const sound = [silence(0.3)];
const random = repeatable(2013);
for (let number = 1; number <= LAST; number++) {
  sound.push(speak(number), silence(PAUSE.shortest + random() * (PAUSE.longest - PAUSE.shortest)));
}
encode(Buffer.concat(sound), output);
console.log(`${output}: ${(Buffer.concat(sound).length / 2 / RATE).toFixed(2)} s, ${statSync(output).size} bytes`);

/** One number as mono 16-bit PCM, without the silence around it. */
function speak(number) {
  const pitch = Math.round(20 + (60 * number) / LAST);
  const args = ['-v', 'en-gb', '-s', '150', '-p', String(pitch), '--stdout', String(number)];
  return loud(trim(samplesOf(execFileSync('espeak-ng', args))));
}

/** The sample bytes of a WAV file that was written to a pipe: its own sizes are not to be trusted, its end is. */
function samplesOf(wav) {
  const data = wav.indexOf('data', 12, 'latin1');
  if (data < 0 || wav.readUInt32LE(24) !== RATE) throw new Error(`espeak-ng did not give a ${RATE} Hz WAV file.`);
  return wav.subarray(data + 8);
}

function trim(pcm) {
  const quiet = 300;
  let from = 0;
  let to = pcm.length;
  while (from < to && Math.abs(pcm.readInt16LE(from)) < quiet) from += 2;
  while (to > from && Math.abs(pcm.readInt16LE(to - 2)) < quiet) to -= 2;
  return pcm.subarray(from, to);
}

function loud(pcm) {
  let peak = 1;
  for (let at = 0; at < pcm.length; at += 2) peak = Math.max(peak, Math.abs(pcm.readInt16LE(at)));
  const louder = Buffer.alloc(pcm.length);
  for (let at = 0; at < pcm.length; at += 2) {
    louder.writeInt16LE(Math.round((pcm.readInt16LE(at) * LOUDEST * 32_767) / peak), at);
  }
  return louder;
}

function silence(seconds) {
  return Buffer.alloc(2 * Math.round(seconds * RATE));
}

/** Numbers from 0 to 1, the same for the same seed: the "minimal standard" generator of Park and Miller (1988). */
function repeatable(seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function encode(pcm, file) {
  const raw = ['-f', 's16le', '-ar', String(RATE), '-ac', '1', '-i', 'pipe:0'];
  const opus = ['-c:a', 'libopus', '-b:a', '24k', '-application', 'voip', '-ar', '24000'];
  const same = ['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact'];
  const tags = ['-metadata', 'title=Counting to fifty', '-metadata', 'license=CC0-1.0'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...raw, ...opus, ...same, ...tags, file], { input: pcm });
}
