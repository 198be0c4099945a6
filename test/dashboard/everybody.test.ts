/** For everybody: by keyboard alone, on narrow screens, in both themes, with a screen reader. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { ManualClock } from '../../src/testing/index.js';
import { Chromium } from './browser.js';
import { fillWithEverything } from './everything.js';
import { Serving } from './serving.js';

const serving = new Serving();
const chromium = new Chromium();
let tusker: Tusker;
let url: string;

beforeEach(async () => {
  tusker = await serving.store('memory');
  await fillWithEverything(tusker);
  url = await serving.serve({ tusker, readOnly: false });
});

test('the longest spans and numbers of four digits fit a narrow screen', async () => {
  const clock = new ManualClock(Date.now() - 119 * 60_000);
  await using slow = createTusker({ store: memoryStore({ clock }) }) as Tusker;
  const tasks = Array.from({ length: 1000 }, (_, index) => `song-${index}`);
  for (const task of tasks) await slow.run(task, 1, () => 1);
  clock.advance(118.8 * 60_000);
  await Promise.all(tasks.map((task) => slow.close(task)));
  for (let claim = await slow.fetchReleased(); claim; claim = await slow.fetchReleased()) await claim.complete();
  const address = await serving.serve({ tusker: slow });
  await using watched = await chromium.page(address, { viewport: { width: 320, height: 800 } });
  await watched.page.getByRole('cell', { name: '119 min' }).first().waitFor();
  await watched.page.getByRole('cell', { name: '1\u202f000' }).first().waitFor();
  expect(await watched.overflow()).toBe(0);
});

test('the theme is that of the system until it is chosen, and the choice stays', async () => {
  await using watched = await chromium.page(url, { colorScheme: 'dark' });
  const { page } = watched;
  const ground = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
  const dark = await ground();
  await page.getByRole('button', { name: 'Auto theme, change it' }).click();
  expect(await ground()).not.toBe(dark);
  await page.reload();
  await page.getByRole('button', { name: 'Light theme, change it' }).click();
  expect(await ground()).toBe(dark);
});

describe('by keyboard alone', () => {
  test('from the first key to a task that is cancelled', async () => {
    await using watched = await chromium.page(url);
    const { page } = watched;
    const { keyboard } = page;
    await page.getByText('Time by stage').waitFor();
    await keyboard.press('Tab');
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await keyboard.press('/');
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('search');
    await keyboard.type('stream');
    // While it is being typed and searched, rows come and go.
    await page.waitForURL(/[?&]q=stream(?:&|$)/);
    await page.getByText(/1 found among \d+ tasks(?! so far)/).waitFor();
    await keyboard.press('Tab'); // to the button beside it
    await keyboard.press('j');
    await keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'stream-42' }).waitFor();
    await page.getByRole('button', { name: 'Cancel…' }).waitFor();
    for (let tabs = 0; tabs < 3; tabs++) {
      await keyboard.press('Tab');
      if ((await page.evaluate('document.activeElement.textContent')) === 'Cancel…') break;
    }
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel…');
    await keyboard.press('Enter');
    await page.getByLabel(/^Reason/).focus();
    await keyboard.type('by hand');
    await keyboard.press('Enter');
    await page.getByText('The task was cancelled.').waitFor();
    expect((await tusker.explain('stream-42')).detail.reason).toBe('by hand');
  });

  test('through the picture of units with the arrow keys', async () => {
    await using watched = await chromium.page(`${url}task?task=stream-42`);
    const { page } = watched;
    const picture = page.getByRole('listbox');
    await picture.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.locator('#active-unit').textContent()).toMatch(/^1 · done after .* · web-1$/);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.locator('#active-unit').textContent()).toMatch(/^2 · done .* · web-2$/);
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('#active-unit').textContent()).toMatch(/^chunk-with.* · locked for /);
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'The unit that was picked' }).getByText('Runs out').waitFor();
  });

  test('through the grid of units with the arrow keys', async () => {
    await using watched = await chromium.page(`${url}task?task=doc-7`);
    const { page } = watched;
    await page.getByRole('listbox').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    await expect.poll(() => page.locator('#active-unit').textContent()).toMatch(/^2 · done/);
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('#active-unit').textContent()).toMatch(/^599 · done/);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Home');
    await expect.poll(() => page.locator('#active-unit').textContent()).toMatch(/^0 · done/);
  });

  test('from page to page, and to the list of keys', async () => {
    await using watched = await chromium.page(url);
    const { page } = watched;
    await page.getByText('Time by stage').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByText('Time by stage').waitFor();
  });
});
