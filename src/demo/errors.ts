/** What can keep the demo from running. `code` is stable; the message says what to do. */
export type DemoErrorCode =
  /** No ffmpeg was found. */
  | 'FFMPEG_MISSING'
  /** An ffmpeg was found that cannot do what is asked of it. */
  | 'FFMPEG_UNFIT'
  /** ffmpeg ended with an error. */
  | 'FFMPEG_FAILED'
  /** The audio file holds no sound, or too little of it. */
  | 'SOUND_UNFIT'
  /** A process of the demo ended that should not have, or did not answer. */
  | 'PROCESS_FAILED'
  /** A chunk could not be delivered to any server. */
  | 'CHUNK_FAILED'
  /** The demo was stopped from outside. */
  | 'INTERRUPTED';

export class DemoError extends Error {
  constructor(
    readonly code: DemoErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
  override get name(): string {
    return 'DemoError';
  }
}
