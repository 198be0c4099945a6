import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { memoryStore } from '../../src/stores/embedded/memory.js';
import { ManualClock } from '../../src/testing/index.js';
import { Chromium } from '../dashboard/browser.js';
import type { Picture } from '../dashboard/png.js';
import { readPng } from '../dashboard/png.js';
import { playScene } from '../dashboard/scene.js';
import { Serving } from '../dashboard/serving.js';
import { temporaryFolder } from '../subjects.js';

/**
 * The pictures in the docs. With `TUSKER_SCREENSHOTS=1` they are put there; else they are made all the same, and shown
 * to nobody.
 */
const DOCS = fileURLToPath(new URL('../../docs/images', import.meta.url));
const temporary = temporaryFolder();
const folder = process.env.TUSKER_SCREENSHOTS ? DOCS : temporary.path;
afterAll(() => temporary.remove());

const serving = new Serving();
const chromium = new Chromium();

const PICTURES = [
  ['overview-light', '', 'light', 1280, 'Time by stage'],
  ['overview-dark', '', 'dark', 1280, 'Time by stage'],
  ['overview-narrow', '', 'dark', 320, 'Time by stage'],
  ['tasks-light', 'tasks?state=failed', 'light', 1280, 'every attempt failed'],
  ['tasks-narrow', 'tasks', 'light', 320, 'upload-9'],
  ['task-light', 'task?task=stream-44', 'light', 1280, 'All units as a table'],
  ['task-dark', 'task?task=song-71', 'dark', 1280, 'All units as a table'],
  ['task-narrow', 'task?task=stream-42', 'dark', 320, 'All units as a table'],
  ['grid-dark', 'task?task=doc-7', 'dark', 1280, 'All units as a table'],
] as const;

test('the pages of a quarter of an hour are pictured in light and dark, wide and narrow', {
  timeout: 240_000,
}, async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 15, 13, 45));
  const root = createTusker({ store: memoryStore({ clock }) });
  const tusker = root.namespace('songs') as Tusker;
  await playScene(tusker, clock);
  await Promise.all(
    Array.from({ length: 2400 }, (_, index) => tusker.run('doc-7', index, () => index, { holder: `web-${index % 9}` })),
  );
  await Promise.all(
    Array.from({ length: 70 }, (_, index) => tusker.lock('doc-7', 2400 + index * 3, { holder: 'web-2' })),
  );
  for (const unit of [317, 318, 319, 1402, 2399]) {
    const lock = await tusker.lock('doc-7', `page ${unit}`, { holder: 'web-4' });
    await lock.fail(new Error('the page is blank'));
  }
  const url = await serving.serve({ tusker, readOnly: false });
  mkdirSync(folder, { recursive: true });
  for (const [name, path, colorScheme, width, sign] of PICTURES) {
    const options = {
      colorScheme,
      viewport: { width, height: width === 320 ? 640 : 800 },
      deviceScaleFactor: 1,
      timezoneId: 'UTC',
    };
    await using watched = await chromium.page(url + path, options);
    const { page } = watched;
    await page.getByText(sign).first().waitFor();
    await page.getByRole('status').getByText('Live').waitFor();
    const file = join(folder, `dashboard-${name}.png`);
    await page.screenshot({ path: file, fullPage: width === 320 ? false : name !== 'tasks-light' });
    const picture = readPng(readFileSync(file));
    expect(picture.width, name).toBe(width);
    expect(picture.height, name).toBeGreaterThanOrEqual(options.viewport.height);
    expectPageOn(picture, colorScheme);
  }
  await root.stop();
});

/** More than an empty page: a ground of the scheme, and a good part of it written and drawn on, in many colours. */
function expectPageOn({ width, height, colours }: Picture, scheme: 'light' | 'dark'): void {
  const [[ground, points] = [0, 0]] = colours;
  const brightness = ((ground >> 16) + ((ground >> 8) & 255) + (ground & 255)) / 3;
  if (scheme === 'light') expect(brightness).toBeGreaterThan(200);
  else expect(brightness).toBeLessThan(60);
  expect(points / (width * height)).toBeLessThan(0.97);
  expect(colours.length).toBeGreaterThan(100);
  // Letters, marks and lines are nothing like the ground.
  const drawn = colours.filter(([colour]) => Math.abs(((colour >> 8) & 255) - ((ground >> 8) & 255)) > 80);
  expect(drawn.reduce((sum, [, count]) => sum + count, 0) / (width * height)).toBeGreaterThan(0.005);
}
