interface Entry<Key> {
  readonly score: number;
  readonly key: Key;
}

/** Keys in the order of a score, then of themselves: a sorted array, for most entries come and go at its ends. */
export class SortedIndex<Key extends number | string = number> {
  readonly #entries: Entry<Key>[] = [];

  add(score: number, key: Key): void {
    const at = this.#firstNotBefore(score, key);
    if (this.#isAt(at, score, key)) return;
    if (at === this.#entries.length) this.#entries.push({ score, key });
    else this.#entries.splice(at, 0, { score, key });
  }

  delete(score: number, key: Key): void {
    const at = this.#firstNotBefore(score, key);
    if (!this.#isAt(at, score, key)) return;
    if (at === 0) this.#entries.shift();
    else this.#entries.splice(at, 1);
  }

  firstScore(): number | null {
    return this.#entries[0]?.score ?? null;
  }

  countFrom(score: number): number {
    return this.#entries.length - this.#firstNotBefore(score);
  }

  /** The first keys, at most `limit`. */
  first(limit: number): Key[] {
    return this.#entries.slice(0, limit).map(({ key }) => key);
  }

  /** At most `limit` keys after a position and up to a score, those that pass `isIn`. */
  page(limit: number, until: number, after?: Entry<Key>, isIn: (key: Key) => boolean = () => true): Key[] {
    const found: Key[] = [];
    for (let i = after ? this.#firstAfter(after) : 0; i < this.#entries.length && found.length < limit; i++) {
      const { score, key } = this.#entries[i] as Entry<Key>;
      if (score > until) break;
      if (isIn(key)) found.push(key);
    }
    return found;
  }

  #isAt(at: number, score: number, key: Key): boolean {
    const there = this.#entries[at];
    return there !== undefined && there.score === score && there.key === key;
  }

  #firstAfter({ score, key }: Entry<Key>): number {
    const at = this.#firstNotBefore(score, key);
    return this.#isAt(at, score, key) ? at + 1 : at;
  }

  /** Without a key: of all that have this score. */
  #firstNotBefore(score: number, key?: Key): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.#entries[middle] as Entry<Key>;
      if (entry.score < score || (entry.score === score && key !== undefined && entry.key < key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
