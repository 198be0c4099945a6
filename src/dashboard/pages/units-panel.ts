import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { UnitState } from '../../index.js';
import type { TaskAnswer, UnitsAnswer } from '../wire.js';
import { Sign } from './marks.js';
import { count, counted } from './numbers.js';
import { Empty, Panel, Trouble } from './panel.js';
import { UnitCard } from './unit-card.js';
import { UnitGrid } from './unit-grid.js';
import { UnitLanes } from './unit-lanes.js';
import { UnitTable } from './unit-table.js';
import { useUnits } from './use-units.js';
import { UNIT_WORDS } from './words.js';

/** Beyond so many units a bar for each is too narrow to tell anything. */
const MOST_IN_LANES = 500;
const STATES: readonly UnitState[] = ['done', 'locked', 'failed', 'expired'];

/** The units of a task as a picture, the one that was picked, and all of them as a table. */
export function UnitsPanel({ answer }: { readonly answer: TaskAnswer }) {
  const { units, refusal } = useUnits(answer);
  const [picked, setPicked] = useState<string | undefined>(undefined);
  const { row } = answer;
  const total = STATES.reduce((sum, state) => sum + row.units[state], 0);
  if (total === 0) {
    return html`<${Panel} id="units" title="Units"><${Empty} title="No units">Nobody has locked one.<//><//>`;
  }
  const legend = html`<ul class="legend" aria-label="Units by state">
    ${STATES.filter((state) => row.units[state] > 0).map(
      (state) =>
        html`<li><${Sign} state=${state} /><span class="number">${count(row.units[state])}</span> ${UNIT_WORDS[state].toLowerCase()}</li>`,
    )}
  </ul>`;
  return html`<${Panel} id="units" title="Units" aside=${legend}>
    <${Trouble} refusal=${refusal} />
    ${!units && !refusal && html`<div class="loading" aria-busy="true" />`}
    ${units && html`<${Pictured} answer=${answer} units=${units} picked=${picked} pick=${setPicked} />`}
  <//>`;
}

interface PicturedProps {
  readonly answer: TaskAnswer;
  readonly units: UnitsAnswer;
  readonly picked: string | undefined;
  readonly pick: (unit: string | undefined) => void;
}

function Pictured({ answer, units, picked, pick }: PicturedProps) {
  const number = units.names.length;
  if (number === 0) {
    return html`<${Empty} title="The units are not kept any more">
      Names and outcomes of units stay five minutes after the completion; their counts stay with the task.<//>`;
  }
  const at = picked === undefined ? -1 : units.names.indexOf(picked);
  const pickAt = (index: number): void => pick(units.names[index]);
  const Picture = number > MOST_IN_LANES ? UnitGrid : UnitLanes;
  return html`<${Picture} answer=${answer} units=${units} at=${at} pick=${pickAt} />
    ${units.omitted > 0 && html`<p class="note soft">${counted(units.omitted, 'unit')} beyond these ${count(number)} are counted, but not shown.</p>`}
    ${at >= 0 && html`<${UnitCard} key=${picked} units=${units} at=${at} task=${answer.row.task} close=${() => pick(undefined)} />`}
    <${UnitTable} units=${units} at=${at} pick=${pickAt} />`;
}
