import type { Position } from './ledger.js';

interface Entry<Key> {
  readonly score: number;
  readonly key: Key;
}

/** Keys in the order of a score, then of themselves: a sorted array, for most entries come and go at its ends. */
export class SortedIndex<Key> {
  readonly #entries: Entry<Key>[] = [];

  constructor(private readonly compare: (a: Key, b: Key) => number) {}

  add(score: number, key: Key): void {
    const at = this.#firstNotBefore(score, key);
    const there = this.#entries[at];
    if (there && there.score === score && this.compare(there.key, key) === 0) return;
    if (at === this.#entries.length) this.#entries.push({ score, key });
    else this.#entries.splice(at, 0, { score, key });
  }

  delete(score: number, key: Key): void {
    const at = this.#firstNotBefore(score, key);
    const there = this.#entries[at];
    if (!there || there.score !== score || this.compare(there.key, key) !== 0) return;
    if (at === 0) this.#entries.shift();
    else this.#entries.splice(at, 1);
  }

  firstScore(): number | null {
    return this.#entries[0]?.score ?? null;
  }

  /** At most `limit` keys after a position and up to a score, those that pass `isIn`. */
  page(limit: number, until: number, after?: Position<Key>, isIn: (key: Key) => boolean = () => true): Key[] {
    const found: Key[] = [];
    for (let i = after ? this.#firstAfter(after) : 0; i < this.#entries.length && found.length < limit; i++) {
      const { score, key } = this.#entries[i] as Entry<Key>;
      if (score > until) break;
      if (isIn(key)) found.push(key);
    }
    return found;
  }

  #firstAfter({ score, key }: Position<Key>): number {
    const at = this.#firstNotBefore(score, key);
    const there = this.#entries[at];
    return there && there.score === score && this.compare(there.key, key) === 0 ? at + 1 : at;
  }

  #firstNotBefore(score: number, key: Key): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.#entries[middle] as Entry<Key>;
      if (entry.score < score || (entry.score === score && this.compare(entry.key, key) < 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
