import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTusker, FatalError } from '../../src/index.js';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { endAfterTest } from '../harness/endings.js';
import { freePort } from '../redis-ground/ports.js';
import { startServer } from '../redis-ground/server.js';
import { withClock } from '../tuskers.js';

const HEADINGS = [...readFileSync('docs/troubleshooting.md', 'utf8').matchAll(/^### (.+)$/gm)].map((match) => match[1]);

const messageOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );

/** What the code really says in the histories of the page. */
async function embedded(): Promise<string[]> {
  const { tusker, clock } = withClock();
  const said: string[] = [];
  const sentence = async (task: string) => said.push((await tusker.explain(task)).sentence);
  const refusal = async (call: Promise<unknown>) => said.push(await messageOf(call));

  const lock = await tusker.lock('song', 1, { ttl: 1000, renew: false });
  await refusal(tusker.lock('song', 1));
  clock.advance(1001);
  await (await tusker.lock('song', 1)).unlock();
  await refusal(lock.unlock());
  await sentence('song');
  await tusker.close('song', { expect: 3 });
  await sentence('song');
  await tusker.release('song');
  await sentence('song');
  await refusal(tusker.lock('song', 2));
  const claim = await tusker.fetchReleased();
  await claim?.fail(new FatalError('no'), { retry: false });
  await refusal(Promise.resolve(claim?.complete()));
  await refusal(tusker.result('song', { timeout: 0 }));

  const small = tusker.namespace('small');
  await refusal(small.run('song', 1, () => 'x'.repeat(2_000_000)));
  await small.all('doc', ['a'], (text) => text);
  await refusal(small.all('doc', ['b'], (text) => text));
  await refusal(createTusker({ store: sqliteStore('/nowhere/at/all/tusker.db') }).close('song'));
  const stopped = createTusker('memory:');
  await stopped.stop();
  await refusal(stopped.lock('song', 1));
  return said;
}

async function onRedis(): Promise<string[]> {
  const server = await startServer({ config: { 'maxmemory-policy': 'allkeys-lru' } });
  endAfterTest(() => server.stop());
  const cache = createTusker(server.url);
  endAfterTest(() => cache.stop({ grace: 0 }));
  const nobody = createTusker(`redis://127.0.0.1:${await freePort()}`);
  endAfterTest(() => nobody.stop({ grace: 0, timeout: 50 }));
  const told = new Promise<string>((resolve) => nobody.on('error', ({ message }) => resolve(message)));
  nobody.close('song').catch(() => {}); // it is tried on until the stop
  return [await messageOf(cache.close('song')), await told];
}

test('each sentence of the page is what tusker says', async () => {
  const said = [...(await embedded()), ...(await onRedis())];
  const quoted = HEADINGS.map((heading = '') => ({
    heading,
    pattern: new RegExp(`^${heading.split('…').map(escaped).join('.+')}`),
  }));
  expect(
    quoted.filter(({ pattern }) => !said.some((message) => pattern.test(message))).map(({ heading }) => heading),
  ).toEqual([]);
  expect(quoted.length).toBeGreaterThanOrEqual(10);
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
