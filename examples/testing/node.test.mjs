// node --test examples/testing/node.test.mjs
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestTusker } from 'tusker/testing';
import { songService } from './songs.mjs';

const encode = async (chunk) => chunk.toUpperCase();

function setUp(t, encoder = encode) {
  const kit = createTestTusker();
  t.after(() => kit.stop());
  const songs = kit.tusker.namespace('songs');
  return { kit, songs, service: songService(songs, encoder) };
}

test('a chunk that cannot be encoded fails the song when its deadline is over', async (t) => {
  const broken = async () => {
    throw new Error('no sound in it');
  };
  const { kit, songs, service } = setUp(t, broken);
  await assert.rejects(service.putChunk('song-1', 1, 'a'), /no sound in it/);
  await service.finish('song-1', 1);
  await kit.advance(60 * 60 * 1000);
  await assert.rejects(songs.result('song-1', { timeout: 0 }), { code: 'TASK_FAILED' });
});

test('encoding stops when another server has taken the chunk over', async (t) => {
  let stopped;
  const slow = (_chunk, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        stopped = signal.reason;
        reject(signal.reason);
      });
    });
  const { kit, songs, service } = setUp(t, slow);
  const put = service.putChunk('song-1', 1, 'a');
  await songs.open('song-1'); // calls of one task keep their order: now the chunk is locked
  await kit.expire('song-1', 1);
  await assert.rejects(put, { code: 'LOCK_LOST' });
  assert.equal(stopped.code, 'LOCK_LOST');
});
