import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { ChartRange, OverviewAnswer, Shelf } from '../wire.js';
import { STAGES } from '../wire.js';
import { Alerts } from './alerts.js';
import { ReleaseLatency, Throughput } from './charts.js';
import { ShelfMark, Sign, UnitsBar } from './marks.js';
import { count } from './numbers.js';
import { Empty, Panel, Trouble } from './panel.js';
import { namespace, pathTo } from './route.js';
import { Name } from './text.js';
import { Ago, span } from './time.js';
import { useFeed } from './use-feed.js';
import { Waits } from './waits.js';
import { EVENT_WORDS, SHELF_WORDS, STAGE_WORDS } from './words.js';

const TILES: readonly Shelf[] = ['open', 'locked', 'released', 'delayed', 'processing', 'completed', 'failed'];
const RANGES: readonly (readonly [ChartRange, string])[] = [
  ['5m', '5 min'],
  ['15m', '15 min'],
  ['1h', '1 h'],
];

export function OverviewPage() {
  const [range, setRange] = useState<ChartRange>('15m');
  const { answer, refusal } = useFeed<OverviewAnswer>('overview', { namespace: namespace.value, range });
  return html`<h1 class="unseen">Overview</h1>
    <${Trouble} refusal=${refusal} />
    ${answer ? html`<${Overview} answer=${answer} range=${range} setRange=${setRange} />` : !refusal && html`<div class="loading" aria-busy="true" />`}`;
}

interface OverviewProps {
  readonly answer: OverviewAnswer;
  readonly range: ChartRange;
  readonly setRange: (range: ChartRange) => void;
}

function Overview({ answer, range, setRange }: OverviewProps) {
  const { charts } = answer;
  const ranges = html`<div class="segments" role="group" aria-label="Range of the charts">
    ${RANGES.map(
      ([value, word]) =>
        html`<button type="button" aria-pressed=${value === range} onClick=${() => setRange(value)}>${word}</button>`,
    )}
  </div>`;
  return html`<${Counts} answer=${answer} />
    <${Alerts} alerts=${answer.alerts} />
    <div class="columns">
      <${Panel} id="throughput" title="Throughput" aside=${ranges}><${Throughput} charts=${charts} /><//>
      <${Panel} id="latency" title="Release latency" aside=${html`<span class="soft">from close to release</span>`}>
        <${ReleaseLatency} charts=${charts} />
      <//>
    </div>
    <${Oldest} answer=${answer} />
    <div class="columns">
      <${Recent} answer=${answer} />
      <${Stages} answer=${answer} />
    </div>`;
}

function Counts({ answer: { stats } }: { readonly answer: OverviewAnswer }) {
  return html`<ul class="tiles" aria-label="Tasks by state">
    ${TILES.map((shelf) => {
      const { word, meaning } = SHELF_WORDS[shelf];
      const ever = shelf === 'completed' || shelf === 'failed';
      const value = shelf === 'failed' ? stats.deadLetters : stats[shelf];
      const detail =
        shelf === 'failed' ? `${count(stats.failed)} ever` : ever ? `ever, ${count(stats.tombstones)} kept` : meaning;
      return html`<li>
        <a class=${`tile${value === 0 ? ' zero' : ''}`} href=${pathTo('tasks', { state: shelf })}>
          <span class="mark"><${Sign} state=${shelf} />${word}</span>
          <span class="tile-number number">${count(value)}</span>
          <span class="soft">${detail}</span>
        </a>
      </li>`;
    })}
  </ul>`;
}

function Oldest({ answer: { oldest, oldestOfSome } }: { readonly answer: OverviewAnswer }) {
  const aside = oldestOfSome && html`<span class="soft">among the 1000 next due</span>`;
  if (oldest.length === 0) {
    return html`<${Panel} id="oldest" title="Oldest waiting">
      <${Empty} title="Nothing waits">A task that is closed and not yet with a worker is listed here, with what it waits for.<//>
    <//>`;
  }
  return html`<${Panel} id="oldest" title="Oldest waiting" aside=${aside}>
    <table class="list">
      <thead><tr><th>Task</th><th>State</th><th class="right">Waiting</th><th>Units</th><th>Waits for</th></tr></thead>
      <tbody>
        ${oldest.map(
          ({ task, shelf, since, units, outstanding, waitsFor }) => html`<tr key=${task}>
            <td class="main"><a href=${pathTo('task', { task })} data-row><${Name} text=${task} /></a></td>
            <td><${ShelfMark} shelf=${shelf} /></td>
            <td class="right number"><${Ago} at=${since} bare /></td>
            <td><${UnitsBar} units=${units} outstanding=${outstanding} /></td>
            <td class="wide"><${Waits} waitsFor=${waitsFor} /></td>
          </tr>`,
        )}
      </tbody>
    </table>
  <//>`;
}

function Recent({ answer: { events } }: { readonly answer: OverviewAnswer }) {
  return html`<${Panel} id="recent" title="Recent events">
    ${
      events.length === 0
        ? html`<${Empty} title="No events yet">Lock a unit or open a task, and its way appears here.<//>`
        : html`<ol class="feed">
            ${events.map(
              ({ cursor, at, kind, task }) => html`<li key=${cursor}>
                <span class="soft number feed-time"><${Ago} at=${at} bare /></span>
                <a href=${pathTo('task', { task })}><${Name} text=${task} /></a>
                <span class=${`soft event-${kind}`}>${EVENT_WORDS[kind]}</span>
              </li>`,
            )}
          </ol>`
    }
  <//>`;
}

function Stages({ answer: { charts } }: { readonly answer: OverviewAnswer }) {
  return html`<${Panel} id="stages" title="Time by stage" aside=${html`<span class="soft">same range as the charts</span>`}>
    <table class="list numbers">
      <thead><tr><th>Stage</th><th class="right">Tasks</th><th class="right">Half within</th><th class="right">95 %</th><th class="right">Longest</th></tr></thead>
      <tbody>
        ${STAGES.map((stage) => {
          const { count: number, p50, p95, max } = charts.stages[stage];
          const { word, meaning } = STAGE_WORDS[stage];
          const cell = (ms: number | null) => html`<td class="right number">${ms === null ? '–' : span(ms)}</td>`;
          return html`<tr>
            <th scope="row">${word} <span class="soft">${meaning}</span></th>
            <td class="right number">${count(number)}</td>${cell(p50)}${cell(p95)}${cell(max)}
          </tr>`;
        })}
      </tbody>
    </table>
  <//>`;
}
