import { html } from 'htm/preact';
import type { UnitCounts, UnitState } from '../../index.js';
import type { Shelf } from '../wire.js';
import { count } from './numbers.js';
import { SHELF_WORDS, UNIT_WORDS } from './words.js';

/** A sign for each state, told apart by its form too. In a square of 12. */
const SIGNS: Readonly<Record<string, unknown>> = {
  open: html`<circle cx="6" cy="6" r="4" class="line" />`,
  locked: html`<circle cx="6" cy="6" r="4" class="line" /><path d="M6 2a4 4 0 0 0 0 8z" class="area" />`,
  released: html`<circle cx="6" cy="6" r="4.6" class="area" />`,
  delayed: html`<circle cx="6" cy="6" r="4" class="line dotted" />`,
  processing: html`<circle cx="6" cy="6" r="4.4" class="line" /><circle cx="6" cy="6" r="2" class="area" />`,
  completed: html`<path d="M2 6.4 4.9 9.2 10 3" class="line" />`,
  done: html`<path d="M2 6.4 4.9 9.2 10 3" class="line" />`,
  failed: html`<path d="M2.6 2.6 9.4 9.4M9.4 2.6 2.6 9.4" class="line" />`,
  expired: html`<circle cx="6" cy="6" r="4" class="line" /><path d="M6 3.6V6.2L7.8 7.6" class="line thin" />`,
};

export function Sign({ state }: { readonly state: Shelf | UnitState }) {
  return html`<svg class=${`sign state-${state}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">${SIGNS[state]}</svg>`;
}

export function ShelfMark({ shelf }: { readonly shelf: Shelf }) {
  return html`<span class="mark"><${Sign} state=${shelf} />${SHELF_WORDS[shelf].word}</span>`;
}

export function UnitMark({ state }: { readonly state: UnitState }) {
  return html`<span class="mark"><${Sign} state=${state} />${UNIT_WORDS[state]}</span>`;
}

const ORDER: readonly UnitState[] = ['done', 'locked', 'failed', 'expired'];

/** How far a task is: its units by state, and how many of how many are done. */
export function UnitsBar({ units, outstanding }: { readonly units: UnitCounts; readonly outstanding: number }) {
  const known = units.done + units.locked + units.failed + units.expired;
  const all = Math.max(known, units.done + outstanding);
  if (all === 0) return html`<span class="soft">none</span>`;
  let from = 0;
  const parts = ORDER.filter((state) => units[state] > 0).map((state) => {
    const width = (units[state] / all) * 64;
    const part = html`<rect x=${from} y="0" width=${width} height="6" class=${`fill-${state}`} />`;
    from += width;
    return part;
  });
  const told = ORDER.filter((state) => units[state] > 0).map((state) => `${count(units[state])} ${state}`);
  return html`<span class="units-bar" title=${told.join(', ')}>
    <svg width="64" height="6" viewBox="0 0 64 6" aria-hidden="true"><rect width="64" height="6" class="fill-none" />${parts}</svg>
    <span class="number">${count(units.done)}<span class="soft">/${count(all)}</span></span>
  </span>`;
}
