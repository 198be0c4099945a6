import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { decode } from '../../src/demo/audio.js';
import { findFfmpeg, runFfmpeg } from '../../src/demo/ffmpeg.js';
import type { DemoReport } from '../../src/demo/index.js';
import { PCM_RATE } from '../../src/demo/sound.js';
import { createTusker } from '../../src/index.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const COUNTING = at('../../assets/counting.ogg');

let root: string;
let directory: string;
let ffmpeg: string;
/** The first twenty seconds of the counting, for histories that need not last longer. */
let short: string;
let runs = 0;

beforeAll(async () => {
  if (!existsSync(at('../../dist/demo/index.js'))) throw new Error('This runs what is built: npm run build');
  root = await mkdtemp(join(tmpdir(), 'tusker-demo-test-'));
  ffmpeg = await findFfmpeg();
  short = join(root, 'short.wav');
  await runFfmpeg(ffmpeg, ['-i', `file:${COUNTING}`, '-t', '20', `file:${short}`]);
});
beforeEach(async () => {
  directory = join(root, String(runs++));
  await mkdir(join(directory, 'tmp'), { recursive: true });
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Given {
  readonly options: object;
  readonly env?: Record<string, string>;
}

interface Running {
  readonly process: ChildProcess;
  /** What it printed so far. */
  printed(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** Starts a demo as a process of its own, in its own directory, with its own place for temporary files. */
function start({ options, env = {} }: Given): Running {
  const child = spawn(process.execPath, [at('children/run-demo.mjs'), JSON.stringify(options)], {
    cwd: directory,
    env: { ...process.env, TMPDIR: join(directory, 'tmp'), ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { process: child, printed: () => stdout, ended };
}

const report = (stdout: string) => JSON.parse(stdout) as DemoReport;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The processes whose work directory lies in this test's, as Linux tells them; none elsewhere. */
async function processesLeft(): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    pids.map(async (pid) => [pid, await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')] as const),
  );
  return environments.filter(([, environment]) => environment.includes(directory)).map(([pid]) => pid);
}

async function expectNothingLeft(): Promise<void> {
  await until(async () => (await processesLeft()).length === 0);
  expect(await readdir(join(directory, 'tmp'))).toEqual([]);
}

test('a minute of counting: a server is killed over a chunk, another takes it over, and the whole sounds right', async () => {
  const { code, stdout, stderr } = await start({ options: { json: true } }).ended;
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
  expect(mp3).toBe(join(directory, 'tusker-demo.mp3'));
  expect((await decode(ffmpeg, mp3)).length / PCM_RATE).toBeCloseTo(sound.inputSeconds, 1);
  expect(sound.inputSeconds).toBeGreaterThan(60);
  await expectNothingLeft();
});

test('elsewhere than on a terminal it prints plain lines, and the end of the story', async () => {
  const { code, stdout } = await start({ options: { file: short, chunk: 4, servers: 2, out: 'two.mp3' } }).ended;
  expect(code).toBe(0);
  expect(stdout).not.toContain('\x1b');
  expect(stdout).toMatch(/^ {2}\d\.\d\d s {2}chunk \d done by server-\d in \d+ ms \(\d of 6\)$/m);
  expect(stdout).toMatch(/server-\d KILLED \(SIGKILL\), \d+ ms into chunk \d\n/);
  expect(stdout).toMatch(/chunk \d is still locked by the dead server-\d, for \d+ ms\n/);
  expect(stdout).toMatch(/ recovered +chunk \d of server-\d: taken over by server-\d \d\.\d\d s after the kill, done/);
  expect(stdout).toContain(join(directory, 'two.mp3'));
  expect(stdout).toMatch(/ ok +\d+\.\d\d s in all\n$/);
});

test.each([
  ['before the first chunk', 0, 0],
  ['after the last chunk', 0.999, 5],
])('the stream may be closed %s', async (_, chance, afterChunks) => {
  const { code, stdout } = await start({ options: { file: short, chunk: 4.5, json: true, chance } }).ended;
  expect(code).toBe(0);
  expect(report(stdout)).toMatchObject({ ok: true, chunks: 5, closed: { afterChunks, outstanding: 5 - afterChunks } });
});

test.each([
  ['swap', [0, 1], true],
  ['double', [1], true],
  ['drop', [0, 1, 2, 3, 4], false],
])('a merge that goes wrong (%s) is found by its sound', async (clumsy, chunks, lengthOk) => {
  const env = { TUSKER_FFMPEG: at('children/clumsy-ffmpeg.mjs'), REAL_FFMPEG: ffmpeg, CLUMSY: clumsy };
  const { code, stdout } = await start({ options: { file: short, chunk: 4.5, json: true }, env }).ended;
  expect(code).toBe(1);
  const { ok, failures, sound } = report(stdout);
  expect(ok).toBe(false);
  expect(sound.lengthOk).toBe(lengthOk);
  expect(sound.chunks.filter((chunk) => !chunk.ok).map(({ chunk }) => chunk)).toEqual(chunks);
  expect(failures.join()).toContain(`At the place of chunk ${chunks[0]} the mp3 does not sound like the input`);
});

test('it runs on the store that it is given, and leaves the task there, completed', async () => {
  const url = `sqlite:${join(directory, 'given.db')}`;
  const { code, stdout } = await start({ options: { url, file: short, json: true } }).ended;
  expect(code).toBe(0);
  await using tusker = createTusker(url).namespace('tusker-demo');
  const { state, detail } = await tusker.explain(report(stdout).task);
  expect({ state, attempt: detail.attempt, done: detail.units.done }).toEqual({
    state: 'completed',
    attempt: 1,
    done: 4,
  });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends it with all of its processes, and leaves nothing',
  async (signal) => {
    const demo = start({ options: { file: short } });
    await until(() => demo.printed().includes('locked by'));
    demo.process.kill(signal);
    const { code, stderr } = await demo.ended;
    expect({ code, stderr }).toEqual({ code: 2, stderr: `INTERRUPTED: The demo was stopped by ${signal}.\n` });
    await expectNothingLeft();
    expect(existsSync(join(directory, 'tusker-demo.mp3'))).toBe(false);
  },
);

test('killed itself, it takes its processes with it', async () => {
  const demo = start({ options: { file: short } });
  await until(() => demo.printed().includes('locked by'));
  demo.process.kill('SIGKILL');
  await demo.ended;
  await until(async () => (await processesLeft()).length === 0);
});

test.each([
  [{ servers: 1 }, /^INVALID_ARGUMENT: servers is 1; allowed: a whole number from 2 to 16/],
  [{ servers: 2.5 }, /^INVALID_ARGUMENT: servers is 2.5; /],
  [{ chunk: 15 }, /^INVALID_ARGUMENT: chunk is 15; allowed: from 2 to 14.9 seconds/],
  [{ chunk: null }, /^INVALID_ARGUMENT: chunk is null; /],
  [{ url: 'memory:' }, /^INVALID_ARGUMENT: url is "memory:"; allowed: a store that several processes can share/],
  [{ url: 'ftp://x' }, /^INVALID_ARGUMENT: /],
  [{ file: 'nowhere.ogg' }, /^INVALID_ARGUMENT: file is "nowhere.ogg"; allowed: a sound file/],
  [{ file: '/' }, /^INVALID_ARGUMENT: file is "\/"; /],
  [{ out: 'no/such/directory.mp3' }, /^INVALID_ARGUMENT: out is "no\/such\/directory.mp3"; /],
  [{ out: COUNTING }, /^INVALID_ARGUMENT: out is .*; allowed: another file than the input/],
  [{ file: at('demo.test.ts') }, /^SOUND_UNFIT: .* is not a sound that ffmpeg can read\./],
])('%j is refused', async (options, message) => {
  const { code, stderr } = await start({ options }).ended;
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
  await expectNothingLeft();
});
