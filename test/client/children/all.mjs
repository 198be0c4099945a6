// Begins all() of five items, two of which never end; tells its parent of each that begins, and of those that are done.
// How it ends: by SIGKILL, or by SIGTERM as its handler says (`stop` or `abort`).
import { pathToFileURL } from 'node:url';

const [dist, url, ending, options] = process.argv.slice(2);
const { createTusker } = await import(pathToFileURL(`${dist}/index.js`).href);
const tusker = createTusker(url);
const abort = new AbortController();
// As a call under way keeps a process alive.
process.on('message', () => {});
const work = async (item) => {
  process.send(item);
  if (item.startsWith('slow')) await new Promise(() => {});
  return `${item} by the child`;
};
process.on('SIGTERM', async () => {
  if (ending === 'stop') await tusker.stop({ grace: 0 });
  else abort.abort(new Error('SIGTERM'));
});
try {
  await tusker.all('doc', ['a', 'slow-b', 'c', 'slow-d', 'e'], work, {
    concurrency: 3,
    signal: abort.signal,
    ...JSON.parse(options),
  });
} catch {
  await tusker.stop({ grace: 0 });
  process.exit(0);
}
