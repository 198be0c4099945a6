import type { IncomingMessage } from 'node:http';

/** More than 15 s of sound, lossless, in six channels. Bytes. */
const LARGEST_CHUNK = 16 * 1024 * 1024;
const PATH = /^\/chunks\/([A-Za-z0-9][A-Za-z0-9_-]{0,63})\/(0|[1-9]\d{0,5})$/;
const OGG = 'OggS'; // what every ogg file begins with

/** A chunk as it came in. */
export interface ChunkRequest {
  readonly task: string;
  readonly chunk: number;
  /** Encode it at the speed at which it sounds, as a live source would give it. */
  readonly live: boolean;
  readonly ogg: Buffer;
}

/** A request that is not a chunk, with the HTTP status that says so. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads `POST /chunks/TASK/NUMBER`, the body being the chunk as ogg, at most 16 MiB. A header `tusker-pace: live` asks
 * for an encoding as slow as the sound.
 *
 * @throws RequestError
 */
export async function readChunkRequest(request: IncomingMessage): Promise<ChunkRequest> {
  const [, task, chunk] = PATH.exec(request.url ?? '') ?? [];
  if (task === undefined || chunk === undefined) throw new RequestError(404, 'Send to /chunks/TASK/NUMBER.');
  if (request.method !== 'POST') throw new RequestError(405, 'Send chunks by POST.');
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_CHUNK) throw tooLarge();
  const pace = request.headers['tusker-pace'];
  if (pace !== undefined && pace !== 'live') throw new RequestError(400, 'tusker-pace is "live" or left out.');
  const ogg = await readBody(request);
  if (ogg.toString('latin1', 0, OGG.length) !== OGG) throw new RequestError(415, 'The body is not an ogg file.');
  return { task, chunk: Number(chunk), live: pace === 'live', ogg };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > LARGEST_CHUNK) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function tooLarge(): RequestError {
  return new RequestError(413, `A chunk has at most ${LARGEST_CHUNK} bytes.`);
}
