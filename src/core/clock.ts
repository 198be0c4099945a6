/** A source of time in milliseconds since 1970. Stores take one, so that tests move it by hand. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
