// Works on released tasks and says when each handler started, in ms since 1970 with fractions.
import { pathToFileURL } from 'node:url';

const [dist, file] = process.argv.slice(2);
const at = (path) => pathToFileURL(`${dist}/${path}`).href;
const { createTusker } = await import(at('index.js'));
const { sqliteStore } = await import(at('stores/embedded/sqlite.js'));
const tusker = createTusker({ store: sqliteStore(file, { synchronous: 'NORMAL' }) });
tusker.work(() => {
  process.send(performance.timeOrigin + performance.now());
});
process.send('ready');
process.on('disconnect', () => tusker.stop());
