/** Fewer would leave nothing to arrive out of order around the chunk whose server is killed. */
const FEWEST_CHUNKS = 3;

/**
 * Where to cut a sound: seconds at which a chunk ends and the next begins, without 0 and the end. The chunks are as
 * equal as hundredths of a second allow, none longer than `longest`, and at least three.
 */
export function planCuts(seconds: number, longest: number): number[] {
  // A hundredth is kept back for the rounding, so that no chunk exceeds `longest` by it.
  const chunks = Math.max(FEWEST_CHUNKS, Math.ceil(seconds / (longest - 0.01)));
  return Array.from({ length: chunks - 1 }, (_, at) => Math.round((100 * seconds * (at + 1)) / chunks) / 100);
}

/** The same values in random order; `random` gives numbers from 0 up to 1. */
export function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const left = [...values];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1));
  return order;
}

/** A whole number from `from` to `to`, both included. */
export function wholeBetween(from: number, to: number, random: () => number): number {
  return from + Math.floor(random() * (to - from + 1));
}
