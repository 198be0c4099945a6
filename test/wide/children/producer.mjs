// Streams of two units each, several at a time, until it is told to stop. Writes down each task that was closed, and when.
import { pathToFileURL } from 'node:url';
import { factsIn } from '../../faults/children/facts.mjs';

const [dist, url, facts] = process.argv.slice(2);
const { createTusker } = await import(pathToFileURL(`${dist}/index.js`).href);
const LANES = 4;
const PAUSE = 200;

const tell = factsIn(facts);
const tusker = createTusker(url);
let isOver = false;
process.once('message', () => {
  isOver = true;
});

/** The same call again until it is answered. */
async function insisting(call) {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (error.code !== 'CONNECTION') throw error;
    }
  }
}

await insisting(() => tusker.stats());
process.send('ready');
const lanes = Array.from({ length: LANES }, async (_, lane) => {
  for (let i = 0; !isOver; i++) {
    const task = `${lane}-${i}`;
    for (const unit of [1, 2]) await insisting(() => tusker.run(task, unit, () => unit));
    await insisting(() => tusker.close(task, { info: { task } }));
    tell('closed', task, Date.now());
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
});
await Promise.all(lanes);
await tusker.stop();
process.send('stopped');
process.disconnect();
