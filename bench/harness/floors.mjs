import { readFileSync } from 'node:fs';

/**
 * Holds the ratios of a run against bench/floors.json: `{ section: { ratio: { atLeast | atMost } } }`. Gives a line for
 * each that fell, or that is in the file and was not measured.
 */
export function fallen(results) {
  const floors = JSON.parse(readFileSync(new URL('../floors.json', import.meta.url), 'utf8'));
  return Object.entries(results).flatMap(([section, { ratios }]) =>
    Object.entries(floors[section] ?? {}).flatMap(([name, { atLeast, atMost }]) => {
      const measured = ratios[name];
      if (measured === undefined) return [`${section}: ${name}: not measured`];
      if (measured < atLeast) return [`${section}: ${name}: ${measured}, at least ${atLeast} was promised`];
      if (measured > atMost) return [`${section}: ${name}: ${measured}, at most ${atMost} was promised`];
      return [];
    }),
  );
}
