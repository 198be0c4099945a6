import type { Recovery } from './board.js';
import type { SoundCheck } from './sound.js';
import { LEAST_CORRELATION } from './sound.js';

/** How a run of the demo went. Times are ms, lengths seconds, chunks count from 0. */
export interface DemoReport {
  /** The whole is there, was recovered and sounds as it should: what the exit code says. */
  readonly ok: boolean;
  /** What does not hold, a sentence each. */
  readonly failures: readonly string[];
  /** The path of the mp3. */
  readonly mp3: string;
  readonly file: string;
  readonly task: string;
  readonly chunks: number;
  readonly servers: number;
  /** The close, from a process of its own. */
  readonly closed: {
    /** How many chunks were done when it was sent. */
    readonly afterChunks: number;
    /** How many were outstanding when it took effect. */
    readonly outstanding: number;
  };
  readonly killed: Kill | null;
  /** Every chunk that the killed server held, the one it was killed over among them. */
  readonly recovered: readonly Recovery[];
  readonly merge: { readonly parts: number; readonly ms: number };
  readonly sound: SoundCheck;
  /** From the start to the end of the check. */
  readonly ms: number;
}

/** A server that was ended by SIGKILL. */
export interface Kill {
  readonly server: string;
  readonly chunk: number;
  /** How much of the chunk ffmpeg had encoded, in ms of sound. */
  readonly encodedMs: number;
  /** Whether the store said, after the death, that the dead server holds the chunk. */
  readonly lockHeld: boolean;
}

/** What a run must prove; every sentence is one thing that does not hold. */
export function findFailures(report: Omit<DemoReport, 'ok' | 'failures'>): string[] {
  const { killed, recovered, merge, chunks } = report;
  const failures = [...soundFailures(report.sound)];
  if (merge.parts !== chunks) failures.push(`${merge.parts} parts were joined, of ${chunks} chunks.`);
  if (killed === null) failures.push('No server was killed: the chunk was done before.');
  else if (!killed.lockHeld) failures.push(`${killed.server} did not hold chunk ${killed.chunk} when it was killed.`);
  else if (!recovered.some(({ chunk, doneMs, takenOverBy }) => chunk === killed.chunk && takenOverBy && doneMs)) {
    failures.push(`Chunk ${killed.chunk} was not taken over by another server.`);
  }
  return failures;
}

function soundFailures({ lengthOk, inputSeconds, outputSeconds, allowedSeconds, chunks }: SoundCheck): string[] {
  const failures: string[] = [];
  if (!lengthOk) {
    const lengths = `${outputSeconds.toFixed(2)} s instead of ${inputSeconds.toFixed(2)} s`;
    failures.push(`The mp3 lasts ${lengths}; ${allowedSeconds.toFixed(2)} s of difference are allowed.`);
  }
  for (const { chunk, ok, by, correlation } of chunks) {
    if (ok) continue;
    const found = by === 'envelope' ? `correlation ${correlation?.toFixed(2) ?? 'none'}` : `it had ${by} there`;
    failures.push(`At the place of chunk ${chunk} the mp3 does not sound like the input (${found}).`);
  }
  return failures;
}

/** The end of the demo as people read it, a line each. */
export function describeReport(report: DemoReport, bytes: number): string[] {
  const { killed, recovered, closed, chunks, merge, sound } = report;
  const least = Math.min(...sound.chunks.flatMap(({ correlation }) => correlation ?? []));
  const shape =
    least === Infinity ? '' : `, loudness correlates ≥ ${roundedDown(least)} (${LEAST_CORRELATION} is enough)`;
  return [
    row('mp3', `${report.mp3} (${sound.outputSeconds.toFixed(1)} s, ${Math.round(bytes / 1000)} kB)`),
    ...(killed
      ? [row('killed', `${killed.server} by SIGKILL, ${seconds(killed.encodedMs)} into chunk ${killed.chunk}`)]
      : []),
    ...recovered.map((one) => row('recovered', recoveryText(one))),
    row('closed', `by another process, with ${closed.afterChunks} of ${chunks} chunks done`),
    row('merged', `${merge.parts} parts, once, in ${seconds(merge.ms)}`),
    row('sound', `${sound.outputSeconds.toFixed(2)} s of ${sound.inputSeconds.toFixed(2)} s${shape}`),
    ...report.failures.map((failure) => row('FAILED', failure)),
    row(report.ok ? 'ok' : 'not ok', `${seconds(report.ms)} in all`),
  ];
}

function recoveryText({ chunk, lostBy, takenOverBy, takeoverMs, doneMs }: Recovery): string {
  if (takenOverBy === null) return `chunk ${chunk} of ${lostBy}: not taken over`;
  const done = doneMs === null ? 'not done' : `done ${seconds(doneMs)} after it`;
  return `chunk ${chunk} of ${lostBy}: taken over by ${takenOverBy} ${seconds(takeoverMs ?? 0)} after the kill, ${done}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Never more than it is. */
function roundedDown(correlation: number): string {
  return (Math.floor(correlation * 1000) / 1000).toFixed(3);
}

function row(head: string, text: string): string {
  return `  ${head.padEnd(10)} ${text}`;
}
