import { html } from 'htm/preact';
import type { Waiting } from '../../index.js';
import type { TaskAnswer } from '../wire.js';
import { count, counted } from './numbers.js';
import { Name } from './text.js';
import { Ago, Left } from './time.js';
import { FAILURE_WORDS } from './words.js';

/** What a task waits for, as the end of a sentence: "chunk-19 held by web-3 and 2 others, 12 s left". */
export function Waits({ waitsFor }: { readonly waitsFor: readonly Waiting[] }) {
  return waitsFor.map((waiting, index) => html`${index > 0 && ', and for '}<${Wait} waiting=${waiting} />`);
}

function Wait({ waiting }: { readonly waiting: Waiting }) {
  const { until } = waiting;
  return html`${what(waiting)}${until !== undefined && html`, <${Left} until=${until} />`}`;
}

function what({ what: kind, unit = '', holder = '', count: number }: Waiting) {
  const others = number > 1 ? ` and ${counted(number - 1, 'other')}` : '';
  switch (kind) {
    case 'close':
      return 'its close';
    case 'lock':
      return html`<${Name} text=${unit} /> held by <${Name} text=${holder} />${others}`;
    case 'backoff':
      return html`the backoff of <${Name} text=${unit} />${others}`;
    case 'unit':
      return html`<${Name} text=${unit} />${others} to be taken over`;
    case 'expected':
      return html`${counted(number, 'expected unit')}${unit !== '' && html` such as <${Name} text=${unit} />`}`;
    case 'worker':
      return 'a worker';
    case 'delay':
      return 'its next attempt';
    case 'attempt':
      return html`worker <${Name} text=${holder} />`;
  }
}

/** One sentence that says where a task stands and what it waits for. */
export function Explained({ answer }: { readonly answer: TaskAnswer }) {
  const { row, waitsFor, options, claim } = answer;
  const { shelf, units, closedAt, createdAt, releasedAt, endedAt, attempt } = row;
  const done = `${count(units.done)} ${units.done === 1 ? 'unit' : 'units'} done`;
  const waits = html`waits for <${Waits} waitsFor=${waitsFor} />.`;
  switch (shelf) {
    case 'open':
      return html`Open since <${Ago} at=${createdAt} bare />, ${done}; ${waits}`;
    case 'locked':
      return html`Closed <${Ago} at=${closedAt ?? createdAt} /> with ${done}; ${waits}`;
    case 'released':
      return html`Released <${Ago} at=${releasedAt ?? createdAt} />${attempt > 0 && `, after attempt ${attempt} of ${options.attempts}`}; ${waits}`;
    case 'delayed':
      return html`Attempt ${attempt} of ${options.attempts} failed; ${waits}`;
    case 'processing':
      return html`Attempt ${attempt} of ${options.attempts}, with worker <${Name} text=${claim?.worker ?? ''} />
        since <${Ago} at=${claim?.since ?? createdAt} bare />; its lease is renewed while it lives,
        now <${Left} until=${claim?.leaseUntil ?? createdAt} />.`;
    case 'completed':
      return html`Completed <${Ago} at=${endedAt ?? createdAt} /> with ${done}.`;
    case 'failed':
      return html`Failed <${Ago} at=${endedAt ?? createdAt} />: <${Failure} answer=${answer} />.`;
  }
}

function Failure({ answer: { row, incomplete, options } }: { readonly answer: TaskAnswer }) {
  const { failure, reason } = row;
  if (failure === 'incomplete' && incomplete) {
    // Of a count those that failed or expired may be among the missing ones, or extra.
    const kinds =
      typeof options.expect === 'number' ? (['missing'] as const) : (['failed', 'expired', 'missing'] as const);
    const parts = kinds.filter((kind) => incomplete[kind] > 0);
    const counts = parts.map((kind) => `${count(incomplete[kind])} ${kind}`).join(', ');
    const [first] = incomplete.names;
    const such = first === undefined ? '' : html`, such as <${Name} text=${first} />`;
    return html`when waiting ended, units were not done (${counts}${such})`;
  }
  const because = reason ? html`, “<${Name} text=${reason} />”` : '';
  return html`${failure ? FAILURE_WORDS[failure] : 'no reason is known'}${because}`;
}
