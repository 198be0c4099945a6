#!/usr/bin/env node
// Makes assets/words.ogg: a voice that says "one" to "twenty", "thirty", "forty", "fifty", each at the beginning of a slot of 0.8 s. The demo
// makes its counting of them (src/demo/counting.ts).
//
// Needs espeak-ng and an ffmpeg with libopus. Usage: node scripts/make-demo-sound.mjs [output]
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NUMBERS = [...Array.from({ length: 20 }, (_, at) => at + 1), 30, 40, 50];
const RATE = 22_050; // what espeak-ng speaks at, in Hz
const SLOT = 0.8; // seconds
const LOUDEST = 0.8; // of full scale, for every number, so that none is quieter than its neighbours

const output = process.argv[2] ?? fileURLToPath(new URL('../assets/words.ogg', import.meta.url));
const sound = Buffer.concat(NUMBERS.map((number) => inSlot(speak(number))));
encode(sound, output);
console.log(`${output}: ${(sound.length / 2 / RATE).toFixed(2)} s, ${statSync(output).size} bytes`);

/** One number as mono 16-bit PCM, without the silence around it. */
function speak(number) {
  const args = ['-v', 'en-gb', '-s', '150', '--stdout', String(number)];
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

/** Behind the word is silence, and a little before it: what is cut out of it may begin there. */
function inSlot(pcm) {
  const slot = Buffer.alloc(2 * Math.round(SLOT * RATE));
  const before = 2 * Math.round(0.03 * RATE);
  if (pcm.length + 2 * before > slot.length) throw new Error('A word is longer than its slot.');
  pcm.copy(slot, before);
  return slot;
}

function encode(pcm, file) {
  const raw = ['-f', 's16le', '-ar', String(RATE), '-ac', '1', '-i', 'pipe:0'];
  const opus = ['-c:a', 'libopus', '-b:a', '8k', '-application', 'voip', '-frame_duration', '60', '-ar', '16000'];
  const same = ['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact'];
  const tags = ['-metadata', 'title=Words of numbers', '-metadata', 'license=CC0-1.0'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...raw, ...opus, ...same, ...tags, file], { input: pcm });
}
