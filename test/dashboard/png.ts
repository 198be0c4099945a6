/** As much of PNG as a screenshot has: 8 bits a channel, colours with or without opacity, not interlaced. */
import { deepEqual, equal } from 'node:assert/strict';
import { inflateSync } from 'node:zlib';

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const CHANNELS: Readonly<Record<number, number>> = { 2: 3, 6: 4 };

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** How many points have a colour (0xRRGGBB), the commonest first. */
  readonly colours: readonly (readonly [colour: number, points: number])[];
}

/** @throws AssertionError when it is no such picture */
export function readPng(bytes: Buffer): Picture {
  deepEqual([...bytes.subarray(0, 8)], SIGNATURE, 'a PNG');
  const parts: Buffer[] = [];
  let [width, height, channels] = [0, 0, 0];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const kind = bytes.toString('latin1', at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (kind === 'IHDR') {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      channels = CHANNELS[body[9] ?? 0] ?? 0;
      deepEqual([body[8], channels > 0, body[12]], [8, true, 0], 'eight bits, colours, not interlaced');
    } else if (kind === 'IDAT') parts.push(body);
    at += length + 12;
  }
  const lines = unfiltered(inflateSync(Buffer.concat(parts)), width * channels, height, channels);
  return { width, height, colours: coloursOf(lines, channels) };
}

/** Each line is told by its difference from what is left of it and above it. */
function unfiltered(data: Buffer, width: number, height: number, step: number): Buffer {
  equal(data.length, (width + 1) * height, 'all lines are there');
  const lines = Buffer.alloc(width * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (width + 1)] ?? 0;
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const left = x >= step ? (lines[at - step] ?? 0) : 0;
      const up = y > 0 ? (lines[at - width] ?? 0) : 0;
      const corner = y > 0 && x >= step ? (lines[at - width - step] ?? 0) : 0;
      lines[at] = ((data[y * (width + 1) + 1 + x] ?? 0) + guessed(filter, left, up, corner)) & 255;
    }
  }
  return lines;
}

function guessed(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    default:
      return nearest(left, up, corner);
  }
}

/** The predictor of Paeth (PNG, section 9.4). */
function nearest(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function coloursOf(lines: Buffer, channels: number): [number, number][] {
  const counts = new Map<number, number>();
  for (let at = 0; at < lines.length; at += channels) {
    const colour = lines.readUIntBE(at, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}
