/**
 * Calls on an embedded store, and refusals of any, are answered without any I/O, so that a loop of awaited calls never leaves
 * the microtasks: no timer would fire in it, no lock be renewed, no signal be heard, no stop come to its end. What has gone on
 * for a while lets those have their turn.
 */

/** How long work goes on before the event loop turns, in ms. */
const LONGEST_TURN = 5;

// The one of now: a test that moves time by hand may replace it, and then it never comes. Time that stands still is never over.
const { setImmediate } = globalThis;

let turnedAt: number | undefined;
let turning: Promise<void> | undefined;

function turned(): void {
  turnedAt = undefined;
}

/** A promise of the next turn when the event loop has not turned for too long; undefined while there is time. */
export function nextTurn(): Promise<void> | undefined {
  const now = performance.now();
  if (turnedAt === undefined) {
    turnedAt = now;
    setImmediate(turned).unref();
    return undefined;
  }
  if (now - turnedAt < LONGEST_TURN) return undefined;
  turning ??= new Promise((resolve) => {
    setImmediate(() => {
      turning = undefined;
      resolve();
    });
  });
  return turning;
}

/** Calls back now, or in the next turn when the event loop has not turned for too long. */
export function inTurn(tell: () => void): void {
  const turn = nextTurn();
  if (turn) void turn.then(tell);
  else tell();
}

/** A rejection for who may ask again at once. */
export function refused(error: Error): Promise<never> {
  return new Promise((_, reject) => inTurn(() => reject(error)));
}
