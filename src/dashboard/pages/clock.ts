import { signal } from '@preact/signals';

/** How far the store's clock is ahead of the browser's, in ms. */
let ahead = 0;
/** The store's clock, moved every second while the page is seen. */
export const now = signal(Date.now());

export function learnNow(storeNow: number): void {
  ahead = storeNow - Date.now();
  // A little behind is the way of the answer: what counts down must not jump back for it.
  const isBehind = storeNow < now.peek() && storeNow > now.peek() - 1500;
  if (!isBehind) now.value = storeNow;
}

export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now() + ahead;
  }, 1000);
}
