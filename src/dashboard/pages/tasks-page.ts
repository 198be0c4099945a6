import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { Stats } from '../../index.js';
import type { Shelf, TasksAnswer } from '../wire.js';
import { BulkDialog } from './bulk-dialog.js';
import { Sign } from './marks.js';
import { count } from './numbers.js';
import { Empty, Trouble } from './panel.js';
import { go, namespace, pathTo, route } from './route.js';
import { session } from './session.js';
import { TaskTable } from './task-table.js';
import { useFeed } from './use-feed.js';
import { useSearch } from './use-search.js';
import { SHELF_WORDS } from './words.js';

const SHELVES: readonly Shelf[] = ['open', 'locked', 'released', 'delayed', 'processing', 'failed', 'completed'];
/** After the last key a search begins. */
const TYPING = 200;

export function TasksPage() {
  const { state: named, q = '' } = route.value.parameters;
  const state = SHELVES.find((shelf) => shelf === named);
  const [isBulkOpen, setBulkOpen] = useState(false);
  const { value } = session;
  const mayChange = typeof value === 'object' && !value.readOnly;
  return html`<div class="page-head">
      <h1>Tasks</h1>
      <${SearchField} q=${q} />
      ${mayChange && html`<button type="button" class="button" onClick=${() => setBulkOpen(true)}>Change all of these…</button>`}
    </div>
    ${q === '' ? html`<${Listing} key=${state} state=${state} />` : html`<${Searching} state=${state} q=${q} />`}
    ${isBulkOpen && html`<${BulkDialog} state=${state} q=${q} close=${() => setBulkOpen(false)} />`}`;
}

function SearchField({ q }: { readonly q: string }) {
  const [text, setText] = useState(q);
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => go(pathTo('tasks', { ...route.value.parameters, q: text }), 'replace'), TYPING);
    return () => clearTimeout(timer);
  }, [text, q]);
  return html`<input type="search" class="field search" id="search" maxlength="200" placeholder="Search by name" aria-label="Search tasks by name"
    autocomplete="off" spellcheck=${false} value=${text} onInput=${(event: Event) => setText((event.target as HTMLInputElement).value)} />`;
}

function StateTabs({ stats, state }: { readonly stats: Stats | undefined; readonly state: Shelf | undefined }) {
  const { q } = route.value.parameters;
  const tab = (shelf: Shelf | undefined, word: string, value: number | undefined) => html`<a
    class="tab" href=${pathTo('tasks', { state: shelf, q })} aria-current=${shelf === state ? 'page' : undefined}>
    ${shelf && html`<${Sign} state=${shelf} />`}${word}${value !== undefined && html`<span class="number soft">${count(value)}</span>`}
  </a>`;
  const kept = (shelf: Shelf): number | undefined => {
    if (shelf === 'completed') return stats?.tombstones;
    return shelf === 'failed' ? stats?.deadLetters : stats?.[shelf];
  };
  const all = stats && SHELVES.reduce((sum, shelf) => sum + (kept(shelf) ?? 0), 0);
  return html`<nav class="tabs" aria-label="Tasks by state">
    ${tab(undefined, 'All', all)}${SHELVES.map((shelf) => tab(shelf, SHELF_WORDS[shelf].word, kept(shelf)))}
  </nav>`;
}

/** A page of a list, kept up to date. */
function Listing({ state }: { readonly state: Shelf | undefined }) {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors[cursors.length - 1];
  const { answer, refusal, isStale } = useFeed<TasksAnswer>('tasks', { namespace: namespace.value, state, cursor });
  const next = isStale ? null : (answer?.cursor ?? null);
  return html`<${StateTabs} stats=${answer?.stats} state=${state} />
    <${Trouble} refusal=${refusal} />
    ${answer && html`<${TaskTable} tasks=${answer.tasks} isStale=${isStale} />`}
    ${answer?.tasks.length === 0 && !isStale && html`<${NoTasks} state=${state} />`}
    ${!answer && !refusal && html`<div class="loading" aria-busy="true" />`}
    ${
      (cursors.length > 0 || next !== null) &&
      html`<nav class="pager" aria-label="Pages">
        <button type="button" class="button" disabled=${cursors.length === 0} onClick=${() => setCursors([])}>First</button>
        <button type="button" class="button" disabled=${cursors.length === 0} onClick=${() => setCursors(cursors.slice(0, -1))}>Previous</button>
        <span class="soft">Page ${count(cursors.length + 1)}</span>
        <button type="button" class="button" disabled=${next === null} onClick=${() => next !== null && setCursors([...cursors, next])}>Next</button>
      </nav>`
    }`;
}

function NoTasks({ state }: { readonly state: Shelf | undefined }) {
  if (state === undefined) {
    return html`<${Empty} title="No tasks yet">A task appears here with its first lock, such as
      <code>tusker exec song-1 1 -- ./encode.sh</code>.<//>`;
  }
  const { word, meaning } = SHELF_WORDS[state];
  return html`<${Empty} title=${`No task is ${word.toLowerCase()}`}>${word} means: ${meaning}.<//>`;
}

/** What a search has found so far. */
function Searching({ state, q }: { readonly state: Shelf | undefined; readonly q: string }) {
  const { tasks, stats, scanned, isSearching, hasMore, goOn, again, refusal } = useSearch(namespace.value, state, q);
  const told = `${count(tasks.length)} found among ${count(scanned)} tasks${isSearching ? ' so far' : ''}`;
  return html`<${StateTabs} stats=${stats} state=${state} />
    <${Trouble} refusal=${refusal} />
    <p class="search-state soft" role="status">${isSearching ? `Searching… ${told}` : told}
      ${!isSearching && html` <button type="button" class="link" onClick=${hasMore ? goOn : again}>${hasMore ? 'Go on' : 'Search again'}</button>`}
    </p>
    ${tasks.length > 0 && html`<${TaskTable} tasks=${tasks} isStale=${false} />`}
    ${
      tasks.length === 0 &&
      !isSearching &&
      !hasMore &&
      html`<${Empty} title="No name contains this">
      The search looks for a part of the name, in upper or lower case, among ${state ? `${SHELF_WORDS[state].word.toLowerCase()} tasks` : 'all tasks'}.<//>`
    }`;
}
