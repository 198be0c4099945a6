import type { Holds } from './holding.js';

/**
 * What the store needs of a Redis client, whichever library it is. An adapter is thin: it connects as its client would, and
 * closes what it opened. Commands go over these connections only, never over the client: that may keep a command, and send
 * it again or long after it was given up. Time limits, repeats and scripts are the store's; an adapter repeats nothing.
 */
export interface RedisClient {
  /** For people and for `doctor`: `ioredis`, `node-redis` … */
  readonly library: string;
  readonly isCluster: boolean;
  /**
   * Names the server that serves a key, as far as the client knows; where there is only one server it is always `''`.
   *
   * @param redirection what the server called the place where the key is instead (`host:port`)
   */
  serverOf(key: string, redirection?: string): string | Promise<string>;
  /** Where the connections to a server lead, for people; without one where the client leads. */
  placeName(server?: string): string;
  /** The names of all servers that take writes. */
  masters(): Promise<readonly string[]>;
  /** Finds out who serves the key now, where that can change: in a Cluster. It does not fail. */
  lookAgain(key: string): Promise<void>;
  /**
   * A connection of its own to the server with that name, without one to the one that serves `key` now; with the client's
   * credentials, TLS and Sentinel. Resolves when it is ready. It never reconnects: when it breaks, it is over.
   */
  connect(key: string, server?: string): Promise<RedisConnection>;
  /** Ends what this adapter opened: its connections, and the client itself if the adapter made it. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * One connection to one server. Commands are pipelined: they go out, and are answered, in the order of the calls.
 *
 * Replies are the server's: text as strings (UTF-8), integers as numbers, nil as `null`, arrays as arrays. A refusal of
 * the server rejects with an `Error` whose message begins with the server's code (`NOSCRIPT …`); anything else that
 * rejects means that the fate of the command is unknown, or that it was never sent.
 */
export interface RedisConnection {
  /** It broke or was ended. */
  readonly isOver: boolean;
  /** An open connection keeps the process alive only while such a command is not answered, by default each. */
  send(args: readonly string[], holds?: Holds): Promise<unknown>;
  /** Ends it at once; what is under way rejects. Safe to repeat. */
  destroy(): void;
}
