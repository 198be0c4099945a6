import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Program } from './program.js';
import { SQLITE, STORES } from './stores.js';

const PAGE = readFileSync('docs/sqlite.md', 'utf8');

describe('over SQLite', () => {
  const program = new Program(SQLITE);

  test('copies the store to a file that begins at the working directory, and says how large it is', async () => {
    await program.run('open', 'song');
    const { code, stdout, stderr } = await program.run('backup', 'copy.db');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`${program.path('copy.db')}: ${statSync(program.path('copy.db')).size} bytes\n`);
    expect(await program.json('explain', 'song', '--url', 'sqlite:copy.db')).toMatchObject({ state: 'open' });
    expect(await program.json('backup', 'another.db')).toEqual({
      kind: 'backed-up',
      file: program.path('another.db'),
      bytes: expect.any(Number),
    });
  });

  test('a file that is there stays as it is', async () => {
    await program.run('open', 'song');
    await program.run('backup', 'copy.db');
    const { code, stdout, stderr } = await program.run('backup', 'copy.db');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/INVALID_ARGUMENT: copy is .*copy.db.*does not exist yet/);
  });

  test('a store that is not there is not made', async () => {
    const { code, stderr } = await program.run('backup', 'copy.db');
    expect(code).toBe(2);
    expect(stderr).toMatch(/INVALID_ARGUMENT: path is .*tusker.db/);
    expect([existsSync(program.path('tusker.db')), existsSync(program.path('copy.db'))]).toEqual([false, false]);
  });

  test('the page says how to make a copy, and how to go back to it', async () => {
    const [copying = '', goingBack = ''] = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, code]) => code ?? '');
    await program.run('open', 'before');
    expect(await program.process.bash(copying)).toMatchObject({ code: 0, stderr: '' });
    await program.run('open', 'after');
    expect(await program.process.bash(goingBack)).toMatchObject({ code: 0, stderr: '' });
    expect((await program.jsonLines('tasks')).map(({ task }) => task)).toEqual(['before']);
  });

  test('memory has no file', async () => {
    const { code, stderr } = await program.run('backup', 'copy.db', '--url', 'memory:');
    expect([code, stderr]).toEqual([2, expect.stringContaining('this store has none')]);
  });
});

describe('over Redis', () => {
  const [, redis = SQLITE] = STORES;
  const program = new Program(redis);

  test('says how a server is copied', async () => {
    const { code, stderr } = await program.run('backup', 'copy.rdb');
    expect([code, stderr]).toEqual([2, expect.stringContaining('redis-cli --rdb FILE')]);
    const { stderr: ofValkey } = await program.run('backup', 'copy.rdb', '--url', 'valkey://127.0.0.1:1');
    expect(ofValkey).toContain('redis-cli --rdb FILE');
  });
});
