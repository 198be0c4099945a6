import type { CloseOutcome } from '../index.js';

/** What a server tells the demo, for the eyes of the user and for the hand that kills: no server acts on it. */
export type ServerMessage =
  /** It takes requests at this port of 127.0.0.1. */
  | { readonly kind: 'listening'; readonly port: number }
  /** It holds the lock on the chunk. */
  | { readonly kind: 'locked'; readonly chunk: number }
  /** ffmpeg is at work on the chunk, under the lock; so much of it is encoded. */
  | { readonly kind: 'encoding'; readonly chunk: number; readonly encodedMs: number }
  /** The chunk is done and its result stored; `ms` is how long the encoding took, or null when it was done before. */
  | { readonly kind: 'done'; readonly chunk: number; readonly ms: number | null };

export type CloserMessage = { readonly kind: 'closed'; readonly outcome: CloseOutcome };

/** The merger may work for another demo as well, on a store that lasts: hence the task. */
export type MergerMessage =
  | { readonly kind: 'merging'; readonly task: string; readonly attempt: number }
  | { readonly kind: 'merged'; readonly task: string; readonly ms: number }
  | { readonly kind: 'merge-failed'; readonly task: string; readonly attempt: number; readonly error: string };

export type ChildMessage = ServerMessage | CloserMessage | MergerMessage;
