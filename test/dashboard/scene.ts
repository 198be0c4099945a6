import type { Tusker } from '../../src/index.js';
import type { ManualClock } from '../../src/testing/index.js';

/** Numbers that look random and are the same each time. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const HOLDERS = ['web-1', 'web-2', 'web-3', 'web-4'];

interface Unit {
  readonly task: string;
  readonly unit: number;
  readonly holder: string;
  readonly from: number;
  readonly to: number;
}

/** The units of a stream as servers take them: each holds one at a time, chunks arrive steadily. */
function unitsOf(task: string, count: number, start: number, random: () => number): Unit[] {
  const free = new Map(HOLDERS.map((holder) => [holder, start]));
  return Array.from({ length: count }, (_, index) => {
    const arrives = start + index * 1300 + random() * 900;
    const [holder = '', since = 0] = [...free].sort(([, a], [, b]) => a - b)[Math.floor(random() * 2)] ?? [];
    const from = Math.max(arrives, since);
    const to = from + 1200 + random() * 3800;
    free.set(holder, to);
    return { task, unit: index + 1, holder, from: Math.round(from), to: Math.round(to) };
  });
}

interface Moment {
  readonly at: number;
  readonly run: () => Promise<unknown>;
}

/** Locks and unlocks each unit at its time, as the moments of a story. */
function played(tusker: Tusker, units: readonly Unit[]): Moment[] {
  return units.flatMap(({ task, unit, holder, from, to }) => {
    let unlock: () => Promise<unknown> = async () => {};
    const lock = async (): Promise<void> => {
      const held = await tusker.lock(task, unit, { holder, ttl: 60_000, renew: false });
      unlock = () => held.unlock({ key: `${task}/${unit}-${held.token}.mp3`, bytes: 20_000 + unit * 137 });
    };
    return [
      { at: from, run: lock },
      { at: to, run: () => unlock() },
    ];
  });
}

/** Claims what is released, and completes or fails it a while later. */
function merged(tusker: Tusker, worker: string, at: number, took: number): Moment[] {
  let end: () => Promise<unknown> = async () => {};
  const claimed = async (): Promise<void> => {
    const claim = await tusker.fetchReleased({ worker });
    if (!claim) return;
    const { task, done: parts } = claim;
    const isBroken = /[37]1$/.test(task);
    end = isBroken
      ? () => claim.fail(new TypeError('ffmpeg exited with 1: moov atom not found'))
      : () => claim.complete({ url: `https://cdn.example/${task}.mp3`, parts });
  };
  return [
    { at, run: claimed },
    { at: at + took, run: () => end() },
  ];
}

/** A quarter of an hour of a service that makes songs of chunks; at its end the clock stands at the moment to look at. */
export async function playScene(tusker: Tusker, clock: ManualClock): Promise<void> {
  const random = numbers(7);
  const start = clock.now();
  const end = start + 15 * 60_000;
  const moments: Moment[] = [];
  const song = (name: string, count: number, at: number): Unit[] => {
    const units = unitsOf(name, count, at, random);
    moments.push(...played(tusker, units));
    return units;
  };
  for (let index = 1; index <= 120; index++) {
    const at = start + Math.round((index / 122) ** 0.9 * 14.9 * 60_000);
    const units = song(`song-${index}`, 4 + Math.floor(random() * 14), at);
    const last = Math.max(...units.map(({ to }) => to));
    const closes = last - Math.round(random() * 2400);
    const close = () =>
      tusker.close(`song-${index}`, {
        info: { title: `Take ${index}`, room: index % 7 },
        attempts: 3,
        backoff: 20_000,
      });
    moments.push({ at: closes, run: close });
    const takes = last + 150 + Math.round(random() * 1500);
    moments.push(...merged(tusker, `merge-${1 + (index % 2)}`, takes, 200 + Math.round(random() ** 3 * 9000)));
  }
  // This one is still worked on.
  moments.push(...merged(tusker, 'merge-1', end - 3000, 60_000));
  moments.push(...interesting(tusker, end, song));
  for (let at = start; at < end; at += 1000) moments.push({ at, run: () => tusker.sweep() });
  for (const { at, run } of moments.sort((a, b) => a.at - b.at)) {
    if (at > end) break;
    clock.advance(Math.max(0, at - clock.now()));
    await run();
  }
  clock.advance(end - clock.now());
}

/** The tasks that an operator would look at: one that waits for a server, one that lacks a chunk, one to be retried. */
function interesting(tusker: Tusker, end: number, song: (name: string, count: number, at: number) => Unit[]): Moment[] {
  song('stream-42', 18, end - 6 * 60_000);
  song('stream-44', 31, end - 50_000);
  return [
    {
      at: end - 5 * 60_000,
      run: () => tusker.lock('stream-42', 'chunk-19', { holder: 'web-3', ttl: 5 * 60_000 + 12_000, renew: false }),
    },
    { at: end - 4 * 60_000, run: () => tusker.close('stream-42', { info: { room: 'live-2', codec: 'opus' } }) },
    { at: end - 9 * 60_000, run: () => tusker.lock('stream-40', 1, { holder: 'web-4', ttl: 30_000, renew: false }) },
    { at: end - 9 * 60_000 + 1, run: () => tusker.run('stream-40', 2, () => ({ key: 'stream-40/2.mp3' })) },
    { at: end - 8.9 * 60_000, run: () => tusker.close('stream-40', { expect: 3, deadline: 120_000 }) },
    { at: end - 70_000, run: () => tusker.lock('upload-9', 'part-2', { holder: 'web-1', ttl: 20_000, renew: false }) },
    { at: end - 69_000, run: () => tusker.run('upload-9', 'part-1', () => ({ key: 'upload-9/1' })) },
    {
      at: end - 60_000,
      run: () => tusker.close('upload-9', { expect: ['part-1', 'part-2', 'part-3'], unitGrace: 120_000 }),
    },
  ];
}
