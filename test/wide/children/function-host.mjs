// A process that a cloud calls functions in: one call a message, its answer as a message. A slow merge waits for `go`.
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';

const functions = await import(pathToFileURL(process.argv[2]).href);

async function slowMerge(parts) {
  process.send('merging');
  await once(process, 'go');
  return parts.join('');
}

process.on('message', async (message) => {
  if (message === 'go') return process.emit('go');
  const { call, event, isSlow } = message;
  process.send({ answer: await functions[call](event, ...(isSlow ? [slowMerge] : [])) });
});
process.send('ready');
