import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { DemoError } from './errors.js';
import type { Emit } from './events.js';

/** How often a chunk is sent before the demo gives up, and the pause before the second time, growing with each, in ms. */
const TRIES = 10;
const RETRY_PAUSE = 50;
/** Chunks on their way or being encoded, per server. */
const IN_FLIGHT = 4;
/** The mean pause between two chunks in ms, and how long all pauses may take together. */
const PAUSE = 300;
const ALL_PAUSES = 6_000;

/** A server, as the sender sees it. */
export interface Destination {
  readonly name: string;
  readonly port: number;
  readonly running: boolean;
}

export interface Sending {
  readonly task: string;
  /** The ogg files by the number of their chunk. */
  readonly files: readonly string[];
  readonly servers: readonly Destination[];
  /** This one is asked to be encoded as slowly as it sounds, the first time that it is sent. */
  readonly liveChunk: number;
  readonly random: () => number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Sends the chunks in the order given, each to a server picked by chance, without waiting for one before the next. A
 * chunk that no server answered for goes to another server, the same bytes: whether it was done does not matter.
 *
 * @throws DemoError CHUNK_FAILED
 */
export async function sendAll(order: readonly number[], sending: Sending): Promise<void> {
  const meanPause = Math.min(PAUSE, ALL_PAUSES / order.length);
  const flying = new Set<Promise<void>>();
  for (const chunk of order) {
    const arrival = pause(2 * meanPause * sending.random(), undefined, { signal: sending.signal });
    // A chunk that fails meanwhile ends it all, hence the race.
    await Promise.race([arrival, ...[...flying].map((flight) => flight.then(() => arrival))]);
    const flight = sendOne(chunk, sending).finally(() => flying.delete(flight));
    flying.add(flight);
    if (flying.size >= IN_FLIGHT * sending.servers.length) await Promise.race(flying);
  }
  await Promise.all(flying);
}

async function sendOne(chunk: number, sending: Sending): Promise<void> {
  const { task, files, liveChunk, emit, signal } = sending;
  const ogg = await readFile(files[chunk] ?? '');
  let last: Destination | undefined;
  let why = '';
  for (let tries = 1; tries <= TRIES; tries++) {
    const server = pick(sending, last);
    emit({ kind: 'sent', chunk, server: server.name, again: tries > 1 });
    const live = chunk === liveChunk && tries === 1;
    const answer = await post(server.port, `/chunks/${task}/${chunk}`, ogg, live, signal);
    if (answer.status === 200) return;
    signal.throwIfAborted();
    why = answer.why;
    emit({ kind: 'refused', chunk, server: server.name, why });
    if (answer.status >= 400 && answer.status < 500) {
      throw new DemoError('CHUNK_FAILED', `${server.name} does not take chunk ${chunk}: ${why}`);
    }
    last = server;
    await pause(RETRY_PAUSE * tries, undefined, { signal });
  }
  throw new DemoError('CHUNK_FAILED', `No server took chunk ${chunk} in ${TRIES} tries. ${why}`);
}

function pick({ servers, random }: Sending, last: Destination | undefined): Destination {
  const able = servers.filter((server) => server.running && server !== last);
  const server = able[Math.floor(random() * able.length)] ?? last ?? servers[0];
  if (server === undefined) throw new DemoError('CHUNK_FAILED', 'No server is running.');
  return server;
}

/** Status 0 is a connection that broke or never came about. */
function post(port: number, path: string, body: Buffer, live: boolean, signal: AbortSignal) {
  return new Promise<{ status: number; why: string }>((resolve) => {
    const headers = {
      'content-type': 'audio/ogg',
      'content-length': body.length,
      ...(live && { 'tusker-pace': 'live' }),
    };
    const options = { host: '127.0.0.1', port, path, method: 'POST', headers, agent: false, signal };
    const broken = (error: Error) => resolve({ status: 0, why: error.message });
    const sent = request(options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', broken);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, why: errorIn(Buffer.concat(pieces).toString()) }),
      );
    });
    sent.on('error', broken);
    sent.end(body);
  });
}

/** What a server answers is JSON, with the error in words where there is one. */
function errorIn(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    return String(error);
  } catch {
    return body;
  }
}
