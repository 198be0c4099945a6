/** What a store tells of the way to its server, while it is used. Stores without a server tell nothing. */
export interface ContactEvents {
  /**
   * The server cannot be reached, has been lost, or lets nobody in. Told once in an outage, and again when it becomes one of
   * another code; calls under way go on trying.
   */
  error: [error: Error];
  /** Another try to connect begins. Told at most about once a second. */
  reconnecting: [event: Reconnecting];
  /** The server answers: for the first time, or again. */
  connected: [event: Connected];
}

export interface Reconnecting {
  /** For people, such as `Redis at 127.0.0.1:6379`. */
  readonly server: string;
  /** Which try of this outage it is, from 1. */
  readonly attempt: number;
  /** How long the outage has lasted, in ms. */
  readonly since: number;
  /** Why the try before has failed. */
  readonly error: Error;
}

export interface Connected {
  /** For people, such as `Redis at 127.0.0.1:6379`. */
  readonly server: string;
  /** How long the outage has lasted, in ms; `null` when there was none. */
  readonly after: number | null;
}

export type ContactNote = {
  [Name in keyof ContactEvents]: { readonly name: Name; readonly event: ContactEvents[Name][0] };
}[keyof ContactEvents];
