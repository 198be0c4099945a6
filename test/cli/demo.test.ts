import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { countToFifty } from '../../src/demo/counting.js';
import { findFfmpeg, runFfmpeg } from '../../src/demo/ffmpeg.js';
import { Program, until } from './program.js';

const tusker = new Program();

test('the demo ends with a report and an mp3; --json prints the report alone', async () => {
  const sound = tusker.path('short.wav');
  const ffmpeg = await findFfmpeg();
  const counting = await countToFifty(ffmpeg, dirname(sound));
  await runFfmpeg(ffmpeg, ['-i', `file:${counting}`, '-t', '12', `file:${sound}`]);
  const options = ['--servers', '2', '--chunk', '14', '--out', 'song.mp3', '--json'];
  const { code, stdout } = await tusker.process.run('demo', sound, ...options);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, failures: [], servers: 2 });
  expect(existsSync(tusker.path('song.mp3'))).toBe(true);
}, 180_000);

test('a wrong option is refused by name: 2', async () => {
  const { code, stderr } = await tusker.run('demo', '--servers', '1');
  expect([code, stderr]).toEqual([2, expect.stringContaining('tusker: INVALID_ARGUMENT: ')]);
});

test('FILE is the sound: one that is not there is refused by name: 2', async () => {
  const { code, stderr } = await tusker.run('demo', 'nowhere.ogg');
  expect([code, stderr]).toEqual([2, expect.stringContaining('tusker: INVALID_ARGUMENT: file is "nowhere.ogg"')]);
});

test('a signal ends it and leaves nothing: 128 + its number', async () => {
  const { kill, ended, written } = tusker.process.start('demo');
  await until('its title', () => written() !== '');
  kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 143, stderr: 'tusker: INTERRUPTED: stopped by SIGTERM\n' });
  expect(existsSync(tusker.path('tusker-demo.mp3'))).toBe(false);
}, 60_000);
