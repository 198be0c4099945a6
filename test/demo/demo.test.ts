import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { decode } from '../../src/demo/audio.js';
import type { DemoReport } from '../../src/demo/index.js';
import { PCM_RATE } from '../../src/demo/sound.js';
import { createTusker } from '../../src/index.js';
import { Playground } from './running.js';

let playground: Playground;
beforeAll(async () => {
  playground = await Playground.open();
  return () => playground.close();
});

const run = async (options: object, env?: Record<string, string>) => (await playground.start(options, env)).ended;
const report = (stdout: string) => JSON.parse(stdout) as DemoReport;

test('a minute of counting: a server is killed over a chunk, another takes it over, and the whole sounds right', async () => {
  const { code, stdout, stderr } = await (await playground.tusker('demo', '--json')).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { ok, failures, killed, recovered, chunks, merge, sound, mp3 } = report(stdout);
  expect({ ok, failures, chunks, merge }).toMatchObject({ ok: true, failures: [], chunks: 12, merge: { parts: 12 } });
  expect(killed).toMatchObject({ lockHeld: true });
  const recovery = recovered.find(({ chunk }) => chunk === killed?.chunk);
  expect(recovery?.lostBy).toBe(killed?.server);
  expect(recovery?.takenOverBy).not.toBe(killed?.server);
  // Not before the dead server's lock had run out, which it had renewed at most a third of its 2 s before the kill.
  expect(recovery?.takeoverMs).toBeGreaterThan(1_000);
  expect(recovery?.doneMs).toBeGreaterThan(recovery?.takeoverMs ?? 0);
  expect(mp3).toBe(join(playground.directory, 'tusker-demo.mp3'));
  expect((await decode(playground.ffmpeg, mp3)).length / PCM_RATE).toBeCloseTo(sound.inputSeconds, 1);
  expect(sound.inputSeconds).toBeGreaterThan(60);
  await playground.expectNothingLeft();
});

test('elsewhere than on a terminal it prints plain lines, and the end of the story', async () => {
  const { code, stdout } = await run({ file: playground.short, chunk: 2.4, servers: 2, out: 'two.mp3' });
  expect(code).toBe(0);
  expect(stdout).not.toContain('\x1b');
  expect(stdout).toMatch(/^ {1,2}\d+\.\d\d s {2}chunk \d done by server-\d in \d+ ms \(\d of 6\)$/m);
  expect(stdout).toMatch(/server-\d KILLED \(SIGKILL\), \d+ ms into chunk \d\n/);
  expect(stdout).toMatch(/chunk \d is still locked by the dead server-\d, for \d+ ms\n/);
  expect(stdout).toMatch(/ recovered +chunk \d of server-\d: taken over by server-\d \d+\.\d\d s after the kill, done/);
  expect(stdout).toContain(join(playground.directory, 'two.mp3'));
  expect(stdout).toMatch(/ ok +\d+\.\d\d s in all\n$/);
});

test('it runs on the store that it is given, and leaves the task there, completed', async () => {
  const { code, stdout } = await run({ url: 'sqlite:given.db', file: playground.short, chunk: 3.5, json: true });
  expect(code).toBe(0);
  await using tusker = createTusker(`sqlite:${join(playground.directory, 'given.db')}`).namespace('tusker-demo');
  const { state, detail } = await tusker.explain(report(stdout).task);
  expect({ state, attempt: detail.attempt, done: detail.units.done }).toEqual({
    state: 'completed',
    attempt: 1,
    done: 4,
  });
});
