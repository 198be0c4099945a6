/**
 * A stateless server, one of several: takes chunks by HTTP and makes mp3 of them. What it must agree on with the others
 * it agrees on by tusker alone. Started by the demo as a process of its own.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { isTuskerError } from '../index.js';
import { transcode } from './audio.js';
import { settingsFromEnv, tell, whenDemoEnds } from './child-process.js';
import type { ChunkRequest } from './chunk-request.js';
import { RequestError, readChunkRequest } from './chunk-request.js';
import type { Part } from './tasks.js';
import { demoTasks, LOCK_TTL, LOCK_WAIT } from './tasks.js';

const { url, ffmpeg, directory, name } = settingsFromEnv();
const tasks = demoTasks(url, name);

/** The whole of it: lock, encode, unlock with the result. A chunk that is done already costs a look at its result. */
async function take({ task, chunk, live, ogg }: ChunkRequest): Promise<Part> {
  let ms: number | null = null;
  const part = await tasks.run(
    task,
    chunk,
    async ({ signal, token }) => {
      tell({ kind: 'locked', chunk });
      const startedAt = performance.now();
      // Nobody else ever writes to this name: a holder that was thought dead has a lower token.
      const file = `part-${chunk}-${token}.mp3`;
      await transcode(ffmpeg, ogg, join(directory, file), {
        live,
        signal,
        onProgress: (encodedMs) => tell({ kind: 'encoding', chunk, encodedMs }),
      });
      ms = Math.round(performance.now() - startedAt);
      return { file, server: name, ms };
    },
    { ttl: LOCK_TTL, wait: LOCK_WAIT },
  );
  tell({ kind: 'done', chunk, ms });
  return part;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    reply(response, 200, await take(await readChunkRequest(request)));
  } catch (error) {
    reply(response, statusOf(error), { error: error instanceof Error ? error.message : String(error) });
  }
}

/** 4xx: no use to send it again. 5xx: another server, or a later moment, may do. */
function statusOf(error: unknown): number {
  if (error instanceof RequestError) return error.status;
  if (isTuskerError(error, 'TASK_RELEASED')) return 409;
  const isForAnother = (['LOCK_HELD', 'LOCK_LOST', 'STOPPED'] as const).some((code) => isTuskerError(error, code));
  return isForAnother ? 503 : 500;
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1', () => tell({ kind: 'listening', port: (server.address() as AddressInfo).port }));

whenDemoEnds(async () => {
  server.close();
  server.closeAllConnections();
  // What is being encoded is let go: another server has it at once.
  await tasks.stop({ grace: 0 });
});
