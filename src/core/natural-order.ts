/** A name, and a text that comes before another's where the name does. */
interface Keyed {
  readonly name: string;
  readonly key: string;
}

const NUMBER = /0*(\d+)/g;

/**
 * Each number of the name without its leading zeros, behind a digit, by which it stands among other characters, and the
 * count of its digits, by which a longer number comes after a shorter one.
 */
function keyed(name: string): Keyed {
  const key = name.replace(
    NUMBER,
    (_, digits: string) => `0${String.fromCharCode(digits.length >> 16, digits.length & 0xffff)}${digits}`,
  );
  return { name, key };
}

function compareKeyed(a: Keyed, b: Keyed): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  // They differ in leading zeros at most.
  return a.name.length - b.name.length || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

/**
 * Compares names in natural order: runs of digits by their number, everything else by UTF-16 code unit, so that
 * `chunk-2` comes before `chunk-10`. Numbers of equal value order by their zeros (`2` before `02`), so the order is total.
 */
export function compareNatural(a: string, b: string): number {
  return compareKeyed(keyed(a), keyed(b));
}

/** The names in natural order: `compareNatural` looks at a name anew each time, this once. */
export function sortNatural(names: Iterable<string>): string[] {
  return Array.from(names, keyed)
    .sort(compareKeyed)
    .map(({ name }) => name);
}
