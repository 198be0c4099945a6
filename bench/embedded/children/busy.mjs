// Locks and unlocks as fast as it can for so many seconds, 200 in flight; prints how many pairs.
import { createTusker, sqliteStore } from '../../harness/subject.mjs';

const [path, seconds, name] = process.argv.slice(2);
const tusker = createTusker({ store: sqliteStore(path, { synchronous: 'NORMAL' }) });
await tusker.stats();
process.send('ready');
await new Promise((resolve) => process.once('message', resolve));
const end = performance.now() + Number(seconds) * 1000;
let pairs = 0;
await Promise.all(
  Array.from({ length: 200 }, async (_, lane) => {
    for (let i = 0; performance.now() < end; i++) {
      await tusker.run(`${name}-${lane % 10}-${Math.floor(i / 100)}`, `${lane}-${i}`, () => 1);
      pairs++;
    }
  }),
);
process.send({ pairs });
await tusker.stop();
process.disconnect();
