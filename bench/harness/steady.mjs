/** A window whose unit costs less than this share of the cheapest before it is a step forward: the compiler is still at work. */
const PROGRESS = 0.97;
/** So many windows without a step forward, and the code is as fast as it gets. */
const RESTING = 3;
/** Nor before this much processor time, in µs: the compiler begins late. */
const AT_LEAST = 1_000_000;
/** No more windows than this: what keeps getting faster for so long is measured as it is. */
const AT_MOST = 40;

/** What a unit cost in each window so far, oldest first: whether the next ones would cost the same. */
export function isSteady(costs) {
  if (costs.length <= RESTING) return false;
  const before = Math.min(...costs.slice(0, -RESTING));
  return Math.min(...costs.slice(-RESTING)) >= before * PROGRESS;
}

/**
 * Has `window` do some work again and again until it costs no less than before; it gives how many units it did. Processor time
 * is what counts, so that a busy machine does not look like code that has come to rest.
 */
export async function warmUp(window) {
  const costs = [];
  let spent = 0;
  while (costs.length < AT_MOST && (spent < AT_LEAST || !isSteady(costs))) {
    const cpu = process.cpuUsage();
    const units = await window(costs.length);
    const { user, system } = process.cpuUsage(cpu);
    spent += user + system;
    costs.push((user + system) / Math.max(1, units));
  }
  return costs.length;
}
