// Locks and unlocks as fast as it can, 100 in flight, until it is told to stop; says now and then how many pairs it got.
import { pathToFileURL } from 'node:url';

const [dist, file, name] = process.argv.slice(2);
const at = (path) => pathToFileURL(`${dist}/${path}`).href;
const { createTusker } = await import(at('index.js'));
const { sqliteStore } = await import(at('stores/embedded/sqlite.js'));
const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) });
await tusker.stats();
process.send('ready');
await new Promise((resolve) => process.once('message', resolve));
let isOver = false;
process.once('message', () => {
  isOver = true;
});
let pairs = 0;
const lanes = Array.from({ length: 100 }, async (_, lane) => {
  for (let i = 0; !isOver; i++) {
    await tusker.run(`${name}-${lane % 10}`, `${lane}-${i}`, () => 1);
    pairs++;
    // Lets messages in: awaited calls alone leave them no turn.
    if (i % 10 === 0) await new Promise(setImmediate);
    if (pairs % 100 === 0) process.send(pairs);
  }
});
await Promise.all(lanes);
await tusker.stop();
process.disconnect();
