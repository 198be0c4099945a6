// Merges what is released until it is told to stop. Writes down each merge, and when.
import { pathToFileURL } from 'node:url';
import { factsIn } from '../../faults/children/facts.mjs';

const [dist, url, facts] = process.argv.slice(2);
const { createTusker } = await import(pathToFileURL(`${dist}/index.js`).href);

const tell = factsIn(facts);
const tusker = createTusker(url);
const worker = tusker.work(
  async ({ task, attempt, results }) => {
    const parts = await results();
    tell('merged', task, Date.now(), attempt);
    return parts.length;
  },
  { concurrency: 4 },
);
worker.on('error', () => {});
process.send('ready');

process.on('message', async (message) => {
  if (message === 'stats') return process.send(await tusker.stats());
  if (message !== 'stop') return;
  const completed = [];
  for (let after = '0'; ; ) {
    const page = await tusker.reader.events({ after, limit: 1000 });
    if (page.events.length === 0) break;
    for (const { kind, task } of page.events) if (kind === 'completed') completed.push(task);
    after = page.cursor;
  }
  await tusker.stop();
  process.send(completed);
  process.disconnect();
});
