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

/** Tells the demo something; a demo that has gone is told nothing. */
export function tell(message: ChildMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/** What every process of the demo is started with. */
export interface ChildSettings {
  readonly url: string;
  readonly ffmpeg: string;
  readonly directory: string;
  /** What the process calls itself: the holder of its locks. */
  readonly name: string;
}

const ENV = {
  url: 'TUSKER_URL',
  ffmpeg: 'TUSKER_FFMPEG',
  directory: 'TUSKER_DEMO_DIRECTORY',
  name: 'TUSKER_DEMO_NAME',
};

/** By the environment rather than the command line: a URL may hold a password, and any user sees command lines. */
export function settingsToEnv(settings: ChildSettings): Record<string, string> {
  return Object.fromEntries(Object.entries(ENV).map(([key, name]) => [name, settings[key as keyof ChildSettings]]));
}

/** The settings of this process, as the demo gave them. */
export function settingsFromEnv(): ChildSettings {
  const read = (name: string): string => {
    const value = process.env[name];
    if (value === undefined)
      throw new Error(`This is a process of "tusker demo": start that instead (${name} is missing).`);
    return value;
  };
  return { url: read(ENV.url), ffmpeg: read(ENV.ffmpeg), directory: read(ENV.directory), name: read(ENV.name) };
}

/** Calls `stop` once the demo has gone, however it went, or asks for it. */
export function whenDemoEnds(stop: () => Promise<void>): void {
  process.once('disconnect', () => {
    stop().finally(() => process.exit());
  });
}
