/** Statistics over the rounds of one run. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Median and range, to three significant digits or better. */
export function summary(numbers) {
  return { median: round(median(numbers)), min: round(Math.min(...numbers)), max: round(Math.max(...numbers)) };
}

export function latencies(numbers) {
  return {
    p50: round(percentile(numbers, 0.5)),
    p99: round(percentile(numbers, 0.99)),
    max: round(Math.max(...numbers)),
    count: numbers.length,
  };
}

/** Runs the contenders in turn, `rounds` times, so that the machine's moods meet all of them alike. */
export async function interleaved(contenders, rounds) {
  const figures = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  const names = Object.keys(contenders);
  for (let turn = 0; turn < rounds; turn++) {
    // Every other round backwards: nobody always runs behind the same neighbour.
    for (const name of turn % 2 === 0 ? names : [...names].reverse()) figures[name].push(await contenders[name](turn));
  }
  return figures;
}

/** The median of the ratios round by round. */
export function ratio(figures, base) {
  return round(median(figures.map((figure, turn) => figure / base[turn])));
}

/**
 * The ratio of the cheapest rounds. For processor time: what else the machine does makes a round dearer, never cheaper, so the
 * cheapest is what moves least.
 */
export function cheapestRatio(figures, base) {
  return round(Math.min(...figures) / Math.min(...base));
}

/** Three significant digits below 1000, whole numbers above. */
export function round(number) {
  return Math.abs(number) >= 1000 ? Math.round(number) : Number(number.toPrecision(3));
}

/** Numbers as people read them: 41 200, 3.52, 0.08. */
export function readable(number) {
  if (typeof number !== 'number') return String(number);
  if (!Number.isFinite(number)) return '–';
  const rounded = round(number);
  return Math.abs(rounded) < 1000 ? String(rounded) : String(rounded).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
