import type { Readable } from 'node:stream';
import { PayloadTooLargeError } from '../index.js';
import type { OutputStream } from './surroundings.js';

/** More than this is never held in memory; the store's own limit for a result is far lower. */
const MOST = 16 * 1024 * 1024;
const LAST_LINES = 10;
const LAST_CHARACTERS = 2000;

/** Keeps what a command prints as the result that it means. */
export class ResultCapture {
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  constructor(stream: Readable) {
    stream.on('data', (part: Buffer) => {
      this.#bytes += part.length;
      if (this.#bytes <= MOST) this.#parts.push(part);
    });
  }

  /** JSON as its value, other text as a string without the space around it, nothing as none. @throws PayloadTooLargeError */
  value(): unknown {
    if (this.#bytes > MOST) throw new PayloadTooLargeError('stdout', this.#bytes, MOST);
    const text = Buffer.concat(this.#parts).toString().trim();
    if (text === '') return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }
}

/** Passes on what a command complains of, and keeps the last lines. */
export class Complaints {
  #last = '';

  constructor(stream: Readable, stderr: OutputStream) {
    stream.on('data', (part: Buffer) => {
      stderr.write(part);
      this.#last = (this.#last + part.toString()).slice(-LAST_CHARACTERS);
    });
  }

  /** The last lines. */
  get last(): string {
    return this.#last.trim().split('\n').slice(-LAST_LINES).join('\n');
  }
}
