/**
 * The demo of tusker on real audio. Where to look: `server.ts`, `closer.ts` and `merger.ts` are the processes and show
 * the library at work; `perform.ts` is the story from the first cut to the check; `sound.ts` says what sounds right.
 */
export { runDemo } from './demo.js';
export type { DemoReport } from './report.js';
