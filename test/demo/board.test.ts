import { beforeEach, expect, test } from 'vitest';
import { Board } from '../../src/demo/board.js';
import type { DemoEvent } from '../../src/demo/events.js';

let board: Board;

/** Applies events, the first at 1000 ms and each 100 ms after the one before. */
function happens(...events: DemoEvent[]): void {
  for (const [at, event] of events.entries()) board.apply(event, 1000 + 100 * at);
}

const sent = (chunk: number, server: string, again = false): DemoEvent => ({ kind: 'sent', chunk, server, again });
const locked = (chunk: number, server: string): DemoEvent => ({ kind: 'locked', chunk, server });
const done = (chunk: number, server: string, ms: number | null = 90): DemoEvent => ({
  kind: 'done',
  chunk,
  server,
  ms,
});
const killed = (server: string, chunk: number): DemoEvent => ({ kind: 'killed', server, chunk, encodedMs: 400 });

beforeEach(() => {
  board = new Board();
  board.apply({ kind: 'split', chunks: 4 }, 0);
  for (const server of ['a', 'b']) board.apply({ kind: 'started', server, port: 1 }, 0);
});

test('a chunk is to come, sent, encoding, done', () => {
  const states = [board.chunks[1]?.state];
  for (const event of [sent(1, 'a'), locked(1, 'a'), done(1, 'a')]) {
    happens(event);
    states.push(board.chunks[1]?.state);
  }
  expect(states).toEqual(['to come', 'sent', 'encoding', 'done']);
  expect(board.servers.map((server) => server.done)).toEqual([1, 0]);
});

test('the chunks that a killed server had locked are lost, until another has the lock; times count from the kill', () => {
  happens(sent(0, 'a'), locked(0, 'a'), sent(1, 'a'), sent(2, 'b'), locked(2, 'b'), killed('a', 0), sent(0, 'b', true));
  expect(board.chunks.map(({ state }) => state)).toEqual(['lost', 'sent', 'encoding', 'to come']);
  expect(board.chunksOf('b', 'lost')).toEqual([0]);
  board.apply(locked(0, 'b'), 3500);
  board.apply(done(0, 'b'), 3600);
  expect(board.recoveries).toEqual([{ chunk: 0, lostBy: 'a', takenOverBy: 'b', takeoverMs: 2000, doneMs: 2100 }]);
});

test('what a server said before its death counts, also when it is heard after it', () => {
  happens(sent(0, 'a'), locked(0, 'a'), killed('a', 0), locked(1, 'a'), done(0, 'a'));
  expect(board.chunks.map(({ state }) => state)).toEqual(['done', 'lost', 'to come', 'to come']);
  expect(board.recoveries).toEqual([{ chunk: 1, lostBy: 'a', takenOverBy: null, takeoverMs: null, doneMs: null }]);
});

test('a chunk that turns out to be done already was not lost', () => {
  happens(sent(0, 'a'), locked(0, 'a'), killed('a', 0), sent(0, 'b', true), done(0, 'b', null));
  expect(board.recoveries).toEqual([]);
  expect(board.servers.map((server) => server.done)).toEqual([0, 0]);
});
