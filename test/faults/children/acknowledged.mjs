// Does one unit after another until it is told to stop, and writes each down when the store has it.
import { pathToFileURL } from 'node:url';
import { factsIn } from './facts.mjs';

const [dist, file, facts, name] = process.argv.slice(2);
const at = (path) => pathToFileURL(`${dist}/${path}`).href;
const { createTusker } = await import(at('index.js'));
const { sqliteStore } = await import(at('stores/embedded/sqlite.js'));
const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) });
const fact = factsIn(facts);
let isOver = false;
process.once('message', () => {
  isOver = true;
});
for (let i = 0; !isOver; i++) {
  await tusker.run(name, i, () => 'x'.repeat(1000));
  fact('done', name, i);
}
await tusker.stop();
process.disconnect();
