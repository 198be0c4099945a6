import { html } from 'htm/preact';
import type { Alert } from '../wire.js';
import { counted } from './numbers.js';
import { pathTo } from './route.js';
import { Name } from './text.js';
import { Ago } from './time.js';
import { Waits } from './waits.js';
import { FAILURE_WORDS } from './words.js';

/** What an operator should know, in sentences. */
export function Alerts({ alerts }: { readonly alerts: readonly Alert[] }) {
  if (alerts.length === 0) return html`<p class="calm">Nothing needs attention.</p>`;
  return html`<ul class="alerts" aria-label="Alerts">
    ${alerts.map((alert) => html`<li key=${`${alert.kind} ${alert.task}`} class=${`alert ${alert.kind}`}><span><${Sentence} alert=${alert} /></span></li>`)}
  </ul>`;
}

function Sentence({ alert }: { readonly alert: Alert }) {
  const task = html`<a href=${pathTo('task', { task: alert.task })}><${Name} text=${alert.task} /></a>`;
  switch (alert.kind) {
    case 'waiting':
      return html`${task} closed <${Ago} at=${alert.since} />, waits for <${Waits} waitsFor=${alert.waitsFor} />.`;
    case 'backlog':
      return html`<a href=${pathTo('tasks', { state: 'released' })}>${counted(alert.count, 'released task')}</a>
        ${alert.count === 1 ? ' waits' : ' wait'} for a worker, the first, ${task}, since <${Ago} at=${alert.since} bare />.
        ${alert.lastClaimAt === null ? ' No worker has claimed one lately.' : html` The last claim was <${Ago} at=${alert.lastClaimAt} />.`}`;
    case 'overdue':
      return html`Nobody sweeps: ${task} was due <${Ago} at=${alert.since} />. A running worker does it, or <code>tusker sweep --loop</code>.`;
    case 'failed':
      return html`<a href=${pathTo('tasks', { state: 'failed' })}>${counted(alert.count, 'task')} failed</a>
        ${' in the last 15 min'}${alert.count === 1 ? ': ' : ', the last one '}${task} <${Ago} at=${alert.since} />
        ${alert.failure && ` (${FAILURE_WORDS[alert.failure]})`}.`;
  }
}
