import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { decode } from '../../src/demo/audio.js';
import { planCuts } from '../../src/demo/plan.js';
import { envelope, pearson, PCM_RATE } from '../../src/demo/sound.js';
test('lab', async () => {
  const ref = await decode('ffmpeg', '/tmp/demobuild/st.flac');
  const out = await decode('ffmpeg', '/tmp/demobuild/st-out.mp3');
  const count = await decode('ffmpeg', fileURLToPath(new URL('../../assets/counting.ogg', import.meta.url)));
  const env = (pcm: Int16Array, from: number, to: number, frame: number) => { const n = Math.floor((to-from)/frame); const r = new Float64Array(n); for (let f=0; f<n; f++) { let q=0; for (let i=0;i<frame;i++) q += (pcm[from+f*frame+i] ?? 0)**2; r[f]=Math.sqrt(q/frame);} return r; };
  for (const ms of [20, 30, 40, 50, 60, 80, 100]) {
    const frame = ms * 8;
    const own: number[] = [];
    const cuts = [0, ...planCuts(40, 3).map((c) => c * PCM_RATE), ref.length];
    for (let i = 0; i + 1 < cuts.length; i++) own.push(pearson(env(ref, cuts[i]!, cuts[i+1]!, frame), env(out, cuts[i]!, cuts[i+1]!, frame))!);
    const rows: string[] = [];
    for (const longest of [2, 3, 5.5, 8]) {
      const c = [0, ...planCuts(count.length / PCM_RATE, longest).map((x) => Math.round(x * PCM_RATE)), count.length];
      let worst = -1;
      for (let a = 0; a + 1 < c.length; a++) for (let b = 0; b + 1 < c.length; b++) if (a !== b) for (let lag = -480; lag <= 480; lag += 80) {
        const len = Math.min(c[a+1]! - c[a]!, c[b+1]! - c[b]!);
        worst = Math.max(worst, pearson(env(count, c[a]!, c[a]! + len, frame), env(count, c[b]! + lag, c[b]! + lag + len, frame))!);
      }
      rows.push(`${longest}s:${worst.toFixed(2)}`);
    }
    console.log(ms, 'own least', Math.min(...own).toFixed(3), 'cross most', rows.join(' '));
  }
}, 600000);
