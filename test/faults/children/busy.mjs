// Locks and unlocks as fast as it can for so many ms, 100 in flight; says how many pairs it got.
import { pathToFileURL } from 'node:url';

const [dist, file, name, ms] = process.argv.slice(2);
const at = (path) => pathToFileURL(`${dist}/${path}`).href;
const { createTusker } = await import(at('index.js'));
const { sqliteStore } = await import(at('stores/embedded/sqlite.js'));
const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) });
await tusker.stats();
process.send('ready');
await new Promise((resolve) => process.once('message', resolve));
const end = performance.now() + Number(ms);
let pairs = 0;
const lanes = Array.from({ length: 100 }, async (_, lane) => {
  for (let i = 0; performance.now() < end; i++) {
    await tusker.run(`${name}-${lane % 10}`, `${lane}-${i}`, () => 1);
    if (performance.now() < end) pairs++;
  }
});
await Promise.all(lanes);
process.send(pairs);
await tusker.stop();
process.disconnect();
