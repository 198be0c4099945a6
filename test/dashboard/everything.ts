import type { Tusker } from '../../src/index.js';

/** Tasks in every state, units in every picture, long names. */
export async function fillWithEverything(tusker: Tusker): Promise<void> {
  for (const unit of [1, 2, 3]) await tusker.run('stream-42', unit, () => ({ key: unit }), { holder: `web-${unit}` });
  await tusker.lock('stream-42', 'chunk-with-a-rather-long-name-19', {
    holder: 'web-3.some-region.example.internal:4711',
  });
  await tusker.close('stream-42', { info: { room: 'live-2' } });
  await tusker.close('song-1', { attempts: 1 });
  await (await tusker.fetchReleased({ timeout: 20_000 }))?.fail(new Error('moov atom not found'));
  await tusker.close('song-2');
  await (await tusker.fetchReleased({ timeout: 20_000 }))?.complete({
    url: `https://cdn.example/${'x'.repeat(120)}.mp3`,
  });
  await tusker.open('x'.repeat(200));
  await Promise.all(Array.from({ length: 600 }, (_, index) => tusker.run('doc-7', index, () => index)));
}
