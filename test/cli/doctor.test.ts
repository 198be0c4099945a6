import { expect, test } from 'vitest';
import { startServer } from '../redis-ground/server.js';
import { linesOf, overEachStore } from './program.js';

overEachStore((program) => {
  test('a store that will do is told so, line by line', async () => {
    const { code, stdout, stderr } = await program.run('doctor', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const findings = linesOf(stdout);
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) {
      expect(finding).toMatchObject({ what: expect.any(String), found: expect.any(String) });
      expect(finding.level).not.toBe('bad');
    }
  });

  test('a server that would delete tasks is refused, with the setting to change', async () => {
    const server = await startServer({ config: { 'maxmemory-policy': 'allkeys-lru' } });
    try {
      const { code, stdout } = await program.run('doctor', '--url', server.url);
      expect(code).toBe(69);
      expect(stdout).toMatch(/^BAD {3}eviction +allkeys-lru$/m);
      expect(stdout).toContain('CONFIG SET maxmemory-policy noeviction');
      expect(stdout).toMatch(/^ok {4}version +Redis 7/m);
      expect(stdout).toMatch(/^warn {2}persistence /m);
    } finally {
      await server.stop();
    }
  });

  test.each(['redis', 'valkey'])('a server that is not there is told so (%s:)', async (scheme) => {
    const { code, stdout } = await program.run('doctor', '--url', `${scheme}://127.0.0.1:1`);
    expect(code).toBe(69);
    expect(stdout).toMatch(/^BAD {3}connection /m);
  });
});
