import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { Action, TaskAnswer } from '../wire.js';
import { ACTION_SHELVES } from '../wire.js';
import { Attempts } from './attempts.js';
import { ChangeDialog } from './change-dialog.js';
import { Facts } from './facts.js';
import { ShelfMark } from './marks.js';
import { Empty, Panel, Trouble } from './panel.js';
import { PayloadPanel } from './payload.js';
import { namespace, pathTo, route } from './route.js';
import { session } from './session.js';
import { Name } from './text.js';
import { dateTime, timeOfDay } from './time.js';
import { UnitsPanel } from './units-panel.js';
import { useFeed } from './use-feed.js';
import { Explained } from './waits.js';
import { ACTION_WORDS, EVENT_WORDS } from './words.js';

export function TaskPage() {
  const { task = '' } = route.value.parameters;
  return html`<${Task} key=${`${namespace.value} ${task}`} task=${task} />`;
}

function Task({ task }: { readonly task: string }) {
  const { answer, refusal, refresh } = useFeed<TaskAnswer>('task', { namespace: namespace.value, task });
  const [asking, setAsking] = useState<Action | undefined>(undefined);
  const [said, setSaid] = useState('');
  const done = (action: Action): void => {
    setSaid(`The task was ${ACTION_WORDS[action].done}.`);
    refresh();
  };
  if (refusal?.code === 'TASK_NOT_FOUND') {
    return html`<h1><${Name} text=${task} /></h1>
      <p class="said" role="status">${said}</p>
      <${Empty} title="No such task">It never was, its retention is over, or it was removed.
        ${' '}<a href=${pathTo('tasks')}>All tasks</a><//>`;
  }
  if (!answer)
    return html`<h1><${Name} text=${task} /></h1><${Trouble} refusal=${refusal} />${!refusal && html`<div class="loading" aria-busy="true" />`}`;
  const { row } = answer;
  return html`<div class="page-head">
      <div class="task-title">
        <h1><${Name} text=${row.task} /></h1>
        <${ShelfMark} shelf=${row.shelf} />
      </div>
      <${Actions} answer=${answer} ask=${setAsking} />
    </div>
    <${Trouble} refusal=${refusal} />
    <p class="explained"><${Explained} answer=${answer} /></p>
    <p class="said" role="status">${said}</p>
    <${Facts} answer=${answer} />
    <${UnitsPanel} answer=${answer} />
    <${Attempts} errors=${answer.errors} />
    <div class="columns">
      <${PayloadPanel} part="info" title="Info" task=${row.task} payload=${answer.info} />
      <${PayloadPanel} part="result" title="Result" task=${row.task} payload=${answer.result} />
      <${Timeline} answer=${answer} />
    </div>
    ${asking && html`<${ChangeDialog} action=${asking} row=${row} close=${() => setAsking(undefined)} done=${done} />`}`;
}

interface ActionsProps {
  readonly answer: TaskAnswer;
  readonly ask: (action: Action) => void;
}

/** The changes that have an effect on the task as it stands. */
function Actions({ answer: { row }, ask }: ActionsProps) {
  const { value } = session;
  if (typeof value !== 'object' || value.readOnly) return null;
  const possible = (Object.keys(ACTION_SHELVES) as Action[]).filter((action) =>
    ACTION_SHELVES[action].includes(row.shelf),
  );
  return html`<div class="actions" role="group" aria-label="Change this task">
    ${possible.map(
      (action) =>
        html`<button type="button" class=${`button${action === 'retry' ? ' prime' : ''}`} onClick=${() => ask(action)}>${ACTION_WORDS[action].verb}…</button>`,
    )}
  </div>`;
}

function Timeline({ answer: { events } }: { readonly answer: TaskAnswer }) {
  return html`<${Panel} id="timeline" title="Timeline">
    ${
      events.length === 0
        ? html`<${Empty} title="Its events are gone">The store keeps the last 10 000 of all tasks.<//>`
        : html`<ol class="timeline">
            ${events.map(
              ({ cursor, at, kind, attempt }) => html`<li key=${cursor} class=${`event-${kind}`}>
                <time class="number soft" datetime=${new Date(at).toISOString()} title=${dateTime(at)}>${timeOfDay(at)}</time>
                <span>${EVENT_WORDS[kind]}${attempt > 0 && ['claimed', 'attempt-failed', 'given-back'].includes(kind) && html` <span class="soft">attempt ${attempt}</span>`}</span>
              </li>`,
            )}
          </ol>`
    }
  <//>`;
}
