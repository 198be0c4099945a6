import { html } from 'htm/preact';
import type { TaskRow } from '../wire.js';
import { ShelfMark, UnitsBar } from './marks.js';
import { pathTo } from './route.js';
import { Name } from './text.js';
import { Ago, Left } from './time.js';
import { FAILURE_WORDS } from './words.js';

/** Tasks, a row each. */
export function TaskTable({ tasks, isStale }: { readonly tasks: readonly TaskRow[]; readonly isStale: boolean }) {
  if (tasks.length === 0) return null;
  return html`<table class=${`list tasks panel${isStale ? ' stale' : ''}`}>
    <thead><tr><th>Task</th><th>State</th><th>Units</th><th class="right">Created</th><th>Next</th></tr></thead>
    <tbody>${tasks.map((row) => html`<${Row} key=${`${row.incarnation} ${row.task}`} row=${row} />`)}</tbody>
  </table>`;
}

function Row({ row }: { readonly row: TaskRow }) {
  const { task, shelf, units, outstanding, createdAt } = row;
  return html`<tr>
    <td class="main"><a href=${pathTo('task', { task })} data-row><${Name} text=${task} /></a></td>
    <td><${ShelfMark} shelf=${shelf} /></td>
    <td><${UnitsBar} units=${units} outstanding=${outstanding} /></td>
    <td class="right number"><${Ago} at=${createdAt} /></td>
    <td class="wide">${next(row)}</td>
  </tr>`;
}

/** What comes next for it, in a few words. */
function next({ shelf, due, attempt, failure, reason, outstanding, endedAt, releasedAt }: TaskRow) {
  switch (shelf) {
    case 'open':
      return html`<span class="soft">waits for its close</span>`;
    case 'locked':
      return html`${outstanding} outstanding${due !== null && html`<span class="soft">, <${Left} until=${due} /></span>`}`;
    case 'released':
      return releasedAt !== null && html`for a worker, since <${Ago} at=${releasedAt} bare />`;
    case 'delayed':
      return html`attempt ${attempt + 1}${due !== null && html`<span class="soft">, <${Left} until=${due} /></span>`}`;
    case 'processing':
      return html`attempt ${attempt}${due !== null && html`<span class="soft">, lease <${Left} until=${due} /></span>`}`;
    case 'failed':
      return html`${failure && FAILURE_WORDS[failure]}${reason && html`: <${Name} text=${reason} />`}`;
    case 'completed':
      return endedAt !== null && html`<span class="soft">completed <${Ago} at=${endedAt} /></span>`;
  }
}
