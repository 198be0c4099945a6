import { html } from 'htm/preact';
import { useMemo, useState } from 'preact/hooks';
import type { UnitState } from '../../index.js';
import type { UnitsAnswer } from '../wire.js';
import { now } from './clock.js';
import { UnitMark } from './marks.js';
import { count } from './numbers.js';
import { Name } from './text.js';
import { Ago, span } from './time.js';
import { UNIT_WORDS } from './words.js';

const STEP = 50;
const STATES: readonly UnitState[] = ['done', 'locked', 'failed', 'expired'];

interface UnitTableProps {
  readonly units: UnitsAnswer;
  readonly at: number;
  readonly pick: (index: number) => void;
}

/** The units in words, for those who do not see the picture or want it exact. */
export function UnitTable({ units, at, pick }: UnitTableProps) {
  const [state, setState] = useState<UnitState | undefined>(undefined);
  const [shown, setShown] = useState(STEP);
  const indexes = useMemo(() => {
    const all = units.names.map((_, index) => index);
    return state === undefined ? all : all.filter((index) => units.states[index] === state);
  }, [units, state]);
  const present = STATES.filter((one) => units.states.includes(one));
  const choose = (one: UnitState | undefined): void => {
    setState(one);
    setShown(STEP);
  };
  return html`<details class="unit-table">
    <summary>All units as a table</summary>
    ${
      present.length > 1 &&
      html`<div class="segments" role="group" aria-label="Units by state">
        ${[undefined, ...present].map((one) => html`<button type="button" aria-pressed=${one === state} onClick=${() => choose(one)}>${one ? UNIT_WORDS[one] : 'All'}</button>`)}
      </div>`
    }
    <table class="list units">
      <thead><tr><th>Unit</th><th>State</th><th>Holder</th><th class="right">Locked</th><th class="right">Took</th></tr></thead>
      <tbody>${indexes.slice(0, shown).map((index) => html`<${Row} key=${units.names[index]} units=${units} index=${index} isPicked=${index === at} pick=${pick} />`)}</tbody>
    </table>
    ${indexes.length > shown && html`<button type="button" class="button" onClick=${() => setShown(shown + STEP)}>Show more of ${count(indexes.length)}</button>`}
  </details>`;
}

interface RowProps {
  readonly units: UnitsAnswer;
  readonly index: number;
  readonly isPicked: boolean;
  readonly pick: (index: number) => void;
}

function Row({ units, index, isPicked, pick }: RowProps) {
  const lockedAt = units.lockedAt[index] ?? 0;
  const ended = units.endedAt[index];
  return html`<tr class=${isPicked ? 'picked' : undefined}>
    <td class="main"><button type="button" class="link" onClick=${() => pick(index)}><${Name} text=${units.names[index] ?? ''} /></button></td>
    <td><${UnitMark} state=${units.states[index] ?? 'locked'} /></td>
    <td><${Name} text=${units.holders[units.holder[index] ?? 0] ?? ''} /></td>
    <td class="right number"><${Ago} at=${lockedAt} /></td>
    <td class="right number">${span((ended ?? now.value) - lockedAt)}</td>
  </tr>`;
}
