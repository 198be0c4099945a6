/** Collects what steps take, in µs, by name. */
export function timesOf() {
  const times = {};
  return {
    times,
    async timed(step, work) {
      const start = performance.now();
      const value = await work();
      times[step] ??= [];
      times[step].push(1000 * (performance.now() - start));
      return value;
    },
  };
}
