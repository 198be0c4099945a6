import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { UnitAnswer, UnitsAnswer } from '../wire.js';
import { ask, RefusedError } from './api.js';
import { ErrorText } from './attempts.js';
import { UnitMark } from './marks.js';
import { Trouble } from './panel.js';
import { Json } from './payload.js';
import { namespace } from './route.js';
import { Name } from './text.js';
import { Ago, Left, span } from './time.js';

interface UnitCardProps {
  readonly units: UnitsAnswer;
  readonly at: number;
  readonly task: string;
  readonly close: () => void;
}

/** One unit, with what it was unlocked or failed with. */
export function UnitCard({ units, at, task, close }: UnitCardProps) {
  const unit = units.names[at] ?? '';
  const state = units.states[at] ?? 'locked';
  const [answer, setAnswer] = useState<UnitAnswer | undefined>(undefined);
  const [refusal, setRefusal] = useState<RefusedError | undefined>(undefined);
  useEffect(() => {
    const stop = new AbortController();
    ask<UnitAnswer>('unit', { namespace: namespace.value, task, unit }, stop.signal).then(setAnswer, (error) => {
      if (!stop.signal.aborted && error instanceof RefusedError) setRefusal(error);
    });
    return () => stop.abort();
  }, [task, unit, state, units.lockedAt[at]]);
  return html`<section class="unit-card" aria-label="The unit that was picked">
    <header><h3>Unit <${Name} text=${unit} /></h3><${UnitMark} state=${state} />
      <button type="button" class="link" onClick=${close}>Close</button></header>
    <${Trouble} refusal=${refusal} />
    ${answer && html`<${Details} answer=${answer} />`}
  </section>`;
}

function Details({ answer }: { readonly answer: UnitAnswer }) {
  const { holder, lockedAt, until, endedAt, state, isFinal, error, result } = answer;
  return html`<dl class="facts">
      <div><dt>${state === 'locked' ? 'Held by' : 'Last held by'}</dt><dd><${Name} text=${holder} /></dd></div>
      <div><dt>Locked</dt><dd><${Ago} at=${lockedAt} /></dd></div>
      ${state === 'locked' && html`<div><dt>Runs out</dt><dd><${Left} until=${until} /></dd></div>`}
      ${endedAt !== null && html`<div><dt>Took</dt><dd>${span(endedAt - lockedAt)}</dd></div>`}
      ${isFinal && html`<div><dt>Failed</dt><dd>for good</dd></div>`}
    </dl>
    ${error && html`<${ErrorText} error=${error} />`}
    ${result ? html`<${Json} payload=${result} label="Result of the unit" />` : state === 'done' && html`<p class="soft">No result is kept.</p>`}`;
}
