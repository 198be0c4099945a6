/** In the order of a full run. They are loaded when the peers are there. */
export const SECTIONS = {
  instructions: async () => (await import('../instructions/section.mjs')).instructions,
  'per-unit': async () => (await import('../per-unit/section.mjs')).perUnit,
  joins: async () => (await import('../joins/section.mjs')).joins,
  latency: async () => (await import('../latency/section.mjs')).latency,
  memory: async () => (await import('../memory/section.mjs')).memory,
  growth: async () => (await import('../growth/section.mjs')).growth,
  embedded: async () => (await import('../embedded/section.mjs')).embedded,
  cluster: async () => (await import('../cluster/section.mjs')).cluster,
  trouble: async () => (await import('../trouble/section.mjs')).trouble,
};

/** What the page of results holds, in its order. */
export const PAGE = [...Object.keys(SECTIONS), 'guard'];

/** Those that count instructions, and need valgrind for it. */
export const COUNTING = ['instructions', 'growth'];

export const FULL = { quick: false, rounds: 5, seconds: 4 };
/** For a look and for the guard: the cheapest of short rounds. */
export const QUICK = { quick: true, rounds: 5, seconds: 0.35 };
