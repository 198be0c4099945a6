/** Readers of events whose place is gone. */
import { expect, test } from 'vitest';
import { inMemory, listed } from '../tuskers.js';

test('who reads on from an event that the store does not have is told once that some may be missing', async () => {
  const tusker = inMemory();
  await tusker.open('before');
  const { cursor } = await tusker.reader.events({ limit: 1 });
  const told: string[] = [];
  const onGap = (): void => void told.push('a gap');
  const reading = (async () => {
    for await (const { kind } of tusker.events({ since: String(Number(cursor) + 1_000_000), onGap })) {
      told.push(kind);
      if (kind === 'opened') break;
    }
  })();
  await new Promise(setImmediate);
  await tusker.open('t');
  await reading;
  expect(told).toEqual(['a gap', 'created', 'opened']);
});

test('who reads on from an event that is kept is told of no gap', async () => {
  const tusker = inMemory();
  await tusker.open('before');
  const { cursor } = await tusker.reader.events({ limit: 1 });
  await tusker.open('t');
  for await (const { task, kind } of tusker.events({ since: cursor, onGap: () => expect.fail('a gap') })) {
    expect(task).toBe('t');
    if (kind === 'opened') break;
  }
});

test('what `onGap` rejects with ends the iteration, and nothing else', async () => {
  const tusker = inMemory();
  await tusker.open('t');
  const reading = listed(
    tusker.events({ since: '1', onGap: async () => Promise.reject(new Error('no look was possible')) }),
  );
  await expect(reading).rejects.toThrow('no look was possible');
});
