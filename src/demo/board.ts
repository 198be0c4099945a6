import type { DemoEvent } from './events.js';

/** How far a chunk is. `lost`: its server died while it held the lock, and nobody has taken it over yet. */
export type ChunkState = 'to come' | 'sent' | 'encoding' | 'lost' | 'done';

export interface ChunkView {
  state: ChunkState;
  /** Where it is; a lost one: where it waits for its takeover, once it was sent there. */
  server: string | null;
  /** How much of it ffmpeg has encoded where it is encoded as slowly as it sounds, in ms of sound. */
  encodedMs: number;
}

export interface ServerView {
  readonly name: string;
  /** Of 127.0.0.1. */
  readonly port: number;
  done: number;
  /** The chunk that it was killed over. */
  killedOver: number | null;
}

/** A chunk whose server died over it. Times are ms from the SIGKILL; null while it has not happened. */
export interface Recovery {
  readonly chunk: number;
  readonly lostBy: string;
  takenOverBy: string | null;
  /** Until another server had the lock. */
  takeoverMs: number | null;
  /** Until the chunk was done. */
  doneMs: number | null;
}

/** What is known of a running demo. Only `apply` changes it. */
export class Board {
  /** By their number; none before the split. */
  readonly chunks: ChunkView[] = [];
  readonly servers: ServerView[] = [];
  readonly recoveries: Recovery[] = [];
  /** Whether the stream was closed, in words. */
  stream = 'open';
  /** What the task waits for, in words. */
  sentence = '';
  #killedAt = 0;

  /** How many chunks are in a state. */
  count(state: ChunkState): number {
    return this.chunks.filter((chunk) => chunk.state === state).length;
  }

  /** The chunks that a server works on, or that wait there. */
  chunksOf(server: string, state: ChunkState): number[] {
    return [...this.chunks.keys()].filter((at) => this.#at(at).server === server && this.#at(at).state === state);
  }

  /** @param at ms on one and the same clock for all events */
  apply(event: DemoEvent, at: number): void {
    switch (event.kind) {
      case 'split':
        for (let chunk = 0; chunk < event.chunks; chunk++) this.chunks.push(newChunk());
        break;
      case 'started':
        this.servers.push({ name: event.server, port: event.port, done: 0, killedOver: null });
        this.servers.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
        break;
      case 'sent':
        this.#sent(event.chunk, event.server);
        break;
      case 'locked':
        this.#locked(event.chunk, event.server, at);
        break;
      case 'encoding':
        this.#at(event.chunk).encodedMs = event.encodedMs;
        break;
      case 'done':
        this.#done(event.chunk, event.server, event.ms === null, at);
        break;
      case 'killed':
        this.#killed(event.server, event.chunk, at);
        break;
      case 'closing':
        this.stream = `is being closed by another process, with ${event.done} of ${this.chunks.length} chunks done`;
        break;
      case 'closed':
        this.stream = this.stream.replace('is being closed', 'closed');
        break;
      case 'explained':
        this.sentence = event.sentence;
        break;
    }
  }

  #sent(chunk: number, server: string): void {
    const view = this.#at(chunk);
    if (view.state !== 'lost') view.state = 'sent';
    view.server = server;
  }

  #locked(chunk: number, server: string, at: number): void {
    const view = this.#at(chunk);
    view.server = server;
    view.state = 'encoding';
    // What a server said last may be heard after its death.
    if (this.#server(server)?.killedOver != null) return this.#lose(chunk, server);
    const recovery = this.recoveries.find((one) => one.chunk === chunk);
    if (recovery?.takeoverMs === null) {
      recovery.takenOverBy = server;
      recovery.takeoverMs = at - this.#killedAt;
    }
  }

  #done(chunk: number, server: string, before: boolean, at: number): void {
    const view = this.#at(chunk);
    const recovery = this.recoveries.find((one) => one.chunk === chunk);
    // Done by the dead server after all, just before: nothing was lost.
    if (recovery && recovery.takeoverMs === null) this.recoveries.splice(this.recoveries.indexOf(recovery), 1);
    if (recovery && recovery.doneMs === null) recovery.doneMs = at - this.#killedAt;
    if (view.state !== 'done' && !before) {
      const by = this.#server(server);
      if (by) by.done++;
      view.server = server;
    }
    view.state = 'done';
  }

  #killed(server: string, chunk: number, at: number): void {
    this.#killedAt = at;
    const view = this.#server(server);
    if (view) view.killedOver = chunk;
    for (const lost of this.chunksOf(server, 'encoding')) this.#lose(lost, server);
  }

  #lose(chunk: number, server: string): void {
    this.#at(chunk).state = 'lost';
    this.recoveries.push({ chunk, lostBy: server, takenOverBy: null, takeoverMs: null, doneMs: null });
  }

  #at(chunk: number): ChunkView {
    return this.chunks[chunk] ?? newChunk();
  }

  #server(name: string): ServerView | undefined {
    return this.servers.find((server) => server.name === name);
  }
}

function newChunk(): ChunkView {
  return { state: 'to come', server: null, encodedMs: 0 };
}
