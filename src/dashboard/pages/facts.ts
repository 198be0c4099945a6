import { html } from 'htm/preact';
import type { TaskAnswer } from '../wire.js';
import { count } from './numbers.js';
import { Ago, Left, span } from './time.js';

const CLOSED_BY = {
  call: 'by a call',
  idle: 'by itself, being idle',
  age: 'by itself, being old',
  expect: 'by itself, being complete',
};

/** The moments and options of a task. */
export function Facts({ answer }: { readonly answer: TaskAnswer }) {
  const { row, options, deadlineAt } = answer;
  const { createdAt, closedAt, closedBy, releasedAt, endedAt, attempt, shelf } = row;
  const isWaiting = shelf === 'locked';
  const fact = (name: string, value: unknown) => value && html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl class="facts">
    ${fact('Created', html`<${Ago} at=${createdAt} />`)}
    ${fact('Closed', closedAt !== null && html`<${Ago} at=${closedAt} /> <span class="soft">${closedBy && CLOSED_BY[closedBy]}</span>`)}
    ${fact('Released', releasedAt !== null && html`<${Ago} at=${releasedAt} />`)}
    ${fact('Ended', endedAt !== null && html`<${Ago} at=${endedAt} />`)}
    ${fact('Fan-in took', releasedAt !== null && span(releasedAt - createdAt))}
    ${fact('Deadline', isWaiting && deadlineAt !== null && html`<${Left} until=${deadlineAt} />`)}
    ${fact('Expected', expected(options.expect))}
    ${fact('Attempts', html`${attempt} <span class="soft">of ${options.attempts}, ${span(options.timeout)} each</span>`)}
    ${fact('When incomplete', options.incomplete === 'fail' ? 'fails' : 'is released with what there is')}
    ${fact('Without a worker', !options.worker && 'released means completed')}
  </dl>`;
}

function expected(expect: TaskAnswer['options']['expect']) {
  if (expect === null) return null;
  return typeof expect === 'number' ? `${count(expect)} units` : `${count(expect.length)} named units`;
}
