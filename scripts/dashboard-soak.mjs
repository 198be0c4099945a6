/**
 * Keeps the pages of the dashboard open while work goes on, and looks whether their memory stays flat:
 *
 *   npm run build && node scripts/dashboard-soak.mjs [--seconds 600] [--dist dist]
 *
 * Ends with 1 when the memory of a page grows: the least of its last third over the least of its second third, in
 * which everything has been loaded, by more than a fifth and 2 MB.
 */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values } = parseArgs({ options: { seconds: { type: 'string' }, dist: { type: 'string' } } });
const seconds = Number(values.seconds ?? 600);
const dist = pathToFileURL(join(resolve(values.dist ?? 'dist'), '/')).href;
const { createTusker } = await import(`${dist}index.js`);
const { serveDashboard } = await import(`${dist}dashboard/index.js`);

const root = createTusker('memory:');
const tusker = root.namespace('soak');
const served = await serveDashboard({ tusker, port: 0 });
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
const end = Date.now() + seconds * 1000;

/** Tasks come, are worked on and go, and one task gets units all the time. */
async function keepBusy() {
  const worker = tusker.work(async ({ results }) => (await results()).length, { concurrency: 2 });
  for (let index = 0; Date.now() < end; index++) {
    const task = `song-${index}`;
    for (let unit = 0; unit < 5; unit++) await tusker.run(task, unit, () => ({ unit }));
    await tusker.close(task, { retention: 300_000 });
    await tusker.run('long', index % 400, () => index).catch(() => {});
    await sleep(40);
  }
  await worker.stop();
}

async function watched(path) {
  const page = await browser.newPage();
  await page.goto(served.url + path);
  const session = await page.context().newCDPSession(page);
  return { path: path || 'overview', session, sizes: [] };
}

/** What the page holds after a collection, in MB. */
async function measure({ session, sizes }) {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  sizes.push(usedSize / 1_000_000);
}

const busy = keepBusy();
await tusker.run('long', 'first', () => 0);
const pages = [await watched(''), await watched('tasks'), await watched('task?task=long')];
const every = Math.max(500, (seconds * 1000) / 60);
while (Date.now() < end) {
  await sleep(every);
  for (const page of pages) await measure(page);
}
await busy;
await browser.close();
await served.close();
await root.stop();

let grows = false;
for (const { path, sizes } of pages) {
  const third = Math.floor(sizes.length / 3);
  const before = Math.min(...sizes.slice(third, 2 * third));
  const after = Math.min(...sizes.slice(2 * third));
  const isFlat = after < before * 1.2 || after - before < 2;
  grows ||= !isFlat;
  console.log(`${path}: ${before.toFixed(1)} MB, then ${after.toFixed(1)} MB${isFlat ? '' : '  grows'}`);
}
process.exitCode = grows ? 1 : 0;
