import { signal } from '@preact/signals';
import { go, pathTo, route } from './route.js';

export const isHelpOpen = signal(false);

export const SHORTCUTS: readonly (readonly [keys: string, effect: string])[] = [
  ['/', 'search tasks'],
  ['g o', 'go to the overview'],
  ['g t', 'go to the tasks'],
  ['j  k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['?', 'this list'],
];

let isAfterG = false;

/** Keys for those who do not like to reach for the mouse. None works while something is typed. */
export function startShortcuts(): void {
  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    const isTyping = target instanceof Element && target.closest('input, textarea, select, dialog[open]');
    if (isTyping || event.metaKey || event.ctrlKey || event.altKey) return;
    if (act(key)) event.preventDefault();
    isAfterG = key === 'g';
  });
}

function act(key: string): boolean {
  if (isAfterG && key === 'o') go(pathTo('overview'));
  else if (isAfterG && key === 't') go(pathTo('tasks'));
  else if (key === '/') focusSearch();
  else if (key === 'j') moveRow(1);
  else if (key === 'k') moveRow(-1);
  else if (key === '?') isHelpOpen.value = true;
  else return false;
  return true;
}

function focusSearch(): void {
  if (route.value.page !== 'tasks') go(pathTo('tasks'));
  requestAnimationFrame(() => document.getElementById('search')?.focus());
}

function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const { activeElement } = document;
  const at = activeElement instanceof HTMLElement ? rows.indexOf(activeElement) : -1;
  const next = at < 0 ? rows[0] : rows[at + by];
  next?.focus();
}
