/**
 * Measures the dashboard at 100 000 tasks and a task of 10 000 units, in a real Chromium, and prints what it took:
 *
 *   npm run build && node test/dashboard/measure.mjs [URL of a store, default a new SQLite file]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const TASKS = Number(process.env.TASKS ?? 100_000);
const UNITS = Number(process.env.UNITS ?? 10_000);
const dist = pathToFileURL(join(process.env.DIST ?? 'dist', '/')).href;
const { createTusker } = await import(`${dist}index.js`);
const { serveDashboard } = await import(`${dist}dashboard/index.js`);

const folder = mkdtempSync(join(tmpdir(), 'tusker-measure-'));
const root = createTusker(process.argv[2] ?? `sqlite:${join(folder, 'tusker.db')}`);
const tusker = root.namespace('measured');
const rows = [];
const note = (what, times) => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  rows.push({ what, times: sorted.length, 'median ms': at(0.5), '95 % ms': at(0.95), 'longest ms': at(1) });
};

/** Runs `work` for each number, some hundred at a time. */
async function each(count, work) {
  for (let from = 0; from < count; from += 500) {
    await Promise.all(Array.from({ length: Math.min(500, count - from) }, (_, index) => work(from + index)));
  }
}

async function fill() {
  await each(TASKS, async (index) => {
    const name = `song-${index}`;
    if (index % 3 === 0) await tusker.open(name);
    else if (index % 3 === 1) await tusker.close(name);
    else {
      await tusker.tryLock(name, 1, { ttl: 3_600_000, renew: false });
      await tusker.close(name);
    }
  });
  await each(UNITS, async (index) => {
    const { lock } = await tusker.tryLock('doc', index, { holder: `web-${index % 20}`, renew: false, ttl: 3_600_000 });
    if (index % 10 > 0) await lock.unlock({ page: index });
  });
}

async function timed(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

console.log(`filling with ${TASKS} tasks and ${UNITS} units took ${Math.round(await timed(fill))} ms`);
const served = await serveDashboard({ tusker, port: 0 });
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
try {
  await measurePages();
  await measureList();
  console.table(rows);
} finally {
  await browser.close();
  await served.close();
  await root.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measurePages() {
  for (const [what, path, sign] of [
    ['overview', '', 'Time by stage'],
    ['task list', 'tasks', 'Page 1'],
    [`task of ${UNITS} units`, 'task?task=doc', 'All units as a table'],
  ]) {
    const paints = [];
    const shown = [];
    for (let times = 0; times < 5; times++) {
      const page = await browser.newPage();
      shown.push(
        await timed(async () => {
          await page.goto(served.url + path);
          await page.getByText(sign).first().waitFor();
        }),
      );
      paints.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
      await page.close();
    }
    note(`first paint: ${what}`, paints);
    note(`whole page: ${what}`, shown);
  }
}

async function measureList() {
  const ask = async (query) => (await fetch(`${served.url}api/tasks?namespace=measured&${query}`)).json();
  const pages = [];
  let cursor = '';
  for (let page = 0; page < 1000 && cursor !== null; page++) {
    pages.push(
      await timed(async () => ({ cursor } = await ask(`state=released&cursor=${encodeURIComponent(cursor)}`))),
    );
  }
  note('a page of the list', pages);
  const page = await browser.newPage();
  await page.goto(`${served.url}tasks?state=open`);
  await page.getByText('Page 1', { exact: true }).waitFor();
  const clicks = [];
  for (let times = 0; times < 20; times++) clicks.push(await page.evaluate(clickNext));
  note('the next page, clicked and seen', clicks);
  await page.close();
  const searches = [];
  for (let times = 0; times < 20; times++) searches.push(await timed(() => ask(`q=${99_990 - times}`)));
  note('one step of a search', searches);
}

/** In the page: from the click on "Next" until other rows have been painted. */
async function clickNext() {
  const first = () => document.querySelector('table:not(.stale) tbody tr')?.textContent;
  const before = first();
  const from = performance.now();
  [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Next').click();
  do await new Promise(requestAnimationFrame);
  while (first() === undefined || first() === before);
  return performance.now() - from;
}
