// npx vitest run examples/testing/vitest.test.mjs
import { createTestTusker } from 'tusker/testing';
import { expect, onTestFinished, test } from 'vitest';
import { songService } from './songs.mjs';

const encode = async (chunk) => chunk.toUpperCase();

function setUp(encoder = encode) {
  const kit = createTestTusker();
  onTestFinished(() => kit.stop());
  const songs = kit.tusker.namespace('songs');
  return { kit, songs, service: songService(songs, encoder) };
}

test('the chunks are merged in their order, whatever the order they come in', async () => {
  const { kit, songs, service } = setUp();
  await service.putChunk('song-1', 10, 'c');
  await service.putChunk('song-1', 2, 'b');
  await service.finish('song-1', 3);
  await service.putChunk('song-1', 1, 'a');
  await kit.idle();
  expect(await songs.result('song-1', { timeout: 0 })).toEqual({ parts: ['A', 'B', 'C'] });
});

test('a chunk whose server died is encoded by another one', async () => {
  const { kit, songs, service } = setUp();
  await songs.lock('song-1', 1); // a server that will never be heard of again
  await service.finish('song-1', 1);
  await kit.expire('song-1', 1);
  await service.putChunk('song-1', 1, 'a');
  await kit.idle();
  expect(await songs.result('song-1', { timeout: 0 })).toEqual({ parts: ['A'] });
});

test('a song that is never finished has failed after a day', async () => {
  const { kit, songs, service } = setUp();
  await service.putChunk('song-1', 1, 'a');
  await kit.advance(24 * 60 * 60 * 1000);
  expect((await songs.explain('song-1')).state).toBe('failed');
});
