import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { Playground, until } from './running.js';

const THIS_FILE = fileURLToPath(import.meta.url);
let playground: Playground;
beforeAll(async () => {
  playground = await Playground.open();
  return () => playground.close();
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends it with all of its processes, and leaves nothing',
  async (signal) => {
    const demo = await playground.start({ file: playground.short });
    await until(() => demo.printed().includes('locked by'));
    demo.process.kill(signal);
    const { code, stderr } = await demo.ended;
    expect({ code, stderr }).toEqual({ code: 2, stderr: `INTERRUPTED: The demo was stopped by ${signal}.\n` });
    await playground.expectNothingLeft();
    expect(existsSync(join(playground.directory, 'tusker-demo.mp3'))).toBe(false);
  },
);

test('when nobody reads its lines any more it ends, and leaves nothing', async () => {
  const demo = await playground.tusker('demo', playground.short);
  await until(() => demo.printed().includes('locked by'));
  demo.process.stdout?.destroy();
  await new Promise((resolve) => demo.process.once('exit', resolve));
  await playground.expectNothingLeft();
});

test('stopped on a store that it was given, it takes its task back', async () => {
  const demo = await playground.start({ file: playground.short, url: 'sqlite:given.db' });
  await until(() => demo.printed().includes('locked by'));
  demo.process.kill('SIGINT');
  await demo.ended;
  await using tusker = createTusker(`sqlite:${join(playground.directory, 'given.db')}`).namespace('tusker-demo');
  const tasks = [];
  for await (const { task, state } of tusker.tasks()) tasks.push({ task, state });
  expect(tasks).toEqual([]);
});

test('killed itself, it takes its processes with it', async () => {
  const demo = await playground.start({ file: playground.short });
  await until(() => demo.printed().includes('locked by'));
  demo.process.kill('SIGKILL');
  await demo.ended;
  await playground.untilAllEnded();
});

test.each([
  [{ servers: 1 }, /^INVALID_ARGUMENT: servers is 1; allowed: a whole number from 2 to 16/],
  [{ servers: 2.5 }, /^INVALID_ARGUMENT: servers is 2.5; /],
  [{ chunk: 15 }, /^INVALID_ARGUMENT: chunk is 15; allowed: from 2 to 14.9 seconds/],
  [{ chunk: null }, /^INVALID_ARGUMENT: chunk is null; /],
  [{ url: 'memory:' }, /^INVALID_ARGUMENT: url is "memory:"; allowed: a store that several processes can share/],
  [{ url: 'ftp://x' }, /^INVALID_ARGUMENT: /],
  [{ url: `sqlite:${THIS_FILE}` }, /^STORE_CORRUPT: /],
  [{ file: 'nowhere.ogg' }, /^INVALID_ARGUMENT: file is "nowhere.ogg"; allowed: a sound file/],
  [{ file: '/' }, /^INVALID_ARGUMENT: file is "\/"; /],
  [{ out: 'no/such/directory.mp3' }, /^INVALID_ARGUMENT: out is "no\/such\/directory.mp3"; /],
  [{ file: THIS_FILE, out: THIS_FILE }, /^INVALID_ARGUMENT: out is .*; allowed: another file than the input/],
  [{ file: THIS_FILE }, /^SOUND_UNFIT: .* is not a sound that ffmpeg can read\./],
])('%j is refused', async (options, message) => {
  const { code, stderr } = await (await playground.start(options)).ended;
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
  await playground.expectNothingLeft();
});
