import { ConnectionError } from '../../../core/errors.js';
import { lastWordOf } from './last-word.js';
import type { Place } from './place.js';

/** How long a connection may take until it is ready, in ms. */
export const CONNECT_TIMEOUT = 10_000;

/** How long a look at the slots of a Cluster may keep a new connection waiting, in ms: then what is known has to do. */
export const LOOK_AGAIN = 500;

/** The message of a server's refusal begins with a code in capitals. */
const REFUSAL = /^[A-Z]{2,}(?: |$)/;

/** What a server says to everybody who connects, before it closes the connection. Another time it may not. */
const AT_THE_DOOR = /^(?:ERR max number of clients|DENIED )/;

/** The client that was given is not open, or not any more. No further try can change that: only its owner opens it. */
export class ClientNotOpenError extends ConnectionError {
  constructor(
    message = 'The Redis client given is not open: call its connect() first. If that was called, it has failed, or the client was closed.',
  ) {
    super(message);
  }
}

export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && REFUSAL.test(error.message);
}

/** What the server has said to the connection, not to a command: it closes it. */
export function isAtTheDoor(error: Error): boolean {
  return AT_THE_DOOR.test(error.message);
}

/** Why a connection did not come to be: the server's refusal as it is, anything else as a ConnectionError. */
export async function connectFailure(error: unknown, place: Place): Promise<Error> {
  if (error instanceof ConnectionError) return error;
  if (isRefusal(error) && !isAtTheDoor(error)) return error;
  return noConnection(place, await reasonOf(error, place), error);
}

/** The server's own word, or that of a socket, where the library knows of none. */
async function reasonOf(error: unknown, place: Place): Promise<string> {
  const word = wordOf(error);
  if (word !== CLOSED || !place.plain) return word;
  const last = await lastWordOf(place.plain);
  if (last instanceof Error) return wordOf(last);
  return last ?? `${word} without a word; does it want TLS (rediss:)?`;
}

export function noConnection(place: Place, reason: string, cause?: unknown): ConnectionError {
  return new ConnectionError(`No connection to ${place.name}: ${reason}`, { cause });
}

const CLOSED = 'the server closed the connection';

/** What the libraries say of their own. They name options of theirs, or nothing that helps. */
const WORDS_OF_LIBRARIES: readonly (readonly [RegExp, string])[] = [
  [
    /Connection is closed|Socket closed|The client is closed|Disconnects client|isn't writeable|reading 'destroy'|max retries per request/i,
    CLOSED,
  ],
  [/^Connection timeout/i, 'ETIMEDOUT (no answer)'],
  [/root nodes are unavailable|Failed to refresh slots cache/i, 'none of these nodes can be reached'],
];

/** What the codes of sockets mean. */
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no such host name is known',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  ENOENT: 'there is no such socket',
  EACCES: 'this process may not use it',
  EPROTO: 'it speaks no TLS',
};
const CUT = new Set(['ECONNRESET', 'EPIPE']);
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)/;

/** The last word of a socket or a server in an error: its code and what that means, never an option of a library. */
export function wordOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of several addresses each has an error of its own.
  const [first] = (error as { errors?: unknown[] }).errors ?? [];
  if (error.message === '' && first !== undefined) return wordOf(first);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (CUT.has(code)) return CLOSED;
  if (CERTIFICATE.test(code)) {
    return `${error.message} (${code}): Node does not trust this certificate; NODE_EXTRA_CA_CERTS names others to trust`;
  }
  const meaning = MEANINGS[code];
  if (meaning !== undefined) return `${error.message || code} (${meaning})`;
  for (const [pattern, word] of WORDS_OF_LIBRARIES) if (pattern.test(error.message)) return word;
  return error.message || code || error.name;
}

/** Resolves as `opening` does, unless `ms` pass first. @throws Error then, after `giveUp` was called */
export async function withinTime<T>(opening: Promise<T>, ms: number, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${ms} ms`));
      giveUp();
    }, ms);
    timer.unref();
  });
  try {
    return await Promise.race([opening, late]);
  } finally {
    clearTimeout(timer);
    opening.catch(() => {});
  }
}
