import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { RefusedError } from './api.js';

/** A part of a page with a heading. */
export function Panel(props: {
  readonly title: string;
  readonly aside?: unknown;
  readonly id: string;
  readonly children?: ComponentChildren;
}) {
  const { title, aside, id, children } = props;
  return html`<section class="panel" aria-labelledby=${id}>
    <header><h2 id=${id}>${title}</h2>${aside && html`<div class="aside">${aside}</div>`}</header>
    ${children}
  </section>`;
}

/** There is nothing here, and why that is. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return html`<div class="empty"><p class="empty-title">${title}</p>${children && html`<p>${children}</p>`}</div>`;
}

/** Something could not be read. What was read before stays on the page. */
export function Trouble({ refusal }: { readonly refusal: RefusedError | undefined }) {
  if (!refusal) return null;
  return html`<p class="trouble" role="alert"><strong>${refusal.code}</strong> ${refusal.message}</p>`;
}
