import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { endAfterTest } from '../../harness/endings.js';
import { until } from '../../redis-ground/until.js';
import { onWire } from '../../redis-ground/wire.js';
import type { RecipePlace } from './programs.js';
import { namespaceOf, Program, recipePlace } from './programs.js';

const HOST = fileURLToPath(new URL('../children/function-host.mjs', import.meta.url));
let place: RecipePlace;
beforeAll(async () => {
  place = await recipePlace();
}, 120_000);

async function host() {
  const env = { TUSKER_URL: place.redis.url, LEASE: '2000' };
  const program = new Program(HOST, [join(place.path, 'function.mjs')], env);
  endAfterTest(() => program.end('SIGKILL'));
  const next = async (): Promise<unknown> => (await once(program.process, 'message'))[0];
  expect(await next()).toBe('ready');
  const send = (message: object | string) => program.process.send(message);
  const call = async (name: string, event: object = {}) => {
    send({ call: name, event });
    return ((await next()) as { answer: unknown }).answer;
  };
  return { process: program.process, next, send, call };
}

test('functions: a merge that is frozen goes to another call, and what it wakes up with counts no more', {
  timeout: 120_000,
}, async () => {
  const [frozen, other] = [await host(), await host()];
  for (const n of [2, 10, 1]) {
    const answer = await frozen.call('chunk', { song: 'tune', n, text: `c${n}` });
    expect(answer).toEqual({ status: 200, body: `C${n}` });
  }
  expect(await other.call('cron')).toEqual({ merged: null });
  expect(await other.call('close', { song: 'tune', chunks: 3 })).toMatchObject({ status: 202 });
  frozen.send({ call: 'cron', event: {}, isSlow: true });
  expect(await frozen.next()).toBe('merging');
  frozen.process.kill('SIGSTOP');

  await until('another call merges', async () => {
    const answer = (await other.call('cron')) as { merged: string | null };
    return answer.merged === 'tune' || undefined;
  });
  expect(await namespaceOf(place, 'songs').result('tune', { timeout: 5_000 })).toBe('C1C2C10');

  // Nobody keeps the connections of a frozen process.
  await onWire(place.redis.port, (wire) => wire.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
  frozen.process.kill('SIGCONT');
  frozen.send('go');
  expect(await frozen.next()).toEqual({ answer: { lost: 'tune' } });
  expect(await frozen.call('chunk', { song: 'other', n: 1, text: 'a' })).toEqual({ status: 200, body: 'A' });
});
