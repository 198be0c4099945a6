import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { Action, ChangeAnswer, TaskRow } from '../wire.js';
import { RefusedError } from './api.js';
import { Dialog } from './dialog.js';
import { namespace } from './route.js';
import { change } from './session.js';
import { Name } from './text.js';
import { ACTION_WORDS, OUTCOME_WORDS } from './words.js';

interface ChangeDialogProps {
  readonly action: Action;
  readonly row: TaskRow;
  readonly close: () => void;
  readonly done: (action: Action) => void;
}

/** Asks once more before one task is changed, and says what will happen. */
export function ChangeDialog({ action, row, close, done }: ChangeDialogProps) {
  const { verb, effect, isGrave } = ACTION_WORDS[action];
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const said = await tryChange(() =>
      change({
        namespace: namespace.value,
        action,
        targets: [{ task: row.task, incarnation: row.incarnation }],
        ...(reason !== '' && { reason }),
      }),
    );
    setBusy(false);
    if (said !== '') return setTrouble(said);
    done(action);
    close();
  };
  return html`<${Dialog} title=${`${verb}?`} close=${close}>
    <form onSubmit=${submit}>
      <p class="dialog-task"><${Name} text=${row.task} /></p>
      <p>${effect}</p>
      ${action === 'cancel' && html`<${ReasonField} reason=${reason} setReason=${setReason} />`}
      ${trouble !== '' && html`<p class="trouble" role="alert">${trouble}</p>`}
      <div class="dialog-buttons">
        <button type="button" class="button" onClick=${close}>Leave it</button>
        <button type="submit" class=${`button ${isGrave ? 'grave' : 'prime'}`} disabled=${isBusy}>${verb}</button>
      </div>
    </form>
  <//>`;
}

export function ReasonField({
  reason,
  setReason,
}: {
  readonly reason: string;
  readonly setReason: (reason: string) => void;
}) {
  return html`<label class="labelled">Reason, for those who look later
    <input class="field" name="reason" maxlength="120" autocomplete="off" value=${reason}
      onInput=${(event: Event) => setReason((event.target as HTMLInputElement).value)} />
  </label>`;
}

/** What went wrong with a change of one task, in words; '' when nothing did. */
async function tryChange(send: () => Promise<ChangeAnswer>): Promise<string> {
  try {
    const [outcome] = (await send()).outcomes;
    if (!outcome || outcome.isDone) return '';
    return outcome.message ?? `Nothing was changed: the task ${OUTCOME_WORDS[outcome.outcome] ?? outcome.outcome}.`;
  } catch (error) {
    return error instanceof RefusedError ? `${error.code}: ${error.message}` : String(error);
  }
}
