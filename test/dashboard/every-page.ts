/** What the pages show and do over any store. Pages over the second store are looked at by the wide run. */
import { describe, expect, test } from 'vitest';
import { Chromium } from './browser.js';
import { Serving } from './serving.js';

export function pagesOver(store: string): void {
  const serving = new Serving();
  const chromium = new Chromium();
  describe(`over ${store}`, () => {
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
}
