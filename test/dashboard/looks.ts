import { beforeEach, expect, test } from 'vitest';
import { Chromium } from './browser.js';
import { fillWithEverything } from './everything.js';
import { Serving } from './serving.js';

const PAGES = [
  ['the overview', '', 'Time by stage'],
  ['the list', 'tasks', 'song-2'],
  ['a search', 'tasks?q=song', 'found among'],
  ['an empty list', 'tasks?state=delayed', 'No task is delayed'],
  ['a task that waits', 'task?task=stream-42', 'All units as a table'],
  ['a task with a grid', 'task?task=doc-7', 'All units as a table'],
  ['a failed task', 'task?task=song-1', 'moov atom'],
  ['a task that is not there', 'task?task=never', 'No such task'],
] as const;

/** Every page, and what opens on it, looked at on a screen of this width in this theme. */
export function looksWell(width: number, colorScheme: 'light' | 'dark'): void {
  const serving = new Serving();
  const chromium = new Chromium();
  const options = { colorScheme, viewport: { width, height: 800 } };
  let url: string;

  beforeEach(async () => {
    const tusker = await serving.store('memory');
    await fillWithEverything(tusker);
    url = await serving.serve({ tusker, readOnly: false });
  });

  test.each(PAGES)('%s has nothing serious for axe, and is not wider than the screen', async (_, path, sign) => {
    await using watched = await chromium.page(url + path, options);
    await watched.page.getByText(sign).first().waitFor();
    expect(await watched.axe()).toEqual([]);
    expect(await watched.overflow()).toBe(0);
  });

  test('dialogs and a picked unit, too', async () => {
    await using watched = await chromium.page(`${url}task?task=stream-42`, options);
    const { page } = watched;
    await page.getByText('All units as a table').click();
    await page.getByRole('button', { name: '2', exact: true }).click();
    await page.getByRole('region', { name: 'The unit that was picked' }).waitFor();
    expect(await watched.axe()).toEqual([]);
    await page.getByRole('button', { name: 'Cancel…' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await watched.axe()).toEqual([]);
    expect(await watched.overflow()).toBe(0);
    await page.goto(`${url}tasks`);
    await page.getByRole('button', { name: 'Change all of these…' }).click();
    await page.getByText(/It would touch/).waitFor();
    expect(await watched.axe()).toEqual([]);
    expect(await watched.overflow()).toBe(0);
  });
}
