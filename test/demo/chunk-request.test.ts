import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChunkRequest } from '../../src/demo/chunk-request.js';
import { RequestError, readChunkRequest } from '../../src/demo/chunk-request.js';

const LARGEST = 16 * 1024 * 1024;
const OGG = Buffer.from('OggS and the rest of it');

let read: ChunkRequest | undefined;
const server = createServer(async (incoming, response) => {
  read = undefined;
  try {
    read = await readChunkRequest(incoming);
    response.writeHead(200).end();
  } catch (error) {
    response.writeHead(error instanceof RequestError ? error.status : 500, { connection: 'close' }).end();
  }
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string | number>;
  readonly body?: Buffer;
}

function send({ path = '/chunks/demo-1/7', method = 'POST', headers = {}, body = OGG }: Sent): Promise<number> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

test('task, number, pace and bytes are read', async () => {
  expect(await send({ path: '/chunks/demo-1/7', headers: { 'tusker-pace': 'live' } })).toBe(200);
  expect(read).toEqual({ task: 'demo-1', chunk: 7, live: true, ogg: OGG });
  expect(await send({ path: '/chunks/d/0' })).toBe(200);
  expect(read).toMatchObject({ task: 'd', chunk: 0, live: false });
});

test.each([
  '/',
  '/chunks/',
  '/chunks/demo',
  '/chunks/demo/',
  '/chunks/demo/01',
  '/chunks/demo/-1',
  '/chunks/demo/1.5',
  '/chunks/demo/1000000',
  '/chunks/demo/1/2',
  '/chunks/demo/1?live',
  '/chunks/../1',
  '/chunks/%2e%2e/1',
  '/chunks/-demo/1',
  `/chunks/${'d'.repeat(65)}/1`,
  '/other/demo/1',
])('%s is not found', async (path) => {
  expect(await send({ path })).toBe(404);
});

test('other methods are refused', async () => {
  expect(await send({ method: 'PUT' })).toBe(405);
});

test('what is no ogg is refused', async () => {
  expect(await send({ body: Buffer.from('RIFF') })).toBe(415);
  expect(await send({ body: Buffer.alloc(0) })).toBe(415);
});

test('an unknown pace is refused', async () => {
  expect(await send({ headers: { 'tusker-pace': 'slow' } })).toBe(400);
});

test('too many bytes are refused: by their announced number, and as they come', async () => {
  expect(await send({ headers: { 'content-length': LARGEST + 1 }, body: OGG })).toBe(413);
  const endless = { 'transfer-encoding': 'chunked' };
  expect(await send({ headers: endless, body: Buffer.alloc(LARGEST + 1, OGG) })).toBe(413);
  expect(await send({ headers: endless, body: Buffer.alloc(LARGEST, OGG) })).toBe(200);
});
