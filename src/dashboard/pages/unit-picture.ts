import { html } from 'htm/preact';
import type { UnitsAnswer } from '../wire.js';
import { plain } from './text.js';
import { span } from './time.js';
import { UNIT_WORDS } from './words.js';

/** What a unit is, in a line. */
export function unitLine(units: UnitsAnswer, index: number, now: number): string {
  const state = units.states[index] ?? 'locked';
  const holder = units.holders[units.holder[index] ?? 0] ?? '';
  const from = units.lockedAt[index] ?? now;
  const took = span((units.endedAt[index] ?? now) - from);
  const how = state === 'locked' ? `for ${took}` : `after ${took}`;
  return `${plain(units.names[index] ?? '')} · ${UNIT_WORDS[state].toLowerCase()} ${how} · ${plain(holder)}`;
}

interface FrameProps {
  readonly label: string;
  readonly units: UnitsAnswer;
  readonly now: number;
  /** The unit under the pointer or the keyboard; −1 for none. */
  readonly active: number;
  readonly setActive: (index: number) => void;
  readonly pick: (index: number) => void;
  /** Where a key leads from a unit; `undefined` for a key that leads nowhere. */
  readonly move: (index: number, key: string) => number | undefined;
  readonly children?: unknown;
}

/**
 * A picture in which one unit is the active one: by the pointer, or by the arrow keys as in a list of which one entry is
 * shown at a time.
 */
export function UnitPicture({ label, units, now, active, setActive, pick, move, children }: FrameProps) {
  const onKeyDown = (event: KeyboardEvent): void => {
    if ((event.key === 'Enter' || event.key === ' ') && active >= 0) {
      event.preventDefault();
      return pick(active);
    }
    const next = active < 0 && event.key.startsWith('Arrow') ? 0 : move(active, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setActive(Math.min(units.names.length - 1, Math.max(0, next)));
  };
  const line = active >= 0 ? unitLine(units, active, now) : '';
  return html`<div class="picture" role="listbox" tabindex="0" aria-label=${`${label}. The arrow keys move, Enter shows one.`}
      aria-activedescendant=${active >= 0 ? 'active-unit' : undefined} onKeyDown=${onKeyDown} onPointerLeave=${() => setActive(-1)}>
      ${children}
      <div id="active-unit" class="unseen" role="option" aria-selected=${active >= 0}>${line || 'none'}</div>
    </div>
    <p class="reading-line soft">${line || 'Point at a unit, or move with the arrow keys'}</p>`;
}
