import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decode } from '../../src/demo/audio.js';
import { findFfmpeg } from '../../src/demo/ffmpeg.js';
import { planCuts } from '../../src/demo/plan.js';
import { checkSound, PCM_RATE } from '../../src/demo/sound.js';

test('lab', async () => {
  const ffmpeg = await findFfmpeg();
  const input = await decode(ffmpeg.path, fileURLToPath(new URL('../../assets/counting.ogg', import.meta.url)));
  for (const longest of [2, 3, 4, 5, 5.5, 6, 8, 10, 14.9]) {
    const cuts = planCuts(input.length / PCM_RATE, longest);
    const edges = [0, ...cuts.map((c) => Math.round(c * PCM_RATE)), input.length];
    const rows: number[] = [];
    for (let a = 0; a + 1 < edges.length; a++)
      for (let b = 0; b + 1 < edges.length; b++) {
        if (a === b) continue;
        const out = new Int16Array(input);
        out.fill(0, edges[a], edges[a + 1]);
        out.set(input.subarray(edges[b]!, Math.min(edges[b + 1]!, edges[b]! + edges[a + 1]! - edges[a]!)), edges[a]!);
        rows.push(checkSound(input, out, cuts).chunks[a]!.correlation!);
      }
    rows.sort((x, y) => y - x);
    console.log(
      longest,
      edges.length - 1,
      rows
        .slice(0, 4)
        .map((r) => r.toFixed(3))
        .join(' '),
      checkSound(input, input, cuts).ok,
    );
  }
});
