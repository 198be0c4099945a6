import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import { Frames, isPush, wordsOf } from './frames.js';
import type { Fault, ProxiedCommand, Rule } from './proxy.js';

interface Surroundings {
  readonly index: number;
  readonly rule: Rule;
  readonly onEnd: () => void;
}

/** One client's way through the proxy. */
export class ProxyConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #around: Surroundings;
  readonly #requests = new Frames();
  readonly #replies = new Frames();
  /** What is to happen to the reply of each command that is under way. */
  readonly #awaited: (Fault | undefined)[] = [];
  #index = 0;
  /** A command came that nothing may follow. */
  #isHeldUp = false;
  /** What is to happen once the commands before that one are answered. */
  #last: (() => void) | undefined;
  /** Replies go out one behind the other; a delay holds those behind it. */
  #sending: Promise<void> = Promise.resolve();
  #isStalled = false;
  #isCut = false;

  constructor(client: Socket, port: number, around: Surroundings) {
    this.#client = client;
    this.#around = around;
    this.#upstream = createConnection({ host: '127.0.0.1', port, noDelay: true });
    client.on('data', (bytes) => this.#fromClient(bytes));
    this.#upstream.on('data', (bytes) => this.#fromServer(bytes));
    for (const socket of [client, this.#upstream]) {
      socket.on('error', () => this.cut());
    }
    client.on('close', () => this.cut());
    // What the server said last still goes out.
    this.#upstream.on('close', () => void this.#sending.then(() => this.cut()));
  }

  /** Breaks both sides now. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#client.destroy();
    this.#upstream.destroy();
    this.#around.onEnd();
  }

  #fromClient(bytes: Buffer): void {
    for (const frame of this.#requests.push(bytes)) {
      if (this.#isCut || this.#isHeldUp) return;
      this.#request(frame);
    }
  }

  #request(frame: Buffer): void {
    const fault = this.#around.rule(this.#describe(frame));
    if (fault === 'cut-before-request') this.#holdUp(() => this.#end());
    else if (fault === 'cut-in-request') this.#holdUp(() => this.#upstream.end(half(frame), () => this.#end()));
    else if (fault === 'stall-request') this.#isHeldUp = true;
    else {
      this.#awaited.push(fault);
      this.#upstream.write(frame);
    }
  }

  #holdUp(last: () => void): void {
    this.#isHeldUp = true;
    this.#last = last;
    this.#lastOnceAnswered();
  }

  #lastOnceAnswered(): void {
    const last = this.#last;
    if (!last || this.#awaited.length > 0) return;
    this.#last = undefined;
    void this.#sending.then(last);
  }

  #describe(frame: Buffer): ProxiedCommand {
    const words = wordsOf(frame);
    return {
      name: (words[0] ?? '').toUpperCase(),
      words,
      connection: this.#around.index,
      index: this.#index++,
    };
  }

  #fromServer(bytes: Buffer): void {
    for (const frame of this.#replies.push(bytes)) {
      if (this.#isCut || this.#isStalled) return;
      this.#reply(frame, isPush(frame) ? undefined : this.#awaited.shift());
      this.#lastOnceAnswered();
    }
  }

  #reply(frame: Buffer, fault: Fault | undefined): void {
    if (fault === 'stall-reply') this.#isStalled = true;
    else if (fault === 'cut-before-reply') this.#endWith(Buffer.alloc(0));
    else if (fault === 'cut-in-reply') this.#endWith(half(frame));
    else this.#forward(frame, typeof fault === 'object' ? fault.delay : 0);
  }

  #forward(frame: Buffer, delay: number): void {
    this.#sending = this.#sending.then(async () => {
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      if (!this.#isCut) this.#client.write(frame);
    });
  }

  #endWith(bytes: Buffer): void {
    this.#isStalled = true;
    void this.#sending.then(() => {
      this.#client.write(bytes);
      this.#end();
    });
  }

  /** Ends the connection behind what was written last. */
  #end(): void {
    this.#client.end(() => this.cut());
  }
}

function half(frame: Buffer): Buffer {
  return frame.subarray(0, Math.ceil(frame.length / 2));
}
