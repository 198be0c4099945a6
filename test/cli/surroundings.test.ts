import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/cli.js';
import { createTusker } from '../../src/index.js';
import { surroundingsOf } from './in-process.js';
import { linesOf, overEachStore, Program, until } from './program.js';

test('main.ts alone reaches for the process', () => {
  const files = readdirSync('src/cli', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const reaching = files.filter((name) => /(?<![.\w])process\.\w/.test(readFileSync(join('src/cli', name), 'utf8')));
  expect(reaching).toEqual(['main.ts']);
});

/** What keeps this process alive, by kind. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Resolves when no more keeps this process alive than before; fails after ten seconds with what does. */
async function nothingMoreThan(before: ReadonlyMap<string, number>): Promise<void> {
  const end = performance.now() + 10_000;
  for (;;) {
    // Turns of the loop, for a timer would count.
    await turn();
    const more = [...resources()].filter(([kind, count]) => kind !== 'Immediate' && count > (before.get(kind) ?? 0));
    if (more.length === 0) return;
    if (performance.now() > end) throw new Error(`left behind: ${more.join(' ')}, where there were ${[...before]}`);
  }
}

overEachStore((tusker) => {
  const patient = ['sh', '-c', 'trap "exit 0" TERM; echo > ready; while :; do sleep 0.02; done'];
  const isReady = (): Promise<void> => until('the command', () => tusker.read('ready') !== '');
  /** Runs that a signal ends, and when they have begun. */
  const LASTING: [command: string, args: string[], begun: (written: () => string) => Promise<void>][] = [
    ['exec', ['exec', 'song', '8', '--', ...patient], isReady],
    ['a wait for a lock', ['exec', 'song', '7', '--wait', '30s', '--', 'true'], async () => {}],
    ['work', ['work', '--grace', '0', '--', ...patient], isReady],
    ['work --once', ['work', '--once', '--grace', '0', '--', ...patient], isReady],
    ['work --once that waits', ['work', '--once', '--wait', '30s', '-n', 'empty', '--', 'true'], async () => {}],
    ['events -f', ['events', '-f', '--since', '0'], (written) => until('an event', () => written() !== '')],
    ['sweep --loop', ['sweep', '--loop'], (written) => until('the first sweep', () => written() !== '')],
    ['stats --watch', ['stats', '--watch'], (written) => until('the first look', () => written() !== '')],
    ['dashboard', ['dashboard', '--port', '0'], (written) => until('its address', () => written() !== '')],
  ];

  test.each(LASTING)(
    '%s leaves nothing behind: no listener, no timer, no connection, no child',
    async (_, args, begun) => {
      await tusker.run('close', 'ready');
      await tusker.run('lock', 'song', '7');
      await tusker.run('lock', 'song', '9', '--ttl', '1ms');
      const before = resources();
      const run = tusker.start(...args);
      await begun(run.written);
      run.kill('SIGTERM');
      const { stderr } = await run.ended;
      expect(stderr).not.toMatch(/UNEXPECTED/);
      await nothingMoreThan(before);
    },
  );

  test('a command that fails leaves nothing behind either', async () => {
    const before = resources();
    for (const args of [
      ['explain', 'nobody'],
      ['lock', ''],
      ['exec', 'song', '7', '--', 'no-such-command'],
      ['frobnicate'],
    ])
      expect((await tusker.run(...args)).code).not.toBe(0);
    await nothingMoreThan(before);
  });

  test('runs at once do not disturb each other: each has its own signals, output, errors and environment', async () => {
    const script = 'trap "echo $NAME; echo no >&2; exit $CODE" TERM; echo > ready-$NAME; while :; do sleep 0.02; done';
    const start = (name: string, code: string) => {
      const env = { NAME: name, CODE: code };
      return tusker.startWith(env, 'exec', 'song', name, '--', 'sh', '-c', script);
    };
    const [one, two] = [start('one', '3'), start('two', '4')];
    await until('both', () => tusker.read('ready-one') !== '' && tusker.read('ready-two') !== '');
    two.kill('SIGTERM');
    expect(await two.ended).toMatchObject({
      code: 4,
      stdout: 'two\n',
      stderr: expect.stringMatching(/no\n(.|\n)*unit two/),
    });
    expect([one.written(), (await tusker.jsonLines('units', 'song', '--state', 'locked'))[0]?.unit]).toEqual([
      '',
      'one',
    ]);
    one.kill('SIGTERM');
    expect(await one.ended).toMatchObject({
      code: 3,
      stdout: 'one\n',
      stderr: expect.stringMatching(/no\n(.|\n)*unit one/),
    });
  });

  test('a command that is run reads the standard input of the run, and writes to its output and its errors', async () => {
    const script = 'cat; echo trouble >&2';
    const { code, stdout, stderr } = await tusker.runReading('höllo\n', 'exec', 'song', '7', '--', 'sh', '-c', script);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'höllo\n', stderr: 'trouble\n' });
    const unread = await tusker.runReading('x'.repeat(1_000_000), 'exec', 'song', '8', '--', 'true');
    expect(unread).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

test('a reader that went away ends a list quietly, while others go on', async () => {
  const { stdout, ...others } = surroundingsOf({ cwd: '.', env: { TUSKER_URL: 'memory:' } });
  const closed = new Writable({
    write: (_part, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  closed.on('error', () => {});
  expect(await runCli(['stats'], { ...others, stdout: closed })).toBe(0);
  expect(others.stderr.text).toBe('');
  expect(await runCli(['stats'], { ...others, stdout })).toBe(0);
  expect(stdout.text).toMatch(/^open +0 /);
});

describe('the environment', () => {
  const tusker = new Program();

  test('names the store, wherever this process keeps its tasks', async () => {
    const there = `sqlite:${tusker.path('there.db')}`;
    await tusker.runWith({ TUSKER_URL: there }, 'open', 'song');
    await using library = createTusker(there);
    expect((await library.stats()).open).toBe(1);
    expect(await tusker.json('stats')).toMatchObject({ open: 0 });
  });

  test('names no store in production: the same error as that of the library', async () => {
    vi.stubEnv('TUSKER_URL', '');
    vi.stubEnv('NODE_ENV', 'production');
    let message = '';
    try {
      createTusker();
    } catch (error) {
      message = error instanceof Error ? error.message : '';
    }
    vi.unstubAllEnvs();
    const { code, stderr } = await tusker.runWith({ TUSKER_URL: '', NODE_ENV: 'production' }, 'stats');
    expect([code, stderr]).toEqual([2, `tusker: INVALID_ARGUMENT: ${message}\n`]);
    // Those that ask no store need none.
    expect((await tusker.runWith({ TUSKER_URL: '', NODE_ENV: 'production' }, 'completion', 'bash')).code).toBe(0);
  });

  test('has the token of the dashboard', async () => {
    const { ended, kill, written } = tusker.startWith(
      { TUSKER_DASHBOARD_TOKEN: 'a token of many letters' },
      'dashboard',
      '--port',
      '0',
      '--json',
    );
    await until('its address', () => written() !== '');
    const { url } = linesOf(written())[0] ?? {};
    expect((await fetch(`${url}api/overview`)).status).toBe(401);
    kill('SIGTERM');
    await ended;
  });

  test('is handed on to commands, with the unit and its token', async () => {
    const { stdout } = await tusker.runWith(
      { GREETING: 'hello' },
      'exec',
      'song',
      '7',
      '--',
      'sh',
      '-c',
      'echo "$GREETING $TUSKER_UNIT $TUSKER_URL"; pwd',
    );
    expect(stdout).toBe(`hello 7 ${tusker.url}\n${tusker.folder}\n`);
  });
});
