import { html } from 'htm/preact';
import type { Attempt, Excerpt } from '../wire.js';
import { counted } from './numbers.js';
import { Panel } from './panel.js';
import { Json } from './payload.js';
import { Name, Odd } from './text.js';
import { Ago } from './time.js';

/** The error of every attempt, the last one first. */
export function Attempts({ errors }: { readonly errors: readonly Attempt[] }) {
  if (errors.length === 0) return null;
  return html`<${Panel} id="attempts" title="Failed attempts" aside=${html`<span class="soft">${counted(errors.length, 'error')}</span>`}>
    <ol class="attempts">
      ${[...errors].reverse().map(
        ({ attempt, at, worker, error }) => html`<li key=${at}>
          <div class="attempt-head"><strong>Attempt ${attempt}</strong> <span class="soft"><${Ago} at=${at} /> by <${Name} text=${worker} /></span></div>
          <${ErrorText} error=${error} />
        </li>`,
      )}
    </ol>
  <//>`;
}

/** An error: its message in a line, all of it on demand. */
export function ErrorText({ error }: { readonly error: Excerpt }) {
  const message = messageOf(error);
  return html`<p class="error-message"><${Odd} text=${message ?? 'An error without a message'} /></p>
    <details><summary>All of it</summary><${Json} payload=${error} label="Error" /></details>`;
}

function messageOf({ text, isWhole }: Excerpt): string | undefined {
  if (!isWhole) return /"message":"((?:[^"\\]|\\.)*)/.exec(text)?.[1];
  try {
    const { name, message } = (JSON.parse(text) ?? {}) as { readonly name?: unknown; readonly message?: unknown };
    if (typeof message !== 'string') return undefined;
    return typeof name === 'string' && name !== 'Error' ? `${name}: ${message}` : message;
  } catch {
    return undefined;
  }
}
