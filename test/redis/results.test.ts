/** Results that the server keeps in its compact encoding, as it does after a restart: of those a listing gives all at once. */
import { expect, onTestFinished, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { callsOf, ownServer, tell } from './tell.js';

test.each([300, 9000])(
  '%i results of a task whose hashes are compact come whole, at most 250 in a call',
  async (count) => {
    const server = await ownServer({ 'enable-debug-command': 'yes', 'hash-max-listpack-entries': '20000' });
    const tusker = createTusker(server.url);
    onTestFinished(async () => void (await tusker.stop({ grace: 0 })));
    const results = Array.from({ length: count }, (_, i) => ({ i }));
    for (let at = 0; at < count; at += 1000) {
      await Promise.all(results.slice(at, at + 1000).map((result) => tusker.run('t', result.i, () => result)));
    }
    await tusker.close('t');
    const claim = await tusker.fetchReleased({ timeout: 20_000 });
    await tell(server, 'DEBUG', 'RELOAD');
    for (const kind of ['d', 'r']) {
      expect(await tell(server, 'OBJECT', 'ENCODING', `tusker:{default}:${kind}:t`)).toBe('listpack');
    }
    await tell(server, 'CONFIG', 'RESETSTAT');
    expect(await claim?.results()).toEqual(results);
    const calls = await callsOf(server, 'fcall');
    expect(calls).toBeGreaterThanOrEqual(Math.ceil(count / 250));
    // On a slow machine the claim is renewed meanwhile.
    expect(calls).toBeLessThan(Math.ceil(count / 250) + 5);
  },
);
