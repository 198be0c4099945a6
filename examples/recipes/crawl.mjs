// A join over BullMQ jobs that add jobs: nobody knows how many there will be, and it ends when the last one is done.
// TUSKER_URL=redis://127.0.0.1:6379 node crawl.mjs               one of several workers
// TUSKER_URL=redis://127.0.0.1:6379 node crawl.mjs site-1        begins a crawl and waits for its end
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { createTusker } from 'tusker';

const { TUSKER_URL = 'redis://127.0.0.1:6379', TAKES = '50', LOCK = '30000' } = process.env;
const [site] = process.argv.slice(2);
const connection = { url: TUSKER_URL, maxRetriesPerRequest: null };
const tusker = createTusker(TUSKER_URL);
const crawls = tusker.namespace('crawls', { unitGrace: 5_000, attempts: 3 });
const pages = new Queue('pages', { connection });

/** Adds a job for a page, once. Its unit is locked here already, and the job carries the token: the crawl waits for it from now on. */
async function addPage(crawl, page) {
  const lease = { ttl: 600_000, renew: false, refresh: true }; // refresh: who repeats this gets the same token
  const outcome = await crawls.tryLock(crawl, page, lease);
  if (outcome.kind !== 'locked') return; // done already: a link back
  const { token } = outcome.lock;
  await pages.add('page', { crawl, page, token }, { jobId: `${crawl}~${page}`, attempts: 3, backoff: 200 });
}

/** Stands for reading a page: three links each, three levels, and one back to the first page. */
async function linksOf(page) {
  await sleep(Number(TAKES));
  return page.split('-').length > 3 ? ['home'] : [1, 2, 3].map((n) => `${page}-${n}`);
}

async function readPage(job) {
  const { crawl, page, token } = job.data;
  try {
    const links = await linksOf(page);
    for (const link of links) await addPage(crawl, link); // before this page is done, so the crawl cannot end in between
    await crawls.unlock(crawl, page, { token, result: { links: links.length } });
  } catch (error) {
    const isLast = job.attemptsMade + 1 >= job.opts.attempts;
    if (isLast) await crawls.fail(crawl, page, { token, error, final: true }); // the crawl fails, and says why
    throw error;
  }
}

if (site) {
  await addPage(site, 'home');
  await crawls.close(site, { deadline: 3_600_000 }); // at once: it stays locked while any page is
  console.log(JSON.stringify(await crawls.result(site, { timeout: 120_000 })));
  await pages.close();
  await tusker.stop();
} else {
  const options = { connection, concurrency: 4, lockDuration: Number(LOCK), stalledInterval: Number(LOCK) };
  const reader = new Worker('pages', readPage, options);
  reader.on('error', (error) => console.error(error.message));
  const merger = crawls.work(async ({ results }) => {
    const all = await results();
    return { pages: all.length, links: all.reduce((sum, { links }) => sum + links, 0) };
  });
  merger.on('error', (error) => console.error(error.message));
  process.once('SIGTERM', async () => {
    await reader.close();
    await pages.close();
    await tusker.stop();
  });
  console.log('ready');
}
