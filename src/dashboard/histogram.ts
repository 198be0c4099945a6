/** Bins for each doubling: a percentile is right to within 5 %. */
const BINS = 8;

/** Durations in bins that grow with them: a fixed room whatever comes, and two can be added. */
export class Histogram {
  readonly #bins = new Map<number, number>();
  count = 0;
  max: number | null = null;

  add(ms: number): void {
    const value = Math.max(0, ms);
    const bin = Math.round(Math.log2(value + 1) * BINS);
    this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + 1);
    this.count++;
    this.max = Math.max(this.max ?? 0, value);
  }

  addAll(other: Histogram): void {
    for (const [bin, count] of other.#bins) this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + count);
    this.count += other.count;
    if (other.max !== null) this.max = Math.max(this.max ?? 0, other.max);
  }

  /** The duration that a share of all does not exceed, in ms; `null` when there is none. */
  percentile(share: number): number | null {
    if (this.max === null) return null;
    let left = Math.ceil(this.count * share);
    for (const [bin, count] of [...this.#bins].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return Math.min(this.max, Math.round(2 ** (bin / BINS) - 1));
    }
    return this.max;
  }
}
