/**
 * What the store needs of a Redis client, whichever library it is. An adapter is thin: it sends, it connects, it closes
 * what it opened. Time limits, repeats and scripts are the store's; an adapter repeats nothing.
 *
 * Replies are the server's: text as strings (UTF-8), integers as numbers, nil as `null`, arrays as arrays. A refusal of
 * the server rejects with an `Error` whose message begins with the server's code (`NOSCRIPT …`); anything else that
 * rejects means that the fate of the command is unknown, or that it was never sent.
 */
export interface RedisClient {
  /** For people and for `doctor`: `ioredis`, `node-redis` … */
  readonly library: string;
  readonly isCluster: boolean;
  /** Sends one command to the server, in a Cluster to the master that serves `key`. Commands go out in the order of the calls. */
  send(key: string, args: readonly string[]): Promise<unknown>;
  /**
   * A connection of its own to the server, in a Cluster to the master that serves `key` now, with the client's
   * credentials, TLS and Sentinel. Resolves when it is ready. It never reconnects: when it breaks, it is over.
   */
  connect(key: string): Promise<RedisConnection>;
  /** Ends what this adapter opened: its connections, and the client itself if the adapter made it. Safe to repeat. */
  close(): Promise<void>;
}

/** One connection to one server. Commands are pipelined: they go out, and are answered, in the order of the calls. */
export interface RedisConnection {
  send(args: readonly string[]): Promise<unknown>;
  /** Ends it at once; what is under way rejects. Safe to repeat. */
  destroy(): void;
}
