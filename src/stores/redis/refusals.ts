/**
 * What a refusal of the server means for the call. The code is the first word of the server's message; everything that
 * is no refusal (a time-out, a broken connection) leaves the fate of the call unknown.
 */
import { ServerRefusedError, StoreCorruptError, UnsupportedServerError } from '../../core/errors.js';

export type Refusal =
  /** The library of functions is not there: nothing ran. */
  | 'no-library'
  /** For a while: nothing ran, or as good as nothing. */
  | 'not-now'
  /** This server takes no calls, another one may: nothing ran. */
  | 'not-here'
  /** The key is on another server of the Cluster: nothing ran. */
  | 'moved'
  /** Memory is full: nothing ran, and what makes room may. */
  | 'no-memory'
  /** For good. */
  | { readonly error: Error };

const BY_CODE = new Map<string, Refusal>([
  ['ASK', 'moved'],
  ['BUSY', 'not-now'],
  ['CLUSTERDOWN', 'not-now'],
  ['LOADING', 'not-here'],
  ['MASTERDOWN', 'not-here'],
  ['MOVED', 'moved'],
  ['OOM', 'no-memory'],
  ['READONLY', 'not-here'],
  ['TRYAGAIN', 'not-now'],
  ['UNBLOCKED', 'not-now'],
]);

const CODE = /^(?:ReplyError: )?([A-Z]{2,})(?= |$)/;

/** Undefined when the error is none of the server's. `who` is the server, for people. */
export function refusalOf(error: unknown, who = 'The server'): Refusal | undefined {
  const message = error instanceof Error ? error.message : String(error);
  const code = CODE.exec(message)?.[1];
  if (code === undefined) return undefined;
  if (code === 'ERR' && /^ERR Function not found/i.test(message)) return 'no-library';
  // Without a password a server does not even read a command of more than ten words.
  if (code === 'ERR' && /unauthenticated/.test(message)) return { error: asksForPassword(message, error, who) };
  const known = BY_CODE.get(code);
  if (known) return known;
  const refuse = refusers[code];
  if (refuse) return { error: refuse(message, error, who) };
  return code === 'ERR' ? { error: functionError(message, error, who) } : undefined;
}

const refusers: Record<string, (message: string, cause: unknown, who: string) => Error> = {
  MISCONF: (message, cause, who) =>
    new ServerRefusedError(`${who} takes no writes because it cannot save to disk: ${message}`, { cause }),
  NOREPLICAS: (message, cause, who) =>
    new ServerRefusedError(`Too few replicas follow ${inSentence(who)} (min-replicas-to-write): ${message}`, { cause }),
  NOPERM: lacksRight,
  NOAUTH: asksForPassword,
  WRONGPASS: (message, cause, who) =>
    new UnsupportedServerError(`${who} refused the user or password: ${message}`, { cause }),
  WRONGTYPE: (message, cause) => new StoreCorruptError('a key of the namespace', { cause: asError(message, cause) }),
  CROSSSLOT: (message, cause) =>
    new UnsupportedServerError(`The client's key prefix takes keys to other slots: ${message}`, { cause }),
  TUSKERSHARDS: (message, cause) => {
    const [, shards, given] = message.split(' ');
    return new UnsupportedServerError(
      `This namespace was made with ${shards} shards, not with ${given}; open it with those, or drain it first.`,
      { cause },
    );
  },
  TUSKERLAYOUT: (message, cause) => {
    const [, layout, own] = message.split(' ');
    return new UnsupportedServerError(
      `This namespace has layout ${layout}, this tusker reads ${own}: a newer one has written to it. Use that one.`,
      { cause },
    );
  },
};

/** The server does not know a command: it is too old, or somebody has taken the command away. */
export class MissingCommandError extends UnsupportedServerError {
  constructor(
    readonly command: string,
    message: string,
    cause: unknown,
  ) {
    super(
      `The server has no command ${command}: it was renamed or switched off (rename-command), or the server is older than ` +
        `Redis 7.0 or Valkey 7.2. tusker needs ${command}. ${message}`,
      { cause },
    );
  }
}

function functionError(message: string, cause: unknown, who: string): Error {
  if (/ACL failure|user executing the script can't/i.test(message)) return lacksRight(message, cause, who);
  const [, missing] = /unknown command [`']?([^\s`',]+)/i.exec(message) ?? [];
  if (missing !== undefined) return new MissingCommandError(missing.toUpperCase(), message, cause);
  if (/compiling|shebang|missing engine/i.test(message)) {
    return new UnsupportedServerError(`${who} is too old: tusker needs Redis 7.0 or Valkey 7.2. ${message}`, {
      cause,
    });
  }
  if (/WRONGTYPE|unpack|attempt to/i.test(message)) {
    return new StoreCorruptError('a record of the namespace', { cause: asError(message, cause) });
  }
  return new UnsupportedServerError(`${who} refused the call: ${message}`, { cause });
}

function asError(message: string, cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(message);
}

function asksForPassword(message: string, cause: unknown, who: string): Error {
  const text = `${who} asks for a password: ${withoutStop(message)}. Give the client its user and password.`;
  return new UnsupportedServerError(text, { cause });
}

/** The sentence around it has a full stop of its own. */
function withoutStop(message: string): string {
  return message.replace(/\.$/, '');
}

function inSentence(who: string): string {
  return who.replace(/^The /, 'the ');
}

function lacksRight(message: string, cause: unknown, who: string): Error {
  const text = `The user of ${who === 'The server' ? 'Redis' : who} has not all the rights that tusker needs: ${withoutStop(message)}. docs/redis.md has the ACL line that suffices.`;
  return new UnsupportedServerError(text, { cause });
}
