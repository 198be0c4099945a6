import { html } from 'htm/preact';
import { useMemo, useState } from 'preact/hooks';
import type { UnitState } from '../../index.js';
import type { TaskAnswer, UnitsAnswer } from '../wire.js';
import { useWidth } from './charts.js';
import { counted } from './numbers.js';
import { UnitPicture } from './unit-picture.js';

const STATES: readonly UnitState[] = ['done', 'locked', 'failed', 'expired'];

interface UnitGridProps {
  readonly answer: TaskAnswer;
  readonly units: UnitsAnswer;
  readonly at: number;
  readonly pick: (index: number) => void;
}

/** A square for each unit, in natural order of names. One path for each state: 10 000 of them are four elements. */
export function UnitGrid({ units, at, pick }: UnitGridProps) {
  const number = units.names.length;
  const { element, width } = useWidth<HTMLDivElement>(800);
  const [active, setActive] = useState(-1);
  const cell = number > 4000 ? 7 : 10;
  const columns = Math.max(1, Math.floor(width / cell));
  const height = Math.ceil(number / columns) * cell;
  const paths = useMemo(() => pathsOf(units, columns, cell), [units, columns, cell]);
  const indexAt = ({ offsetX, offsetY }: MouseEvent): number => {
    const index = Math.floor(offsetY / cell) * columns + Math.min(columns - 1, Math.floor(offsetX / cell));
    return index < number ? index : -1;
  };
  const frame = (index: number) =>
    index >= 0 &&
    html`<rect class="cell-frame" x=${(index % columns) * cell - 0.5} y=${Math.floor(index / columns) * cell - 0.5} width=${cell} height=${cell} />`;
  return html`<${UnitPicture} label=${`${counted(number, 'unit')} in the order of their names`} units=${units} now=${units.now}
      active=${active} setActive=${setActive} pick=${pick} move=${(index: number, key: string) => moved(index, key, columns, number)}>
    <div ref=${element} class="grid-plot">
      <svg width=${columns * cell} height=${height} aria-hidden="true" onPointerMove=${(event: PointerEvent) => setActive(indexAt(event))}
        onClick=${(event: MouseEvent) => indexAt(event) >= 0 && pick(indexAt(event))}>
        ${STATES.map((state) => paths[state] !== '' && html`<path class=${`fill-${state}`} d=${paths[state]} />`)}
        ${frame(active)}${frame(at)}
      </svg>
    </div>
  <//>`;
}

function pathsOf(units: UnitsAnswer, columns: number, cell: number): Record<UnitState, string> {
  const paths: Record<UnitState, string[]> = { done: [], locked: [], failed: [], expired: [] };
  const side = cell - 1;
  for (const [index, state] of units.states.entries()) {
    paths[state].push(`M${(index % columns) * cell} ${Math.floor(index / columns) * cell}h${side}v${side}h-${side}z`);
  }
  const { done, locked, failed, expired } = paths;
  return { done: done.join(''), locked: locked.join(''), failed: failed.join(''), expired: expired.join('') };
}

function moved(index: number, key: string, columns: number, number: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -number,
    End: number,
  };
  const step = steps[key];
  return step === undefined ? undefined : index + step;
}
