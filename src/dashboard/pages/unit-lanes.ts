import { html } from 'htm/preact';
import { useMemo, useState } from 'preact/hooks';
import type { TaskAnswer, UnitsAnswer } from '../wire.js';
import { useWidth } from './charts.js';
import { now as clock } from './clock.js';
import type { Bar, Lane } from './lane-layout.js';
import { lanesOf } from './lane-layout.js';
import { counted } from './numbers.js';
import { Name } from './text.js';
import { dateTime, span, wholeSpan } from './time.js';
import { UnitPicture } from './unit-picture.js';

const LINE = 14;
const BAR = 10;
const PADDING = 6;

interface UnitLanesProps {
  readonly answer: TaskAnswer;
  readonly units: UnitsAnswer;
  readonly at: number;
  readonly pick: (index: number) => void;
}

/** Who held which unit when: a lane for each holder, time from left to right. */
export function UnitLanes({ answer, units, at, pick }: UnitLanesProps) {
  const { row } = answer;
  const isRunning = units.states.includes('locked');
  const now = isRunning ? clock.value : units.now;
  const [active, setActive] = useState(-1);
  const lanes = useMemo(() => lanesOf(units, now), [units, now]);
  const { element, width } = useWidth<HTMLDivElement>(600);
  const from = Math.min(row.createdAt, ...units.lockedAt);
  const to = Math.max(from + 1000, ...lanes.flatMap(({ bars }) => bars.map((bar) => bar.to)));
  const scale = width / (to - from);
  const x = (moment: number): number => (moment - from) * scale;
  const label = `${counted(units.names.length, 'unit')} by ${counted(units.holders.length, 'holder')}, over ${span(to - from)}`;
  return html`<${UnitPicture} label=${label} units=${units} now=${now} active=${active} setActive=${setActive} pick=${pick}
      move=${(index: number, key: string) => neighbour(lanes, index, key)}>
    <div class="lanes">
      <div class="lane-names" aria-hidden="true">
        ${lanes.map(({ holder, lines }) => html`<div class="lane-name" style=${{ height: `${lines * LINE + PADDING}px` }}><${Name} text=${holder} /></div>`)}
      </div>
      <div class="lane-plot" ref=${element}>
        ${lanes.map((lane) => html`<${LaneRow} lane=${lane} units=${units} x=${x} width=${width} active=${active} at=${at} setActive=${setActive} pick=${pick} closedAt=${row.closedAt} />`)}
        <${TimeAxis} from=${from} to=${to} width=${width} />
      </div>
    </div>
  <//>`;
}

interface LaneRowProps {
  readonly lane: Lane;
  readonly units: UnitsAnswer;
  readonly x: (moment: number) => number;
  readonly width: number;
  readonly active: number;
  readonly at: number;
  readonly closedAt: number | null;
  readonly setActive: (index: number) => void;
  readonly pick: (index: number) => void;
}

function LaneRow({ lane, units, x, width, active, at, closedAt, setActive, pick }: LaneRowProps) {
  const height = lane.lines * LINE + PADDING;
  return html`<svg class="lane" width=${width} height=${height} aria-hidden="true">
    ${lane.bars.map(({ index, from, to, line }) => {
      const kind = index === active || index === at ? ' active' : '';
      return html`<rect key=${index} class=${`unit fill-${units.states[index]}${kind}`} x=${x(from)} y=${line * LINE + PADDING / 2 + (LINE - BAR) / 2}
        width=${Math.max(3, x(to) - x(from))} height=${BAR} rx="2" onPointerEnter=${() => setActive(index)} onClick=${() => pick(index)} />`;
    })}
    ${closedAt !== null && html`<line class="closed-line" x1=${x(closedAt)} x2=${x(closedAt)} y1="0" y2=${height} />`}
  </svg>`;
}

/** Left and right go through a lane in time, up and down to what was held at that time in the next one. */
function neighbour(lanes: readonly Lane[], index: number, key: string): number | undefined {
  const lane = lanes.findIndex(({ bars }) => bars.some((bar) => bar.index === index));
  const bars = lanes[lane]?.bars ?? [];
  const place = bars.findIndex((bar) => bar.index === index);
  const here = bars[place];
  switch (key) {
    case 'ArrowRight':
      return (bars[place + 1] ?? lanes[lane + 1]?.bars[0] ?? here)?.index;
    case 'ArrowLeft':
      return (bars[place - 1] ?? lanes[lane - 1]?.bars.at(-1) ?? here)?.index;
    case 'ArrowDown':
      return nearest(lanes[lane + 1]?.bars, here) ?? index;
    case 'ArrowUp':
      return nearest(lanes[lane - 1]?.bars, here) ?? index;
    case 'Home':
      return lanes[0]?.bars[0]?.index;
    case 'End':
      return lanes.at(-1)?.bars.at(-1)?.index;
  }
  return undefined;
}

function nearest(bars: readonly Bar[] | undefined, to: Bar | undefined): number | undefined {
  if (!bars || !to) return undefined;
  const distance = ({ from }: Bar): number => Math.abs(from - to.from);
  return [...bars].sort((a, b) => distance(a) - distance(b))[0]?.index;
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800];

function tickText(tick: number, step: number): string {
  const inMinutes = step % 60_000 === 0 && tick < 7_200_000;
  return inMinutes ? `${tick / 60_000} min` : wholeSpan(tick);
}

/** Times since the beginning, at round distances. */
function TimeAxis({ from, to, width }: { readonly from: number; readonly to: number; readonly width: number }) {
  const seconds = (to - from) / 1000;
  const most = Math.max(2, Math.floor(width / 90));
  const step = (STEPS.find((candidate) => seconds / candidate <= most) ?? seconds / most) * 1000;
  const ticks = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => index * step);
  return html`<svg class="time-axis" width=${width} height="18" aria-hidden="true">
    <line class="axis" x1="0" x2=${width} y1="0.5" y2="0.5" />
    ${ticks.map((tick) => {
      const place = (tick / (to - from)) * width;
      if (place > width - 30 && tick > 0) return null;
      return html`<line class="axis" x1=${place} x2=${place} y1="0" y2="4" />
        <text class="tick" x=${place + (tick === 0 ? 0 : 3)} y="14"><title>${dateTime(from + tick)}</title>${tick === 0 ? '0' : `+${tickText(tick, step)}`}</text>`;
    })}
  </svg>`;
}
