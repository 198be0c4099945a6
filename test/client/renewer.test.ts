/** One timer for all that is held: who comes and goes in between changes nothing for the others. */
import { expect, test, vi } from 'vitest';
import type { Renewable } from '../../src/client/renewer.js';
import { Renewer } from '../../src/client/renewer.js';
import type { StillTime } from '../harness/still-time.js';
import { stillTime } from '../harness/still-time.js';

/** Something that is renewed every so many ms. */
class Held implements Renewable {
  renewPlace = -1;
  renewAt: number;
  readonly renewals: number[] = [];
  abandonedFor: Error | undefined;

  constructor(
    readonly every: number,
    private readonly renewer: Renewer,
  ) {
    this.renewAt = performance.now() + every;
    renewer.add(this);
  }

  renew(): void {
    this.renewals.push(performance.now());
    this.renewAt = performance.now() + this.every;
    this.renewer.add(this);
  }

  abandon(reason: Error): void {
    this.abandonedFor = reason;
    this.renewer.remove(this);
  }
}

/** Whether each was renewed when it had to be, up to now. */
function expectInTime(held: readonly Held[], from: number, time: StillTime): void {
  for (const { every, renewals } of held) {
    const expected = Array.from({ length: Math.floor((time.now - from) / every) }, (_, i) => from + (i + 1) * every);
    expect(renewals).toEqual(expected);
  }
}

test('everything is renewed at its moment, whatever was there before and whatever its length', async () => {
  const time = stillTime();
  const renewer = new Renewer();
  const held = [5000, 100, 3000, 7, 100, 60_000].map((every) => new Held(every, renewer));
  await time.passes(6000);
  expectInTime(held, 0, time);
});

test('what stays is renewed at its moment, whoever goes: each in turn, the last, the first, all but one', async () => {
  for (const going of [[0], [4], [2], [0, 4], [4, 0], [1, 0, 3], [0, 1, 2, 3], [4, 3, 2, 1], [1, 2, 3, 4]]) {
    const time = stillTime();
    const from = time.now;
    const renewer = new Renewer();
    const held = [100, 200, 300, 400, 500].map((every) => new Held(every, renewer));
    for (const place of going) renewer.remove(held[place] as Held);
    await time.passes(1000);
    const staying = held.filter((_, place) => !going.includes(place));
    expectInTime(staying, from, time);
    for (const place of going) expect(held[place]?.renewals).toEqual([]);
    for (const one of staying) renewer.remove(one);
    expect(held.map(({ renewPlace }) => renewPlace)).toEqual([-1, -1, -1, -1, -1]);
    vi.useRealTimers();
  }
});

test('what is removed twice, or was never added, removes nobody else', async () => {
  const time = stillTime();
  const renewer = new Renewer();
  const [gone, stays] = [new Held(100, renewer), new Held(100, renewer)];
  renewer.remove(gone);
  renewer.remove(gone);
  await time.passes(300);
  expect([gone.renewals, stays.renewals]).toEqual([[], [100, 200, 300]]);
});

test('with nothing held any more the timer looks once, and is not set again', async () => {
  const time = stillTime();
  const renewer = new Renewer();
  const held = new Held(100, renewer);
  renewer.remove(held);
  expect(vi.getTimerCount()).toBe(1);
  await time.passes(100);
  expect(vi.getTimerCount()).toBe(0);
});

test('what stands still is not asked again and again: a look without end comes once a millisecond at most', async () => {
  const time = stillTime();
  const renewer = new Renewer();
  const stuck = new Held(100, renewer);
  stuck.renew = () => void stuck.renewals.push(performance.now());
  await time.passes(110);
  expect(stuck.renewals.length).toBeLessThanOrEqual(11);
});

test('a moment that lies further ahead than a timer reaches is no moment of now', async () => {
  const time = stillTime();
  const renewer = new Renewer();
  const far = new Held(300 * 86_400_000, renewer);
  await time.passes(86_400_000);
  expect(far.renewals).toEqual([]);
});

test('stop tells everybody why, also those that leave meanwhile, and renews nothing after that', async () => {
  const time = stillTime();
  const renewer = new Renewer();
  const held = [1, 2, 3, 4, 5].map((n) => new Held(n * 100, renewer));
  const reason = new Error('stopped');
  renewer.stop(reason);
  await time.passes(10_000);
  expect(held.map(({ abandonedFor, renewals }) => [abandonedFor, renewals])).toEqual(held.map(() => [reason, []]));
  expect(vi.getTimerCount()).toBe(0);
});
