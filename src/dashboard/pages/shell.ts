import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import { Dialog } from './dialog.js';
import { connection } from './feed.js';
import { LoginPage } from './login-page.js';
import { OverviewPage } from './overview-page.js';
import { Empty } from './panel.js';
import type { PageName } from './route.js';
import { go, namespace, pathTo, route } from './route.js';
import { logOut, session, sessionRefusal } from './session.js';
import { isHelpOpen, SHORTCUTS } from './shortcuts.js';
import { TaskPage } from './task-page.js';
import { TasksPage } from './tasks-page.js';
import { plain } from './text.js';
import { nextTheme, theme } from './theme.js';

const PAGES: Readonly<Record<Exclude<PageName, 'nowhere'>, () => unknown>> = {
  overview: OverviewPage,
  tasks: TasksPage,
  task: TaskPage,
};
const TITLES: Readonly<Record<PageName, string>> = {
  overview: 'Overview',
  tasks: 'Tasks',
  task: '',
  nowhere: 'Nowhere',
};

export function Shell() {
  if (session.value === 'login') return html`<${LoginPage} />`;
  return html`<a class="skip" href="#main">Skip to the content</a>
    <${Header} />
    <main id="main" tabindex="-1"><${Page} /></main>
    ${isHelpOpen.value && html`<${Help} />`}`;
}

function Page() {
  const { page, parameters } = route.value;
  useEffect(() => {
    document.title = `${plain(page === 'task' ? (parameters.task ?? '') : TITLES[page])} · tusker`;
  }, [page, parameters.task]);
  if (session.value === 'refused')
    return html`<${Empty} title="The dashboard does not answer">${sessionRefusal.value}<//>`;
  if (session.value === undefined) return html`<div class="loading" aria-busy="true" />`;
  if (page === 'nowhere')
    return html`<${Empty} title="There is nothing here"><a href=${pathTo('overview')}>Overview</a><//>`;
  const Shown = PAGES[page];
  return html`<${Shown} key=${namespace.value} />`;
}

function Header() {
  const { page } = route.value;
  const { value } = session;
  const link = (to: 'overview' | 'tasks', word: string) => html`<a
    href=${pathTo(to)} aria-current=${page === to || (to === 'tasks' && page === 'task') ? 'page' : undefined}>${word}</a>`;
  return html`<header class="top">
    <a class="brand" href=${pathTo('overview')} aria-label="tusker, overview"><${Logo} /><span>tusker</span></a>
    <nav aria-label="Pages">${link('overview', 'Overview')}${link('tasks', 'Tasks')}</nav>
    <${NamespaceChoice} />
    <span class="space"></span>
    ${typeof value === 'object' && value.readOnly && html`<span class="badge" title="Started without the right to change anything">Read only</span>`}
    <${Connection} />
    <button type="button" class="quiet" onClick=${nextTheme} title="Light, dark, or as the system has it">${{ auto: 'Auto', light: 'Light', dark: 'Dark' }[theme.value]}<span class="unseen"> theme, change it</span></button>
    <button type="button" class="quiet key" onClick=${() => (isHelpOpen.value = true)} aria-label="Keyboard shortcuts">?</button>
    ${typeof value === 'object' && value.canLogOut && html`<button type="button" class="quiet" onClick=${() => void logOut()}>Log out</button>`}
  </header>`;
}

function Logo() {
  return html`<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" class="logo">
    <path d="M2 3.5C8 3.5 7 10 12 10M2 10h10M2 16.5C8 16.5 7 10 12 10" /><circle cx="15.5" cy="10" r="2.6" />
  </svg>`;
}

function NamespaceChoice() {
  const names = typeof session.value === 'object' ? session.value.namespaces : [];
  if (names.length < 2) return names[0] && html`<span class="namespace soft">${plain(names[0])}</span>`;
  const choose = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    go(pathTo(route.value.page === 'tasks' ? 'tasks' : 'overview', { namespace: value }));
  };
  return html`<select class="namespace" aria-label="Namespace" value=${namespace.value} onChange=${choose}>
    ${names.map((name) => html`<option value=${name} selected=${name === namespace.value}>${plain(name)}</option>`)}
  </select>`;
}

const CONNECTION_WORDS = {
  connecting: ['Connecting', 'The first answer is under way'],
  live: ['Live', 'Changes appear as they happen'],
  polling: ['Every 2 s', 'Events do not come through: the server is asked every two seconds'],
  paused: ['Paused', 'Nobody sees the page'],
  still: ['Not live', 'A search shows what was found when it looked'],
  offline: ['Offline', 'The server cannot be reached; what is shown is old'],
} as const;

function Connection() {
  const [word, meaning] = CONNECTION_WORDS[connection.value];
  return html`<span class=${`connection ${connection.value}`} title=${meaning} role="status">${word}</span>`;
}

function Help() {
  const close = (): void => {
    isHelpOpen.value = false;
  };
  return html`<${Dialog} title="Keyboard" close=${close}>
    <dl class="shortcuts">${SHORTCUTS.map(([keys, effect]) => html`<div><dt>${keys.split(/\s+/).map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${effect}</dd></div>`)}</dl>
    <div class="dialog-buttons"><button type="button" class="button" onClick=${close}>Close</button></div>
  <//>`;
}
