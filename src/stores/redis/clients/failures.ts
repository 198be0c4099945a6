import { ConnectionError } from '../../../core/errors.js';

/** How long a connection may take until it is ready, in ms. */
export const CONNECT_TIMEOUT = 10_000;

/** How long a look at the slots of a Cluster may keep a new connection waiting, in ms: then what is known has to do. */
export const LOOK_AGAIN = 500;

/** The message of a server's refusal begins with a code in capitals. */
const REFUSAL = /^[A-Z]{2,}(?: |$)/;

export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && REFUSAL.test(error.message);
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An AggregateError of several addresses has no message of its own.
  return error.message || ('code' in error ? String(error.code) : error.name);
}

/** Why a connection did not come to be: the server's refusal as it is, anything else as a ConnectionError. */
export function connectFailure(error: unknown): Error {
  if (error instanceof ConnectionError || isRefusal(error)) return error;
  return new ConnectionError(`No connection to the Redis server: ${messageOf(error)}`, { cause: error });
}

/** Resolves as `opening` does, unless `ms` pass first. @throws ConnectionError then, after `giveUp` was called */
export async function withinTime<T>(opening: Promise<T>, ms: number, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ConnectionError(`The Redis server did not make a connection ready within ${ms} ms.`));
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
