/** Cuts a RESP stream (2 or 3) into whole commands or replies, however the bytes were split on their way. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are whole with these bytes; what is left over waits for more. */
  push(bytes: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Buffer[] = [];
    let start = 0;
    for (let end = frameEnd(this.#rest, start); end !== undefined; end = frameEnd(this.#rest, start)) {
      frames.push(this.#rest.subarray(start, end));
      start = end;
    }
    this.#rest = this.#rest.subarray(start);
    return frames;
  }
}

/** What the server sends without being asked (RESP3) is no reply. */
export function isPush(frame: Buffer): boolean {
  return frame[0] === '>'.charCodeAt(0);
}

/** The words of a command: an array of strings, as all clients send them. */
export function wordsOf(frame: Buffer): string[] {
  const words: string[] = [];
  let at = lineEnd(frame, 0) ?? frame.length;
  while (at < frame.length) {
    const start = lineEnd(frame, at) ?? frame.length;
    const length = Number(frame.toString('latin1', at + 1, start - 2));
    words.push(frame.toString('utf8', start, start + length));
    at = start + length + 2;
  }
  return words;
}

/** Where the frame that starts at `start` ends, if it is whole. */
function frameEnd(bytes: Buffer, start: number): number | undefined {
  let at = start;
  // How many values are still to come: a value may hold others.
  for (let left = 1; left > 0; left--) {
    const content = lineEnd(bytes, at);
    if (content === undefined) return undefined;
    const kind = String.fromCharCode(bytes[at] ?? 0);
    const length = Number(bytes.toString('latin1', at + 1, content - 2));
    left += valuesInside(kind, length);
    at = content + bytesBehind(kind, length);
    if (at > bytes.length) return undefined;
  }
  return at;
}

function valuesInside(kind: string, length: number): number {
  if (kind === '*' || kind === '~' || kind === '>') return Math.max(0, length);
  if (kind === '%') return 2 * length;
  // Attributes stand before the value that they describe.
  if (kind === '|') return 2 * length + 1;
  return 0;
}

function bytesBehind(kind: string, length: number): number {
  const isText = kind === '$' || kind === '!' || kind === '=';
  return isText && length >= 0 ? length + 2 : 0;
}

function lineEnd(bytes: Buffer, at: number): number | undefined {
  const end = bytes.indexOf('\r\n', at, 'latin1');
  return end < 0 ? undefined : end + 2;
}
