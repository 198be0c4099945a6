import { describe, expect, test } from 'vitest';
import { Chromium } from './browser.js';
import { Serving } from './serving.js';

const serving = new Serving();
const chromium = new Chromium();

describe.each(['sqlite', 'redis'])('over %s', (store) => {
  test('the overview counts live: what happens appears without a reload', async () => {
    const tusker = await serving.store(store);
    const url = await serving.serve({ tusker });
    await using watched = await chromium.page(url);
    const { page } = watched;
    await page.getByText('Nothing needs attention.').waitFor();
    await page.getByText('Nothing waits').waitFor();
    await page.evaluate('window.isTheSamePage = true');
    await tusker.lock('stream-42', 'chunk-19', { holder: 'web-3' });
    await tusker.close('stream-42');
    const row = page.getByRole('row', { name: /stream-42/ });
    await row.getByText(/chunk-19 held by web-3, \d+ s left/).waitFor();
    await page.getByRole('link', { name: /^Locked 1 / }).waitFor();
    await tusker.unlock('stream-42', 'chunk-19', {});
    await row.getByText('a worker').waitFor();
    expect(await page.evaluate('window.isTheSamePage')).toBe(true);
    await page.getByRole('status').getByText('Live').waitFor();
  });

  test('the list is filtered, searched and paged', async () => {
    const tusker = await serving.store(store);
    await Promise.all(Array.from({ length: 120 }, (_, index) => tusker.open(`song-${index}`)));
    await tusker.close('film-1');
    await using watched = await chromium.page(`${await serving.serve({ tusker })}tasks`);
    const { page } = watched;
    const rows = page.locator('tbody tr');
    await page.getByRole('link', { name: /^Open 120$/ }).click();
    await page.getByText('Page 1').waitFor();
    await expect.poll(() => rows.count()).toBe(50);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Page 2').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await expect.poll(() => rows.count()).toBe(20);
    await page.getByRole('button', { name: 'Previous' }).click();
    await expect.poll(() => rows.count()).toBe(50);
    await page.getByRole('searchbox').fill('SONG-11');
    await expect.poll(() => rows.count()).toBe(11);
    await page.getByText('11 found among 120 tasks').waitFor();
    await page.getByRole('searchbox').fill('no such');
    await page.getByText('No name contains this').waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByRole('link', { name: /^All 121$/ }).click();
    await rows.getByText('film-1').waitFor();
  });

  test('a task is shown with its units, attempts, payloads and timeline, and moves on by itself', async () => {
    const tusker = await serving.store(store);
    await tusker.run('song', 1, () => ({ key: 'part-one' }), { holder: 'web-1' });
    await using watched = await chromium.page(`${await serving.serve({ tusker })}task?task=song`);
    const { page } = watched;
    await page.getByText(/Open since .*1 unit done; waits for its close/).waitFor();
    const held = await tusker.lock('song', 2, { holder: 'web-2' });
    await page.getByRole('listbox', { name: /2 units by 2 holders/ }).waitFor();
    await held.unlock({ key: 'part-two' });
    await tusker.close('song', { info: { room: 7 }, attempts: 2, backoff: 0 });
    await page.getByText('"room": 7').waitFor();
    const claim = await tusker.fetchReleased({ worker: 'merge-1', timeout: 20_000 });
    await page.getByText(/Attempt 1 of 2, with worker merge-1/).waitFor();
    await claim?.fail(new RangeError('no such codec'));
    await page.getByText('RangeError: no such codec', { exact: true }).waitFor();
    const second = await tusker.fetchReleased({ worker: 'merge-1', timeout: 20_000 });
    await second?.complete({ url: 'whole.mp3' });
    await page.getByText(/^Completed .* with 2 units done\.$/).waitFor();
    await page.getByText('"url": "whole.mp3"').waitFor();
    const timeline = page.getByRole('region', { name: 'Timeline' }).getByRole('listitem');
    await timeline.getByText('Attempt failed').waitFor();
    await timeline.getByText('Completed').waitFor();
  });

  test('each action is asked for once more, and done', async () => {
    const tusker = await serving.store(store);
    await tusker.lock('song', 1, { holder: 'web-1' });
    await using watched = await chromium.page(`${await serving.serve({ tusker, readOnly: false })}task?task=song`);
    const { page } = watched;
    const act = async (verb: string, answer: string): Promise<void> => {
      await page.getByRole('button', { name: `${verb}…` }).click();
      if (verb === 'Cancel') await page.getByLabel(/^Reason/).fill('wrong song');
      await page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click();
      await page.getByRole('status').getByText(answer).waitFor();
    };
    await act('Cancel', 'The task was cancelled.');
    await page.getByText(/Failed .*cancelled, “wrong song”/).waitFor();
    expect((await tusker.explain('song')).detail.reason).toBe('wrong song');
    await act('Retry', 'The task was retried.');
    await page.getByText(/^Open since/).waitFor();
    await act('Release now', 'The task was released.');
    await page.getByText(/^Released .*; waits for a worker\.$/).waitFor();
    await act('Cancel', 'The task was cancelled.');
    await act('Remove', 'The task was removed.');
    await page.getByText('No such task').waitFor();
    await expect(tusker.explain('song')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  test('an action over a filter shows what it would touch, and touches that', async () => {
    const tusker = await serving.store(store);
    for (const name of ['song-1', 'song-2', 'film-1']) {
      await tusker.open(name);
      await tusker.cancel(name);
    }
    await using watched = await chromium.page(
      `${await serving.serve({ tusker, readOnly: false })}tasks?state=failed&q=song`,
    );
    const { page } = watched;
    await page.getByRole('button', { name: 'Change all of these…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Failed tasks with “song” in the name.').waitFor();
    await dialog.getByText('It would touch 2 tasks, and no others:').waitFor();
    await tusker.open('song-3');
    await tusker.cancel('song-3');
    await dialog.getByRole('button', { name: 'Retry: 2 tasks' }).click();
    await dialog.getByText('2 tasks retried').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect((await tusker.stats()).open).toBe(2);
    expect((await tusker.explain('song-3')).state).toBe('failed');
  });
});

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
