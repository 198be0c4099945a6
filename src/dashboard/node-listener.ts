import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** A handler as the web has it. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/**
 * A fetch handler as a listener of `node:http`, for Express, Fastify and the like too. A body that a framework has
 * read and parsed already is taken from `request.body`. What a reader does not take is not read from the response.
 *
 * @example
 * createServer(toNodeListener(dashboard({ tusker }))).listen(8875, '127.0.0.1')
 */
export function toNodeListener(handler: FetchHandler): (request: IncomingMessage, response: ServerResponse) => void {
  return (incoming, outgoing) => {
    void serve(handler, incoming, outgoing);
  };
}

async function serve(handler: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const request = requestOf(incoming);
    if (!request) return plain(outgoing, 400, 'Bad request.');
    await send(await handler(request), outgoing, incoming.method === 'HEAD');
  } catch {
    // The other side is gone, or an answer broke in the middle: nothing more can be said on this connection.
    if (outgoing.headersSent) outgoing.destroy();
    else plain(outgoing, 500, 'Internal error.');
  }
}

function plain(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
  outgoing.end(text);
}

/** Methods that a web request cannot have. */
const UNKNOWN_METHODS: readonly string[] = ['CONNECT', 'TRACE', 'TRACK'];

/** The request; nothing when its target or host make no URL, or its method is none of the web's. */
function requestOf(incoming: IncomingMessage): Request | undefined {
  // Express and others shorten `url` to what lies behind the mount.
  const { originalUrl = incoming.url, body } = incoming as IncomingMessage & { originalUrl?: string; body?: unknown };
  const { method = 'GET' } = incoming;
  if (UNKNOWN_METHODS.includes(method)) return undefined;
  const isSecure = 'encrypted' in incoming.socket;
  const target = `${isSecure ? 'https' : 'http'}://${incoming.headers.host ?? 'localhost'}${originalUrl}`;
  if (!originalUrl?.startsWith('/') || !URL.canParse(target)) return undefined;
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '');
  }
  if (method === 'GET' || method === 'HEAD') return new Request(target, { method, headers });
  const isRead = incoming.readableEnded && body !== undefined;
  const content = isRead ? JSON.stringify(body) : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
  const init: RequestInit & { duplex: 'half' } = { method, headers, body: content, duplex: 'half' };
  return new Request(target, init);
}

async function send(response: Response, outgoing: ServerResponse, isHead: boolean): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  outgoing.flushHeaders();
  if (!response.body || isHead) {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  const reader = response.body.getReader();
  outgoing.on('close', () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!outgoing.write(value)) await room(outgoing, reader.closed);
  }
  outgoing.end();
}

/** Resolves when the reader on the other side has caught up or left; rejects when the answer was broken off. */
function room(outgoing: ServerResponse, closed: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    outgoing.on('drain', done);
    outgoing.on('close', done);
    closed.catch(reject);
  });
}
