import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Charts } from '../wire.js';
import { count, counted } from './numbers.js';
import { minuteOfDay, span, timeOfDay } from './time.js';

const HEIGHT = 132;
const TOP = 8;
const BOTTOM = 20;
const PLOT = HEIGHT - TOP - BOTTOM;

/** The width that an element has, also after it changed. */
export function useWidth<Element extends HTMLElement>(otherwise: number) {
  const element = useRef<Element>(null);
  const [width, setWidth] = useState(otherwise);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(120, Math.floor(entry.contentRect.width)));
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return { element, width };
}

interface Frame {
  readonly charts: Charts;
  /** The greatest value, for the scale. */
  readonly most: number;
  readonly label: (value: number) => string;
  /** What the chart says, in words. */
  readonly summary: string;
  /** What one point says. */
  readonly told: (index: number) => string;
  readonly draw: (x: (index: number) => number, y: (value: number) => number, step: number) => unknown;
  readonly isEmpty: boolean;
}

/** A chart over time: a scale with one line at its middle and top, moments below, and a reading under the pointer. */
function TimeChart({ charts, most, label, summary, told, draw, isEmpty }: Frame) {
  const { element, width } = useWidth<HTMLDivElement>(480);
  const [at, setAt] = useState<number | undefined>(undefined);
  const points = charts.released.length;
  const step = width / points;
  const x = (index: number): number => index * step;
  const y = (value: number): number => TOP + PLOT * (1 - value / most);
  const follow = ({ offsetX }: PointerEvent): void =>
    setAt(Math.min(points - 1, Math.max(0, Math.floor(offsetX / step))));
  return html`<figure class="chart" ref=${element}>
    <figcaption>${at === undefined ? summary : html`<span class="number">${timeOfDay(charts.from + at * charts.step)}</span> ${told(at)}`}</figcaption>
    <svg width=${width} height=${HEIGHT} role="img" aria-label=${summary} onPointerMove=${follow} onPointerLeave=${() => setAt(undefined)}>
      ${[most, most / 2].map((value) => html`<line class="grid" x1="0" x2=${width} y1=${y(value)} y2=${y(value)} />`)}
      <line class="axis" x1="0" x2=${width} y1=${y(0)} y2=${y(0)} />
      ${at !== undefined && html`<rect class="reading" x=${x(at)} y=${TOP} width=${step} height=${PLOT} />`}
      ${draw(x, y, step)}
      ${!isEmpty && html`<text class="tick" x="0" y=${y(most) + 11}>${label(most)}</text>`}
      ${[0, 0.5, 1].map((share) => {
        const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
        const moment = minuteOfDay(charts.from + charts.step * points * share);
        return html`<text class="tick" x=${width * share} y=${HEIGHT - 4} text-anchor=${anchor}>${moment}</text>`;
      })}
    </svg>
  </figure>`;
}

/** A round number not below the value. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value) ?? value;
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const RANGE_WORDS: Readonly<Record<Charts['range'], string>> = { '5m': '5 min', '15m': '15 min', '1h': 'hour' };

export function Throughput({ charts }: { readonly charts: Charts }) {
  const { completed, failed } = charts;
  const most = roundUp(Math.max(2, ...completed.map((value, index) => value + (failed[index] ?? 0))));
  const summary = `${count(total(completed))} completed, ${count(total(failed))} failed in the last ${RANGE_WORDS[charts.range]}`;
  return html`<${TimeChart}
    charts=${charts} most=${most} label=${count} summary=${summary} isEmpty=${total(completed) + total(failed) === 0}
    told=${(index: number) => `${counted(completed[index] ?? 0, 'task')} completed, ${count(failed[index] ?? 0)} failed`}
    draw=${(x: (index: number) => number, y: (value: number) => number, step: number) => {
      const bar = (index: number, from: number, value: number, kind: string) =>
        value > 0 &&
        html`<rect class=${kind} x=${x(index) + 0.5} width=${Math.max(1, step - 1.5)} y=${y(from + value)} height=${y(from) - y(from + value)} />`;
      return completed.map((value, index) => [
        bar(index, 0, value, 'fill-accent'),
        bar(index, value, failed[index] ?? 0, 'fill-failed'),
      ]);
    }}
  />`;
}

export function ReleaseLatency({ charts }: { readonly charts: Charts }) {
  const { latencyP50, latencyP95, stages } = charts;
  const most = Math.max(10, ...latencyP95.map((value) => value ?? 0)) * 1.1;
  const { count: released, p50, p95 } = stages.release;
  const summary =
    released === 0
      ? `Nothing was released in the last ${RANGE_WORDS[charts.range]}`
      : `Half within ${span(p50 ?? 0)}, 95 % within ${span(p95 ?? 0)} of the close`;
  return html`<${TimeChart}
    charts=${charts} most=${most} label=${span} summary=${summary} isEmpty=${released === 0}
    told=${(index: number) => {
      const [half, most95] = [latencyP50[index], latencyP95[index]];
      return half == null ? 'nothing released' : `half within ${span(half)}, 95 % within ${span(most95 ?? half)}`;
    }}
    draw=${(x: (index: number) => number, y: (value: number) => number, step: number) =>
      latencyP50.map((half, index) => {
        const high = latencyP95[index];
        if (half == null || high == null) return null;
        const top = y(high);
        return html`<rect class="fill-accent-soft" x=${x(index) + 0.5} width=${Math.max(1, step - 1.5)} y=${top} height=${Math.max(1, y(0) - top)} />
          <rect class="fill-accent" x=${x(index) + 0.5} width=${Math.max(1, step - 1.5)} y=${y(half) - 1} height="2" />`;
      })}
  />`;
}
