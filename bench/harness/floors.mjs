import { readFileSync } from 'node:fs';

/** `{ section: { measure: { atLeast | atMost } } }`. */
export const FLOORS = JSON.parse(readFileSync(new URL('../floors.json', import.meta.url), 'utf8'));

/** What fell, or is promised and was not measured: `{ section, measure, value, floor }`. */
export function fallen(section, { ratios = {}, measures = {} }, floors = FLOORS) {
  const measured = { ...ratios, ...measures };
  return Object.entries(floors[section] ?? {}).flatMap(([measure, floor]) => {
    const value = measured[measure];
    return holds(value, floor) ? [] : [{ section, measure, value, floor }];
  });
}

function holds(value, { atLeast, atMost }) {
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  return !(value < atLeast) && !(value > atMost);
}

/** Falls that happened both times: what a passing mood of the machine brings does not come twice. */
export function fallenTwice(first, second) {
  return second.filter(({ measure }) => first.some((fall) => fall.measure === measure));
}

export function fallText({ section, measure, value, floor: { atLeast, atMost }, unrest }) {
  const promised = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  const text = `${section}: ${measure}: ${value ?? 'not measured'}, ${promised} is promised`;
  return unrest ? `${text}; ${unrest}` : text;
}
