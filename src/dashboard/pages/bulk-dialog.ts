import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { Action, ChangeOutcome, PreviewAnswer, Shelf } from '../wire.js';
import { ACTION_SHELVES } from '../wire.js';
import { ask, RefusedError } from './api.js';
import { ReasonField } from './change-dialog.js';
import { Dialog } from './dialog.js';
import { ShelfMark } from './marks.js';
import { count, counted } from './numbers.js';
import { namespace } from './route.js';
import { change } from './session.js';
import { Name, plain } from './text.js';
import { ACTION_WORDS, OUTCOME_WORDS, SHELF_WORDS } from './words.js';

const SHOWN = 100;
const ACTIONS = Object.keys(ACTION_SHELVES) as Action[];

interface BulkProps {
  readonly state: Shelf | undefined;
  readonly q: string;
  readonly close: () => void;
}

/** One action on everything that a filter finds: first what it would touch, then exactly that. */
export function BulkDialog({ state, q, close }: BulkProps) {
  const possible = ACTIONS.filter((action) => state === undefined || ACTION_SHELVES[action].includes(state));
  const [action, setAction] = useState<Action>(possible[0] ?? 'cancel');
  const [preview, setPreview] = useState<PreviewAnswer | undefined>(undefined);
  const [outcomes, setOutcomes] = useState<readonly ChangeOutcome[] | undefined>(undefined);
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  useEffect(() => {
    const stop = new AbortController();
    setPreview(undefined);
    ask<PreviewAnswer>('preview', { namespace: namespace.value, action, state, q }, stop.signal).then(
      setPreview,
      (error) => !stop.signal.aborted && setTrouble(told(error)),
    );
    return () => stop.abort();
  }, [action, state, q]);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!preview) return;
    setBusy(true);
    try {
      const { targets } = preview;
      const request = { namespace: namespace.value, action, targets, ...(reason !== '' && { reason }) };
      setOutcomes((await change(request)).outcomes);
    } catch (error) {
      setTrouble(told(error));
    }
    setBusy(false);
  };
  if (outcomes)
    return html`<${Outcomes} action=${action} outcomes=${outcomes} more=${preview?.more ?? false} close=${close} />`;
  const number = preview?.targets.length ?? 0;
  const { verb, effect, isGrave } = ACTION_WORDS[action];
  return html`<${Dialog} title="Change all of these" close=${close}>
    <form onSubmit=${submit}>
      <p class="soft">${filterText(state, q)}</p>
      <div class="segments" role="group" aria-label="Action">
        ${possible.map((one) => html`<button type="button" aria-pressed=${one === action} onClick=${() => setAction(one)}>${ACTION_WORDS[one].verb}</button>`)}
      </div>
      <p>${effect}</p>
      ${action === 'cancel' && html`<${ReasonField} reason=${reason} setReason=${setReason} />`}
      <${Preview} preview=${preview} />
      ${trouble !== '' && html`<p class="trouble" role="alert">${trouble}</p>`}
      <div class="dialog-buttons">
        <button type="button" class="button" onClick=${close}>Leave them</button>
        <button type="submit" class=${`button ${isGrave ? 'grave' : 'prime'}`} disabled=${isBusy || number === 0}>
          ${isBusy ? 'Working…' : `${verb}: ${counted(number, 'task')}`}
        </button>
      </div>
    </form>
  <//>`;
}

function filterText(state: Shelf | undefined, q: string): string {
  const which = state === undefined ? 'Tasks in any state' : `${SHELF_WORDS[state].word} tasks`;
  return q === '' ? `${which}, all of them.` : `${which} with “${plain(q)}” in the name.`;
}

function Preview({ preview }: { readonly preview: PreviewAnswer | undefined }) {
  if (!preview) return html`<p class="soft" role="status">Looking what it would touch…</p>`;
  const { targets, more } = preview;
  if (targets.length === 0) return html`<p class="soft" role="status">It would touch nothing.</p>`;
  const rest = targets.length - SHOWN;
  return html`<p role="status">It would touch ${counted(targets.length, 'task')}, and no others${more ? '; there are more, which a second time reaches' : ''}:</p>
    <ul class="targets" tabindex="0" aria-label="Tasks that would be touched">
      ${targets.slice(0, SHOWN).map(({ task, shelf }) => html`<li><${Name} text=${task} />${shelf && html`<${ShelfMark} shelf=${shelf} />`}</li>`)}
      ${rest > 0 && html`<li class="soft">and ${count(rest)} more</li>`}
    </ul>`;
}

interface OutcomesProps {
  readonly action: Action;
  readonly outcomes: readonly ChangeOutcome[];
  readonly more: boolean;
  readonly close: () => void;
}

function Outcomes({ action, outcomes, more, close }: OutcomesProps) {
  const others = outcomes.filter(({ isDone }) => !isDone);
  const done = outcomes.length - others.length;
  return html`<${Dialog} title=${`${counted(done, 'task')} ${ACTION_WORDS[action].done}`} close=${close}>
    ${others.length === 0 && html`<p role="status">${more ? 'There are more: do it again for the next ones.' : 'Each of them.'}</p>`}
    ${
      others.length > 0 &&
      html`<p role="status">${counted(others.length, 'task')} left alone:</p>
        <ul class="targets" tabindex="0" aria-label="Tasks that were left alone">
          ${others
            .slice(0, SHOWN)
            .map(
              ({ task, outcome, message }) =>
                html`<li><${Name} text=${task} /><span class="soft">${message ?? OUTCOME_WORDS[outcome] ?? outcome}</span></li>`,
            )}
        </ul>`
    }
    <div class="dialog-buttons"><button type="button" class="button prime" onClick=${close}>Done</button></div>
  <//>`;
}

function told(error: unknown): string {
  return error instanceof RefusedError ? `${error.code}: ${error.message}` : String(error);
}
