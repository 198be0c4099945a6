/** What happens in a demo, as the screen shows it and the report counts it. Chunks count from 0, times are ms. */
export type DemoEvent =
  /** One step of the preparation, in words. */
  | { readonly kind: 'preparing'; readonly what: string }
  | { readonly kind: 'split'; readonly chunks: number }
  | { readonly kind: 'started'; readonly server: string; readonly port: number }
  /** The chunk went to a server; `again` when an earlier try had failed. */
  | { readonly kind: 'sent'; readonly chunk: number; readonly server: string; readonly again: boolean }
  | { readonly kind: 'locked'; readonly chunk: number; readonly server: string }
  | { readonly kind: 'encoding'; readonly chunk: number; readonly server: string; readonly encodedMs: number }
  | { readonly kind: 'done'; readonly chunk: number; readonly server: string; readonly ms: number | null }
  /** The connection broke, or the server said that it could not. */
  | { readonly kind: 'refused'; readonly chunk: number; readonly server: string; readonly why: string }
  /** SIGKILL, while ffmpeg had so much of the chunk encoded. */
  | { readonly kind: 'killed'; readonly server: string; readonly chunk: number; readonly encodedMs: number }
  /** The store was asked, after the death, who holds the chunk. */
  | { readonly kind: 'still-held'; readonly chunk: number; readonly server: string; readonly untilMs: number }
  | { readonly kind: 'closing'; readonly done: number }
  | { readonly kind: 'closed'; readonly state: string; readonly outstanding: number }
  | { readonly kind: 'merging'; readonly attempt: number }
  | { readonly kind: 'merged'; readonly ms: number }
  | { readonly kind: 'merge-failed'; readonly attempt: number; readonly error: string }
  | { readonly kind: 'checking' }
  /** What the task waits for, as `explain` says it. */
  | { readonly kind: 'explained'; readonly sentence: string };

export type Emit = (event: DemoEvent) => void;
