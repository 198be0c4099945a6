import { connect } from 'node:net';
import type { Place } from './place.js';

/** How long a server is listened to, in ms. */
const PATIENCE = 300;
/** What is shown of its word. */
const LONGEST = 200;

/**
 * What a server says to whoever connects, before it closes the connection: that it has too many clients, or takes none
 * from elsewhere. The libraries lose it, because by then they have written something that the server does not read. Or why
 * nobody can connect, where a library only says that its connection was closed.
 */
export function lastWordOf(place: NonNullable<Place['plain']>): Promise<string | Error | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(place);
    const end = (error?: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      const [, word] = /^-(.+)/.exec(text) ?? [];
      resolve(word?.slice(0, LONGEST).trim() ?? error);
    };
    const timer = setTimeout(() => end(), PATIENCE);
    timer.unref();
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      if (text.length > LONGEST || text.includes('\n')) end();
    });
    socket.on('error', end);
    socket.on('end', () => end());
  });
}
