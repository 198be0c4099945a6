/** The doors of one store: a bundle of one holds nothing of the others. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import * as memory from '../../src/memory.js';
import * as redis from '../../src/redis.js';
import * as sqlite from '../../src/sqlite.js';
import { builtPackage } from '../harness/shared.js';
import { temporaryFolder } from '../subjects.js';

let dist: string;
beforeAll(async () => {
  dist = await builtPackage();
});

/** What a program that makes a tusker is bundled to. */
async function bundle(door: string): Promise<{ text: string; kilobytes: number }> {
  const contents = `export { createTusker } from ${JSON.stringify(join(dist, `${door}.js`))}`;
  const options = {
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'error',
  } as const;
  const { outputFiles } = await build({ stdin: { contents, resolveDir: dist }, ...options });
  const text = outputFiles[0]?.text ?? '';
  return { text, kilobytes: text.length / 1000 };
}

/** Words that only one of the stores has. */
const OWN = { redis: ['FCALL', 'BZPOPMIN', 'ioredis'], sqlite: ['node:sqlite', 'libsql', 'wal_autocheckpoint'] };

describe('a bundle', () => {
  test.each([
    { door: 'memory', holds: [], kilobytes: 135 },
    { door: 'sqlite', holds: OWN.sqlite, kilobytes: 150 },
    { door: 'redis', holds: OWN.redis, kilobytes: 245 },
  ])('of tusker/$door holds no other store, and has at most $kilobytes kB', async ({ door, holds, kilobytes }) => {
    const found = await bundle(door);
    const words = [...OWN.redis, ...OWN.sqlite].filter((word) => found.text.includes(word));
    expect(words.sort()).toEqual([...holds].sort());
    expect(found.kilobytes).toBeLessThan(kilobytes);
    expect(found.text, 'an older Node is told what is needed').toContain('tusker needs Node 20.19');
  });

  test('of tusker/memory works', async () => {
    const { text } = await bundle('memory');
    const { createTusker } = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as typeof memory;
    await using tusker = createTusker();
    expect(await tusker.run('task', 1, () => 'done')).toBe('done');
  });
});

describe('a door', () => {
  test('opens its own store', async () => {
    const folder = temporaryFolder();
    const path = join(folder.path, 'tusker.db');
    for (const tusker of [memory.createTusker('memory:'), sqlite.createTusker(`sqlite:${path}`)]) {
      expect(await tusker.run('task', 1, () => 'done')).toBe('done');
      await tusker.stop();
    }
    folder.remove();
    const store = memory.memoryStore();
    expect(redis.createTusker({ store }).name).toBe('default');
    await redis.createTusker('redis://127.0.0.1:1').stop();
  });

  test('refuses other stores, names the doors that have them, and shows no password', () => {
    const secret = 'redis://:geheim@host';
    expect(() => memory.createTusker(secret as 'memory:')).toThrow(
      /target is "redis:…"; allowed: 'memory:' or .*tusker\/redis/,
    );
    expect(() => sqlite.createTusker(secret as 'sqlite:x')).toThrow(/target is "redis:…"; allowed: 'sqlite:path' or /);
    expect(() => redis.createTusker('sqlite:x')).toThrow(
      /target is "sqlite:x"; allowed: 'redis:\/\/host', .*tusker\/sqlite/,
    );
    expect(() => sqlite.createTusker('sqlite::memory:')).toThrow(/allowed: 'sqlite:path'/);
    expect(() => redis.createTusker(undefined as unknown as string)).toThrow(/target is undefined; allowed: /);
  });
});
