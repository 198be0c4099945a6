import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DemoEvent } from '../../src/demo/events.js';
import { openScreen } from '../../src/demo/screen.js';
import { Stage } from '../../src/demo/stage.js';

const STORY: DemoEvent[] = [
  { kind: 'preparing', what: 'splitting counting.ogg' },
  { kind: 'split', chunks: 5 },
  { kind: 'started', server: 'server-2', port: 2 },
  { kind: 'started', server: 'server-1', port: 1 },
  { kind: 'sent', chunk: 3, server: 'server-1', again: false },
  { kind: 'locked', chunk: 3, server: 'server-1' },
  { kind: 'done', chunk: 3, server: 'server-1', ms: 120 },
  { kind: 'sent', chunk: 0, server: 'server-2', again: false },
  { kind: 'locked', chunk: 0, server: 'server-2' },
  { kind: 'encoding', chunk: 0, server: 'server-2', encodedMs: 400 },
  { kind: 'closing', done: 1 },
  { kind: 'closed', state: 'locked', outstanding: 4 },
  { kind: 'killed', server: 'server-2', chunk: 0, encodedMs: 400 },
  { kind: 'still-held', chunk: 0, server: 'server-2', untilMs: 1800 },
  { kind: 'refused', chunk: 0, server: 'server-2', why: 'socket hang up' },
  { kind: 'sent', chunk: 0, server: 'server-1', again: true },
  { kind: 'explained', sentence: `It waits for unit "0" held by "server-2"${', and for more'.repeat(20)}.` },
];

/** What is printed when the story is told. */
function tell(terminal: { readonly isTTY?: boolean; readonly columns?: number }, story = STORY): string {
  const printed: string[] = [];
  const screen = openScreen({ ...terminal, write: (text) => printed.push(text) }, 'a demo');
  const stage = new Stage(screen);
  for (const event of story) {
    stage.emit(event);
    vi.advanceTimersByTime(100);
  }
  screen.end();
  return printed.join('');
}

/** The last picture of a live screen: what was printed since the cursor last went up. */
const lastPicture = (printed: string) =>
  stripVTControlCharacters(printed.slice(printed.lastIndexOf('A\r') + 2))
    .replaceAll('\r', '')
    .split('\n');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

test('a terminal shows the chunks by state and by server', () => {
  vi.stubEnv('NO_COLOR', '');
  const picture = lastPicture(tell({ isTTY: true, columns: 72 }));
  expect(picture[1]).toBe('  ✗··■·');
  expect(picture[2]).toBe('  3 to come  1 lost  1 done');
  expect(picture[4]).toMatch(/^ {2}server-1 +1 done +✗0$/);
  expect(picture[5]).toMatch(/^ {2}server-2 +0 done +killed over chunk 0$/);
  expect(picture[6]).toMatch(/stream +closed by another process, with 1 of 5 chunks done/);
});

test('it is drawn over itself, no line wraps, and the cursor comes back', () => {
  const printed = tell({ isTTY: true, columns: 50 });
  const plain = stripVTControlCharacters(printed).split(/[\r\n]+/);
  expect(Math.max(...plain.map((line) => line.length))).toBeLessThan(50);
  expect(printed).toContain(`\x1b[${lastPicture(printed).length - 1}A`);
  expect(printed.indexOf('\x1b[?25l')).toBeLessThan(printed.indexOf('\x1b[?25h'));
  expect(printed.endsWith('\x1b[?25h')).toBe(true);
});

test('many chunks share cells, and what is worth a look shows', () => {
  const story: DemoEvent[] = [
    { kind: 'split', chunks: 600 },
    { kind: 'started', server: 'server-1', port: 1 },
    { kind: 'locked', chunk: 300, server: 'server-1' },
  ];
  const strip = lastPicture(tell({ isTTY: true, columns: 64 }, story))[1]?.trim() ?? '';
  expect(strip.length).toBe(60);
  expect(strip.indexOf('▸')).toBe(30);
});

test('NO_COLOR leaves the colours out', () => {
  vi.stubEnv('NO_COLOR', '1');
  expect(tell({ isTTY: true })).not.toContain('\x1b[32m');
  vi.stubEnv('NO_COLOR', '');
  expect(tell({ isTTY: true })).toContain('\x1b[32m■');
});

test.each([
  ['a file', {}, 'xterm'],
  ['a terminal that cannot move its cursor', { isTTY: true }, 'dumb'],
])('%s gets lines', (_, terminal, term) => {
  vi.stubEnv('TERM', term);
  const lines = tell(terminal).split('\n');
  expect(lines.join('')).not.toContain('\x1b');
  expect(lines).toContain('  0.60 s  chunk 3 done by server-1 in 120 ms (1 of 5)');
  expect(lines).toContain('  1.20 s  server-2 KILLED (SIGKILL), 400 ms into chunk 0');
  expect(lines).toContain('  1.50 s  chunk 0 goes to server-1 instead');
});
