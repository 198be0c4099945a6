/** A timer for longer than this would be over at once, in ms: 24 days. */
export const LONGEST_TIMER = 2 ** 31 - 1;
