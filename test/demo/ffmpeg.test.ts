import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFfmpeg, runFfmpeg } from '../../src/demo/ffmpeg.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tusker-ffmpeg-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Something that runs like an ffmpeg and lists these encoders. */
async function impostor(...encoders: string[]): Promise<string> {
  const path = join(directory, `ffmpeg-${encoders.join('-')}`);
  const list = encoders.map((name) => ` A....D ${name}  An encoder`).join('\\n');
  await writeFile(path, `#!${process.execPath}\nconsole.log(' V....D libmp3lame\\n${list}');\n`, { mode: 0o755 });
  return path;
}

test('the one that TUSKER_FFMPEG names is taken', async () => {
  const path = await impostor('libmp3lame', 'flac');
  expect(await findFfmpeg(path)).toBe(path);
});

test('one that is named but not there is an error that says so: no other is taken in its place', async () => {
  const looking = findFfmpeg(join(directory, 'nowhere'));
  await expect(looking).rejects.toMatchObject({ name: 'DemoError', code: 'FFMPEG_MISSING' });
  await expect(looking).rejects.toThrow(/TUSKER_FFMPEG is ".*nowhere"/);
});

test('one without an encoder that is needed is an error that names it', async () => {
  const looking = findFfmpeg(await impostor('flac', 'mp3lame'));
  await expect(looking).rejects.toMatchObject({ code: 'FFMPEG_UNFIT' });
  await expect(looking).rejects.toThrow(/lacks the encoder libmp3lame; set TUSKER_FFMPEG/);
});

test('without a name there is one on the PATH, or that of the development dependency', async () => {
  expect(await findFfmpeg('')).toMatch(/ffmpeg/);
  const { PATH } = process.env;
  process.env.PATH = directory;
  try {
    expect(await findFfmpeg('')).toMatch(/ffmpeg-installer/);
  } finally {
    process.env.PATH = PATH;
  }
});

test('an ffmpeg that fails gives its last words', async () => {
  const running = runFfmpeg(await findFfmpeg(), ['-i', `file:${join(directory, 'no.ogg')}`, '-f', 'null', '-']);
  await expect(running).rejects.toMatchObject({ code: 'FFMPEG_FAILED' });
  await expect(running).rejects.toThrow(/No such file/);
});
