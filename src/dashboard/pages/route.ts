import { computed, signal } from '@preact/signals';
import { BASE, queryOf } from './base.js';
import { session } from './session.js';

export type PageName = 'overview' | 'tasks' | 'task' | 'nowhere';
export interface Route {
  readonly page: PageName;
  readonly parameters: Readonly<Record<string, string>>;
}

const PATHS: Readonly<Record<string, PageName>> = {
  '': 'overview',
  '/': 'overview',
  '/tasks': 'tasks',
  '/task': 'task',
};

function current(): Route {
  const { pathname, search } = location;
  const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) : pathname;
  return { page: PATHS[path] ?? 'nowhere', parameters: Object.fromEntries(new URLSearchParams(search)) };
}

export const route = signal<Route>(current());

/** The namespace that is shown: that of the address, else the first. */
export const namespace = computed(() => {
  const names = typeof session.value === 'object' ? session.value.namespaces : [];
  const { namespace: named } = route.value.parameters;
  return named ?? names[0] ?? '';
});

export function pathTo(
  page: 'overview' | 'tasks' | 'task',
  parameters: Readonly<Record<string, string | undefined>> = {},
): string {
  const path = page === 'overview' ? '/' : `/${page}`;
  const names = typeof session.value === 'object' ? session.value.namespaces : [];
  const shown = names.length > 1 ? namespace.value : undefined;
  return `${BASE}${path}${queryOf({ namespace: shown, ...parameters })}`;
}

export function go(path: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', path);
  else history.replaceState(null, '', path);
  route.value = current();
  if (how === 'push') window.scrollTo(0, 0);
}

/** Links within the dashboard change the page without loading it again. */
export function startRouting(): void {
  addEventListener('popstate', () => {
    route.value = current();
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || link.origin !== location.origin || link.download || link.hash) return;
    if (!link.pathname.startsWith(`${BASE}/`)) return;
    event.preventDefault();
    go(link.pathname + link.search);
    document.getElementById('main')?.focus({ preventScroll: true });
  });
}
