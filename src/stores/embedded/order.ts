/** Below the surrogates UTF-16 code units order as UTF-8 bytes do. */
const BEYOND = /[\ud800-\uffff]/;

/** The order of names in every ledger: by UTF-8 bytes, as SQLite and Redis compare them. */
export function byBytes(a: string, b: string): number {
  if (!BEYOND.test(a) && !BEYOND.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
