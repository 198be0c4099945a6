import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A window over the page: focus stays in it, Escape closes it, and the focus returns. */
export function Dialog(props: {
  readonly title: string;
  readonly close: () => void;
  readonly children?: ComponentChildren;
}) {
  const { title, close, children } = props;
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const onBackdrop = (event: MouseEvent): void => {
    if (event.target === element.current) close();
  };
  return html`<dialog ref=${element} aria-labelledby="dialog-title" onClose=${close} onClick=${onBackdrop}>
    <div class="dialog-body">
      <h2 id="dialog-title">${title}</h2>
      ${children}
    </div>
  </dialog>`;
}
