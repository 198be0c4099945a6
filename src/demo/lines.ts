import type { DemoEvent } from './events.js';

/** What happened, in a line; null for what is not worth one. */
export function lineOf(event: DemoEvent): string | null {
  switch (event.kind) {
    case 'preparing':
      return event.what;
    case 'started':
      return `${event.server} is up`;
    case 'sent':
      return event.again ? `chunk ${event.chunk} goes to ${event.server} instead` : null;
    case 'locked':
      return `chunk ${event.chunk} locked by ${event.server}`;
    case 'done':
      return event.ms === null ? null : `chunk ${event.chunk} done by ${event.server} in ${event.ms} ms`;
    case 'refused':
      return `chunk ${event.chunk} not done by ${event.server}: ${event.why}`;
    case 'killed':
      return `${event.server} KILLED (SIGKILL), ${Math.round(event.encodedMs)} ms into chunk ${event.chunk}`;
    case 'still-held':
      return `chunk ${event.chunk} is still locked by the dead ${event.server}, for ${Math.round(event.untilMs)} ms`;
    case 'closing':
      return `the stream is being closed by another process, with ${event.done} chunks done`;
    case 'closed':
      return `the stream is closed: ${event.outstanding === 0 ? 'nothing' : event.outstanding} outstanding, ${event.state}`;
    case 'merging':
      return `released to the merger, attempt ${event.attempt}`;
    case 'merged':
      return `merged in ${event.ms} ms`;
    case 'merge-failed':
      return `attempt ${event.attempt} failed: ${event.error}`;
    case 'checking':
      return 'checking the sound';
    default:
      return null;
  }
}
