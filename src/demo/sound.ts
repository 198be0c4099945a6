/** Sound as the check reads it: mono, 16 bit, `PCM_RATE` samples a second. */
export type Pcm = Int16Array;

/** Samples a second of the sound that is compared; enough for loudness over time. */
export const PCM_RATE = 8_000;

/** How alike the loudness of a chunk must be to that of its place in the input, as Pearson's r. */
export const LEAST_CORRELATION = 0.9;

/** How much the lengths may differ: this many seconds, and some more for every chunk. */
export const LENGTH_ALLOWED = { whole: 0.2, perChunk: 0.03 } as const;

const FRAME = PCM_RATE / 50; // 20 ms: the syllables of a voice show, its pitch does not
const LAG_STEP = PCM_RATE / 100; // 10 ms
const LONGEST_LAG = (6 * PCM_RATE) / 100; // 60 ms: more than the delay of an mp3 encoder and decoder together
const SILENCE = 33; // root mean square of a 16-bit sample, −60 dB of full scale
const STEADY = 0.01; // spread of the loudness by its mean, below which its shape says nothing
const STEADY_LEVEL = 1.41; // 3 dB

/** How one chunk sounds at its place. */
export interface ChunkSound {
  readonly chunk: number;
  readonly ok: boolean;
  /**
   * What was compared. The shape of the loudness, as a rule; a stretch of silence has none, and must be silent again; a
   * steady tone has none either, and must be as loud and as steady.
   */
  readonly by: 'envelope' | 'silence' | 'steadiness';
  /** Pearson's r of the two envelopes, −1 to 1; null when one of them has no shape. */
  readonly correlation: number | null;
  /** How much later than in the input it sounded best, in ms; at most 60 either way. */
  readonly lagMs: number;
}

/** What the check of a joined sound found. Lengths are seconds. */
export interface SoundCheck {
  readonly ok: boolean;
  readonly inputSeconds: number;
  readonly outputSeconds: number;
  /** How much the lengths may differ. */
  readonly allowedSeconds: number;
  readonly lengthOk: boolean;
  readonly chunks: readonly ChunkSound[];
}

/**
 * Compares a joined sound with the input that it was made of: its length, and at the place of every chunk its loudness
 * over time. `cuts` are the seconds at which a chunk ends and the next begins, without 0 and the end.
 *
 * It does not tell a swap of two chunks that sound alike; the loudness as such is not compared, only its shape.
 */
export function checkSound(input: Pcm, output: Pcm, cuts: readonly number[]): SoundCheck {
  const edges = [0, ...cuts.map((cut) => Math.round(cut * PCM_RATE)), input.length];
  const chunks: ChunkSound[] = [];
  for (let chunk = 0; chunk + 1 < edges.length; chunk++) {
    chunks.push({ chunk, ...compareAt(input, output, edges[chunk] ?? 0, edges[chunk + 1] ?? 0) });
  }
  const inputSeconds = input.length / PCM_RATE;
  const outputSeconds = output.length / PCM_RATE;
  const allowedSeconds = LENGTH_ALLOWED.whole + LENGTH_ALLOWED.perChunk * chunks.length;
  const lengthOk = Math.abs(outputSeconds - inputSeconds) <= allowedSeconds;
  const ok = lengthOk && chunks.every((chunk) => chunk.ok);
  return { ok, inputSeconds, outputSeconds, allowedSeconds, lengthOk, chunks };
}

function compareAt(input: Pcm, output: Pcm, from: number, to: number): Omit<ChunkSound, 'chunk'> {
  const wanted = envelope(input, from, to);
  if (Math.max(...wanted) < SILENCE) {
    const ok = Math.max(...envelope(output, from, to)) < 2 * SILENCE;
    return { ok, by: 'silence', correlation: null, lagMs: 0 };
  }
  if (spread(wanted) < STEADY) {
    const heard = envelope(output, from, to);
    const louder = mean(heard) / mean(wanted);
    const ok = louder < STEADY_LEVEL && louder > 1 / STEADY_LEVEL && spread(heard) < 5 * STEADY;
    return { ok, by: 'steadiness', correlation: null, lagMs: 0 };
  }
  const { correlation, lag } = bestMatch(wanted, output, from, to);
  const ok = correlation !== null && correlation >= LEAST_CORRELATION;
  return { ok, by: 'envelope', correlation, lagMs: (1000 * lag) / PCM_RATE };
}

function bestMatch(wanted: Float64Array, output: Pcm, from: number, to: number) {
  let best: { correlation: number | null; lag: number } = { correlation: null, lag: 0 };
  for (let lag = -LONGEST_LAG; lag <= LONGEST_LAG; lag += LAG_STEP) {
    const correlation = pearson(wanted, envelope(output, from + lag, to + lag));
    if (correlation !== null && correlation > (best.correlation ?? -Infinity)) best = { correlation, lag };
  }
  return best;
}

/** The loudness over time: the root mean square of every whole 20 ms of a stretch. What lies outside of it is silent. */
export function envelope(pcm: Pcm, from: number, to: number): Float64Array {
  const frames = new Float64Array(Math.max(1, Math.floor((to - from) / FRAME)));
  for (let frame = 0; frame < frames.length; frame++) {
    const start = from + frame * FRAME;
    let squares = 0;
    for (let at = start; at < start + FRAME; at++) squares += (pcm[at] ?? 0) ** 2;
    frames[frame] = Math.sqrt(squares / FRAME);
  }
  return frames;
}

/** Pearson's correlation of two rows of equal length, −1 to 1; null when one of them is constant. */
export function pearson(a: Float64Array, b: Float64Array): number | null {
  const meanA = mean(a);
  const meanB = mean(b);
  let both = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let at = 0; at < a.length; at++) {
    const fromA = (a[at] ?? 0) - meanA;
    const fromB = (b[at] ?? 0) - meanB;
    both += fromA * fromB;
    squaresA += fromA ** 2;
    squaresB += fromB ** 2;
  }
  const scale = Math.sqrt(squaresA * squaresB);
  return scale === 0 ? null : both / scale;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard deviation by the mean. */
function spread(values: Float64Array): number {
  const middle = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length;
  return middle === 0 ? 0 : Math.sqrt(variance) / middle;
}
