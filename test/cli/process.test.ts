import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { handlesSignals } from './processes.js';
import { linesOf, overEachStore, Program, until } from './program.js';

const ALTERNATE = '\u001b[?1049h';
const NORMAL = '\u001b[?1049l';

// What a process does by itself. All else is tested in this process, where the same code runs.
overEachStore((tusker) => {
  const unit = async () => (await tusker.jsonLines('units', 'song'))[0];

  test('SIGKILL leaves a lock that runs out: the unit can be taken over', async () => {
    const waits = 'echo $$ > ready; while :; do sleep 0.02; done';
    const { process: exec } = tusker.process.start('exec', 'song', '7', '--ttl', '500ms', '--', 'sh', '-c', waits);
    await until('the command', () => tusker.read('ready') !== '');
    const killed = once(exec, 'exit');
    exec.kill('SIGKILL');
    expect(await killed).toEqual([null, 'SIGKILL']);
    // Nobody passes anything on to it any more.
    process.kill(Number(tusker.read('ready')), 'SIGKILL');
    expect(await unit()).toMatchObject({ state: 'locked' });
    expect(await tusker.run('exec', 'song', '7', '--wait', '10s', '--', 'true')).toMatchObject({ code: 0 });
    expect(await unit()).toMatchObject({ state: 'done' });
  });

  test('Ctrl-C at a terminal reaches the command once, from the terminal', async () => {
    const command = `trap "echo INT >> got; exit 9" INT; echo > ready; while :; do sleep 0.05; done`;
    const { type, ended } = tusker.process.onTerminal(
      `tusker exec song 7 -- bash -c '${command}'; echo "code $?" > code`,
    );
    await until('the command', () => tusker.read('ready') !== '');
    type('\u0003');
    await ended;
    expect([tusker.read('got'), tusker.read('code')]).toEqual(['INT\n', 'code 9\n']);
    expect(await unit()).toMatchObject({ state: 'failed', error: { code: 'EXIT_9' } });
  });

  test('a command that reads from the terminal can do so', async () => {
    const { type, ended, written } = tusker.process.onTerminal(
      `tusker exec song 7 -- bash -c 'read -p "name? " name; echo "hello $name"'`,
    );
    await until('the question', () => written().includes('name? '));
    type('anna\r');
    expect((await ended).stdout).toContain('hello anna');
  });

  test.each([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
    ['Esc', '\u001b'],
  ])('%s leaves the page, and the terminal is as it was', async (_, key) => {
    const { type, ended, written } = tusker.process.onTerminal(
      'stty -a > before; tusker stats --watch; echo "code $?" > code; stty -a > after',
    );
    await until('the page', () => written().includes(ALTERNATE) && written().includes('nothing waits'));
    type(key);
    const { stdout } = await ended;
    expect(tusker.read('code')).toBe('code 0\n');
    expect(tusker.read('after')).toBe(tusker.read('before'));
    expect(stdout.lastIndexOf(NORMAL)).toBeGreaterThan(stdout.lastIndexOf(ALTERNATE));
    expect(stdout).toContain('\u001b[?25h');
  });

  test('a signal leaves the page as well', async () => {
    const { ended, written } = tusker.process.onTerminal(
      'stty -a > before; tusker stats --watch & echo $! > pid; wait $!; echo "code $?" > code; stty -a > after',
    );
    await until('the page', () => written().includes('nothing waits'));
    await tusker.process.shell('kill -TERM "$(pgrep -P "$(cat pid)" || cat pid)"');
    expect((await ended).stdout).toContain(NORMAL);
    expect([tusker.read('code'), tusker.read('after')]).toEqual(['code 0\n', tusker.read('before')]);
  });
});

const tusker = new Program();

test.each([
  [['stats'], 0],
  [['frobnicate'], 2],
  [['explain', 'nobody'], 3],
  [['exec', 'song', '7', '--', 'sh', '-c', 'exit 9'], 9],
  [['exec', 'song', '7', '--', 'sh', '-c', 'kill -KILL $$'], 137],
])('%j: the exit code is that of the process, and its output is whole', async (args, code) => {
  const ended = await tusker.process.run(...args);
  const here = await tusker.run(...args);
  expect(ended).toEqual({ ...here, code, signal: null });
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)(
  '%s to the process is passed on, and the end of the command decides',
  async (signal) => {
    const script = 'trap "echo got > got; exit 9" TERM INT HUP QUIT; echo > ready; while :; do sleep 0.02; done';
    const { kill, ended } = tusker.process.start('exec', 'song', '7', '--', 'sh', '-c', script);
    await until('the command', () => tusker.read('ready') !== '');
    kill(signal);
    expect(await ended).toMatchObject({ code: 9, signal: null });
    expect(tusker.read('got')).toBe('got\n');
  },
);

test('a second signal to the process kills its command: 137', async () => {
  const script = 'trap "echo > got" TERM; echo > ready; while :; do sleep 0.02; done';
  const { kill, ended } = tusker.process.start('exec', 'song', '7', '--', 'sh', '-c', script);
  await until('the command', () => tusker.read('ready') !== '');
  kill('SIGTERM');
  // Of two that wait for a process the system hands over the lower number first.
  await until('the first signal', () => tusker.read('got') !== '');
  kill('SIGINT');
  expect((await ended).code).toBe(137);
});

test('a signal to the process while it waits for the lock ends it, without running the command: 128 + its number', async () => {
  await tusker.run('lock', 'song', '7');
  const {
    process: exec,
    kill,
    ended,
  } = tusker.process.start('exec', 'song', '7', '--wait', '30s', '--', 'touch', 'ran');
  await until('its handlers', () => handlesSignals(exec));
  kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 143, stderr: 'tusker: INTERRUPTED: stopped by SIGTERM\n' });
  expect(await tusker.process.shell('test -e ran')).toMatchObject({ code: 1 });
});

test('a worker process ends at SIGTERM in good order, its task given back', async () => {
  await tusker.run('close', 'song');
  const script = 'echo > ready; exec sleep 30';
  const { kill, ended } = tusker.process.start('work', '--grace', '0', '--', 'sh', '-c', script);
  await until('the command', () => tusker.read('ready') !== '');
  kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('given-back song') });
  expect(await tusker.json('explain', 'song')).toMatchObject({ state: 'released', detail: { attempt: 0 } });
});

test('SIGKILL to a worker of failed tasks leaves the one in hand to another one, when its lease is over', async () => {
  for (const task of ['song', 'other']) {
    await tusker.run('open', task);
    await tusker.run('cancel', task);
  }
  const script = 'test -e ready || { echo > ready; exec sleep 30; }';
  const { kill, ended } = tusker.process.start('work', '--failed', '--lease', '1s', '--', 'sh', '-c', script);
  await until('the command', () => tusker.read('ready') !== '');
  kill('SIGKILL');
  expect((await ended).signal).toBe('SIGKILL');
  const next = tusker.process.start('work', '--failed', '--lease', '1s', '--json', '--', 'true');
  await until('both', () => next.written().match(/acknowledged/g)?.length === 2);
  next.kill('SIGTERM');
  const acknowledged = linesOf((await next.ended).stdout).filter(({ event }) => event === 'acknowledged');
  expect(acknowledged.map(({ attempt }) => attempt).sort()).toEqual([1, 2]);
});

test.each([
  [['events', '-f', '--since', '0']],
  [['sweep', '--loop']],
  [['stats', '--watch']],
  [['dashboard', '--port', '0']],
])('%j goes on as a process of its own until SIGTERM: 0', async (args) => {
  await tusker.run('lock', 'song', '7', '--ttl', '1ms');
  const { kill, ended, written } = tusker.process.start(...args);
  await until('its first line', () => written() !== '');
  kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, signal: null });
});

test('a reader that has enough ends a list quietly', async () => {
  for (let n = 1; n <= 12; n++) await tusker.run('open', `task-${n}`);
  const { code, stdout, stderr } = await tusker.process.bash(
    'tusker tasks --json | { read -r line; echo one; exec 0<&-; }',
  );
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'one\n', stderr: '' });
});

test('a command reads from the standard input of the process, and writes to its output and its errors', async () => {
  const { code, stdout, stderr } = await tusker.process.bash(
    `echo hello | tusker exec song 7 -- sh -c 'cat; echo trouble >&2'`,
  );
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'hello\n', stderr: 'trouble\n' });
});

test('without --url and TUSKER_URL it is ./tusker.db, and in production nothing', async () => {
  const nowhere = { TUSKER_URL: '' };
  await tusker.run('open', 'song', '--url', 'sqlite:./tusker.db');
  expect(await tusker.process.runWith(nowhere, 'stats', '--json')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"open":1'),
  });
  const { code, stdout, stderr } = await tusker.process.runWith({ ...nowhere, NODE_ENV: 'production' }, 'stats');
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('in production give one, or set TUSKER_URL')]);
});

test('a page follows the size of its terminal', async () => {
  const { type, ended, written } = tusker.process.onTerminal('tusker stats --watch');
  await until('the page', () => written().includes('nothing waits'));
  await tusker.process.shell('stty -F "$(cat tty)" cols 50 rows 16');
  // The two are set one after the other.
  const isSmall = (page: readonly string[]): boolean => page.length === 16 && page.every((line) => line.length <= 50);
  await until('a small page', () =>
    isSmall(
      stripVTControlCharacters(written().split('\u001b[H').at(-1) ?? '')
        .replaceAll('\r', '')
        .split('\n'),
    ),
  );
  type('q');
  expect((await ended).code).toBe(0);
});

test('Ctrl-Z at the page gives the terminal back to the shell until fg', async () => {
  const { type, ended, written } = tusker.process.onTerminal(
    'set -m; tusker stats --watch; stty -a > stopped; fg > /dev/null; echo "code $?" > code',
  );
  await until('the page', () => written().includes('nothing waits'));
  type('\u001a');
  await until('the page again', () => written().split(ALTERNATE).length > 2);
  expect(tusker.read('stopped')).toMatch(/ icanon /);
  type('q');
  await ended;
  expect(tusker.read('code')).toBe('code 0\n');
});

test.each([
  ['y\r', 0, 0],
  ['n\r', 2, 2],
  ['\u0004', 2, 2],
  ['\u0003', 130, 2],
])('the terminal answers the question: %j', async (keys, code, open) => {
  for (const task of ['song-1', 'song-2']) await tusker.run('open', task);
  const { type, ended, written } = tusker.process.onTerminal('tusker cancel --all');
  await until('the question', () => written().includes('cancel 2 task(s)? [y/N] '));
  expect(written()).toContain('  song-1\r\n');
  type(keys);
  expect((await ended).code).toBe(code);
  expect(await tusker.json('stats')).toMatchObject({ open });
});

test('colours are on a terminal, unless NO_COLOR says so', async () => {
  await tusker.run('open', 'song');
  expect((await tusker.process.onTerminal('tusker tasks').ended).stdout).toContain('\u001b[36mopen');
  expect((await tusker.process.onTerminal('tusker tasks', { NO_COLOR: '1' }).ended).stdout).not.toContain('\u001b');
});
