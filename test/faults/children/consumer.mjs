// A consumer of failed tasks: writes down what it was given, and what it was told to be acknowledged. Some of them it never ends.
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { factsIn } from './facts.mjs';

const [dist, url, facts, lease, hangsAt = ''] = process.argv.slice(2);
const { createTusker } = await import(pathToFileURL(`${dist}/index.js`).href);
const tusker = createTusker(url);
const fact = factsIn(facts);
const handler = async ({ task, attempt }) => {
  fact('given', task, attempt);
  if (task === hangsAt) {
    process.send(task);
    await new Promise(() => {});
  }
  await sleep(10);
};
const worker = tusker.workFailed(handler, { concurrency: 3, lease: Number(lease) });
worker.on('completed', ({ task }) => fact('acknowledged', task));
process.once('message', async () => {
  await tusker.stop();
  process.disconnect();
});
