// One of several servers of an upload API. Any server takes any chunk, any server merges.
//   PUT  /uploads/:id/:n            a chunk; answered with { key, bytes } once it is stored
//   POST /uploads/:id/:chunks       that was all: so many chunks belong to it
//   GET  /uploads/:id               waits for the merged file
// TUSKER_URL=redis://127.0.0.1:6379 FOLDER=/shared PORT=3001 node upload.mjs
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createTusker, httpAnswer } from 'tusker';

const { FOLDER = '.', PORT = '3001' } = process.env; // the folder stands for S3, or whatever all servers reach
const tusker = createTusker();
const uploads = tusker.namespace('uploads', { ttl: 5_000, wait: 15_000 });

/** Stores a chunk. While another server has it, this one waits; if that one died, this one takes over after `ttl`. */
function putChunk(id, n, body) {
  return uploads.run(id, n, async ({ signal, token }) => {
    const key = `${id}.${n}.${token}`; // with the token nobody else ever writes to this file
    await pipeline(body, createWriteStream(join(FOLDER, key)), { signal });
    return { key, bytes: (await stat(join(FOLDER, key))).size };
  });
}

/** Merges the chunks of an upload that is complete. */
async function merge({ task, token, results, signal }) {
  const parts = await results(); // in the order of their numbers
  const key = `${task}.${token}.whole`;
  async function* bytes() {
    for (const part of parts) yield* createReadStream(join(FOLDER, part.key));
  }
  await pipeline(bytes, createWriteStream(join(FOLDER, key)), { signal });
  return { key, chunks: parts.length };
}

const worker = uploads.work(merge, { concurrency: 2 });
worker.on('error', (error) => console.error(error.message));

const server = createServer(async (request, response) => {
  try {
    const [, , id, n] = /^\/uploads\/([\w-]+)(?:\/(\d+))?$/.exec(request.url)?.[0].split('/') ?? [];
    let answer;
    if (request.method === 'PUT' && n) answer = await putChunk(id, Number(n), request);
    else if (request.method === 'POST' && n) answer = await uploads.close(id, { expect: Number(n) });
    else if (request.method === 'GET' && id) answer = await uploads.result(id, { timeout: 30_000 });
    response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer ?? null));
  } catch (error) {
    const { status, headers, body } = httpAnswer(error) ?? { status: 500, headers: {}, body: '' };
    response.writeHead(status, headers).end(body); // 409 with Retry-After, 410, 503 …
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));

process.once('SIGTERM', async () => {
  server.close();
  await tusker.stop({ grace: 10_000 });
});
