import { html } from 'htm/preact';
import type { Excerpt } from '../wire.js';
import { apiUrl } from './api.js';
import { indented } from './json-text.js';
import { size } from './numbers.js';
import { Panel } from './panel.js';
import { namespace } from './route.js';
import { Odd } from './text.js';

/** A payload as people read it. */
export function Json({ payload, label }: { readonly payload: Excerpt; readonly label: string }) {
  const lines = indented(payload.text).split('\n');
  return html`<pre class="json" tabindex="0" role="region" aria-label=${label}>${lines.map((line, index) => html`${index > 0 && '\n'}<${Odd} text=${line} />`)}${!payload.isWhole && html`<span class="soft">${'\n'}… the rest of ${size(payload.bytes)} is not shown</span>`}</pre>`;
}

interface PayloadProps {
  readonly part: 'info' | 'result';
  readonly title: string;
  readonly task: string;
  readonly payload: Excerpt | null;
}

/** The info or the result of a task; nothing when there is none. */
export function PayloadPanel({ part, title, task, payload }: PayloadProps) {
  if (!payload) return null;
  const whole = apiUrl('payload', { namespace: namespace.value, task, part });
  const aside = html`<span class="soft">${size(payload.bytes)}</span> <a href=${whole} download=${`${part}.json`}>Download</a>`;
  return html`<${Panel} id=${part} title=${title} aside=${aside}><${Json} payload=${payload} label=${title} /><//>`;
}
