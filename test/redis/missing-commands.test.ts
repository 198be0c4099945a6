/** Servers whose owner has taken commands away: what is missing is named, by calls and by doctor. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { diagnoseRedis } from '../../src/stores/redis/index.js';
import type { RedisServer } from '../redis-ground/server.js';
import { startServer } from '../redis-ground/server.js';
import { storeAt } from './users.js';

async function without(command: string): Promise<RedisServer> {
  const server = await startServer({ file: `rename-command ${command} ""\n` });
  onTestFinished(() => server.stop());
  return server;
}

describe.each(['FUNCTION', 'FCALL'])('a server without %s', (command) => {
  test('is refused at once, and the command is named', async () => {
    const server = await without(command);
    const h = await storeAt(server.port);
    const calls = [h.stats(), h.lock('t', 'u'), h.store.claim([{ nonce: h.nonce(), lease: 1000, worker: 'w' }], 5000)];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({
        code: 'UNSUPPORTED_SERVER',
        message: expect.stringMatching(new RegExp(`has no command ${command}: it was renamed`)),
      });
    }
  });

  test('is bad to doctor, who says what to change', async () => {
    const server = await without(command);
    const functions = (await diagnoseRedis(server.url)).find(({ what }) => what === 'functions');
    expect(functions).toMatchObject({
      level: 'bad',
      found: expect.stringContaining(`has no command ${command}`),
      advice: expect.stringContaining('rename-command'),
    });
  });
});
