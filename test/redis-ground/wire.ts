import type { Socket } from 'node:net';
import { createConnection } from 'node:net';

/** A reply of the server, as plain values. An error reply is an `Error`. */
export type Reply = string | number | null | Error | Reply[];

/**
 * A connection that speaks RESP2 and nothing else, for preparing servers without any of the libraries under test.
 * Commands are pipelined and answered in order.
 */
export class Wire {
  readonly #socket: Socket;
  readonly #waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#take(bytes));
    const end = (): void => this.#end(new Error('the connection is closed'));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', end);
  }

  static async open(port: number, password?: string): Promise<Wire> {
    const socket = createConnection({ host: '127.0.0.1', port });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const wire = new Wire(socket);
    if (password !== undefined) await wire.send('AUTH', password);
    return wire;
  }

  /** One command. Rejects with an error reply. */
  async send(...args: (string | number)[]): Promise<Reply> {
    if (this.#socket.destroyed) throw new Error('the connection is closed');
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(encode(args));
    });
    if (reply instanceof Error) throw reply;
    return reply;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const read = decode(this.#rest, 0);
      if (!read) return;
      this.#rest = this.#rest.subarray(read.end);
      this.#waiting.shift()?.resolve(read.reply);
    }
  }

  #end(error: Error): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}

/** Opens a connection, uses it, closes it. */
export async function onWire<T>(port: number, use: (wire: Wire) => Promise<T>, password?: string): Promise<T> {
  const wire = await Wire.open(port, password);
  try {
    return await use(wire);
  } finally {
    wire.close();
  }
}

function encode(args: readonly (string | number)[]): Buffer {
  const parts = args.map((arg) => `$${Buffer.byteLength(String(arg))}\r\n${arg}\r\n`);
  return Buffer.from(`*${args.length}\r\n${parts.join('')}`);
}

/** The reply that begins at `at` and where it ends, or nothing when it is not whole yet. */
function decode(bytes: Buffer, at: number): { reply: Reply; end: number } | undefined {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString('utf8', at + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(bytes[at] ?? 0)) {
    case '+':
      return { reply: line, end };
    case '-':
      return { reply: new Error(line), end };
    case ':':
      return { reply: Number(line), end };
    case '$':
      return text(bytes, end, Number(line));
    case '*':
      return list(bytes, end, Number(line));
    default:
      throw new Error(`no RESP2: ${line}`);
  }
}

function text(bytes: Buffer, at: number, length: number): { reply: Reply; end: number } | undefined {
  if (length < 0) return { reply: null, end: at };
  if (bytes.length < at + length + 2) return undefined;
  return { reply: bytes.toString('utf8', at, at + length), end: at + length + 2 };
}

function list(bytes: Buffer, at: number, length: number): { reply: Reply; end: number } | undefined {
  if (length < 0) return { reply: null, end: at };
  const replies: Reply[] = [];
  let end = at;
  for (let i = 0; i < length; i++) {
    const read = decode(bytes, end);
    if (!read) return undefined;
    replies.push(read.reply);
    end = read.end;
  }
  return { reply: replies, end };
}
