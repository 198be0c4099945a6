import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ChannelMessages, ChannelName, LeaseEndMessage, ReadMessage } from '../index.js';
import { CHANNELS, NOTES } from '../index.js';

type Moment = 'start' | 'asyncEnd';
interface NoteMessages {
  leaseEnd: LeaseEndMessage;
  read: ReadMessage;
}

/**
 * Subscriptions that end together. An error of a subscriber would end the process as an uncaught exception; whoever
 * watches must not harm what is watched, so it goes to `onError` instead.
 */
export class Subscriptions {
  readonly #ends: (() => void)[] = [];

  constructor(private readonly onError: (error: unknown) => void) {}

  on<Name extends ChannelName>(name: Name, moment: Moment, listener: (message: ChannelMessages[Name]) => void): void {
    this.#subscribe(`tracing:${CHANNELS[name]}:${moment}`, (message) => listener(message as ChannelMessages[Name]));
  }

  onNote<Note extends keyof NoteMessages>(note: Note, listener: (message: NoteMessages[Note]) => void): void {
    this.#subscribe(NOTES[note], (message) => listener(message as NoteMessages[Note]));
  }

  #subscribe(channel: string, listener: (message: unknown) => void): void {
    const guarded = (message: unknown): void => {
      try {
        listener(message);
      } catch (error) {
        this.onError(error);
      }
    };
    subscribe(channel, guarded);
    this.#ends.push(() => unsubscribe(channel, guarded));
  }

  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}
