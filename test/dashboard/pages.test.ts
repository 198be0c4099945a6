import { expect, test } from 'vitest';
import { Chromium } from './browser.js';
import { pagesOver } from './every-page.js';
import { Serving } from './serving.js';

const serving = new Serving();
const chromium = new Chromium();

pagesOver('redis');

test('without the right to change there is nothing to change with', async () => {
  const tusker = await serving.store('memory');
  await tusker.open('song');
  const url = await serving.serve({ tusker });
  await using watched = await chromium.page(`${url}task?task=song`);
  const { page } = watched;
  await page.getByText('Read only').waitFor();
  await page.getByText(/^Open since/).waitFor();
  expect(await page.getByRole('button', { name: /Cancel|Release|Retry|Remove/ }).count()).toBe(0);
  await page.goto(`${url}tasks`);
  await page.getByRole('link', { name: 'song' }).waitFor();
  expect(await page.getByRole('button', { name: /Change all/ }).count()).toBe(0);
});

test('of more than 500 units there is a grid; a square shows its unit', async () => {
  const tusker = await serving.store('memory');
  await Promise.all(Array.from({ length: 800 }, (_, index) => tusker.run('doc', index, () => ({ page: index }))));
  await tusker.lock('doc', 'the last', { holder: 'web-7' });
  await using watched = await chromium.page(`${await serving.serve({ tusker })}task?task=doc`);
  const { page } = watched;
  const picture = page.getByRole('listbox', { name: /801 units in the order of their names/ });
  await picture.waitFor();
  await picture.locator('svg').click({ position: { x: 25, y: 5 } });
  const card = page.getByRole('region', { name: 'The unit that was picked' });
  await card.getByText('"page": 2').waitFor();
  await page.getByText('All units as a table').click();
  await page.getByRole('button', { name: 'Locked', exact: true }).click();
  await page.getByRole('cell', { name: 'the last' }).waitFor();
});

test('where streams do not come through, the server is asked every two seconds', async () => {
  const tusker = await serving.store('memory');
  const url = await serving.serve({ tusker, maxStreams: 1 });
  const held = await fetch(`${url}api/stream?of=overview&namespace=songs`);
  await using watched = await chromium.page(`${url}tasks`);
  const { page } = watched;
  await page.getByRole('status').getByText('Every 2 s').waitFor();
  await tusker.open('song');
  await page.getByRole('link', { name: 'song' }).waitFor();
  await held.body?.cancel();
});

test('a page that nobody sees asks nothing, and catches up when it is seen', async () => {
  const tusker = await serving.store('memory');
  await using watched = await chromium.page(`${await serving.serve({ tusker })}tasks`);
  const { page } = watched;
  await page.getByRole('status').getByText('Live').waitFor();
  const show = (isHidden: boolean) =>
    page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
      document.dispatchEvent(new Event('visibilitychange'))`);
  await show(true);
  await page.getByRole('status').getByText('Paused').waitFor();
  let asked = 0;
  page.on('request', () => asked++);
  await tusker.open('song');
  await page.waitForTimeout(2500);
  expect(asked).toBe(0);
  expect(await page.getByRole('link', { name: 'song' }).count()).toBe(0);
  await show(false);
  await page.getByRole('link', { name: 'song' }).waitFor();
});

test('a server that goes away is told of, and what was shown stays', async () => {
  const tusker = await serving.store('memory');
  await tusker.open('song');
  const url = await serving.serve({ tusker });
  await using watched = await chromium.page(`${url}tasks`);
  const { page } = watched;
  await page.getByRole('link', { name: 'song' }).waitFor();
  await page.context().setOffline(true);
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
  await page.getByRole('status').getByText('Offline').waitFor();
  await page.getByRole('link', { name: 'song' }).waitFor();
  await page.context().setOffline(false);
  await tusker.open('another');
  await page.getByRole('link', { name: 'another' }).waitFor();
});

test('several namespaces are chosen from, and a link keeps the choice', async () => {
  const songs = await serving.store('memory');
  const films = songs.namespace('films');
  await films.open('film-1');
  const url = await serving.serve({ namespaces: [songs, films] });
  await using watched = await chromium.page(`${url}tasks`);
  const { page } = watched;
  await page.getByText('No tasks yet').waitFor();
  await page.getByRole('combobox', { name: 'Namespace' }).selectOption('films');
  await page.getByRole('link', { name: 'film-1' }).click();
  await page.getByText(/^Open since/).waitFor();
  expect(new URL(page.url()).searchParams.get('namespace')).toBe('films');
  await page.reload();
  await page.getByText(/^Open since/).waitFor();
});

test('with a token there is a login; the address with it needs none', async () => {
  const tusker = await serving.store('memory');
  const token = 'correct horse battery staple';
  const url = await serving.serve({ tusker, token });
  await using watched = await chromium.page(url);
  const { page } = watched;
  await page.getByLabel('Token').fill('a wrong one');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByText('not the token').waitFor();
  await page.getByLabel('Token').fill(token);
  await page.keyboard.press('Enter');
  await page.getByText('Nothing needs attention.').waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Token').waitFor();
  await using other = await chromium.page(`${url}#token=${encodeURIComponent(token)}`);
  await other.page.getByText('Nothing needs attention.').waitFor();
  expect(other.page.url()).toBe(url);
});
