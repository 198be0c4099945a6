import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { linesOf, overEachStore, until } from './program.js';

const ALTERNATE = '\u001b[?1049h';
const NORMAL = '\u001b[?1049l';
const HOME = '\u001b[H';

/** The page that was drawn last, as its lines. */
function lastPage(written: string): string[] {
  const page = written.split(HOME).at(-1) ?? '';
  return stripVTControlCharacters(page).replaceAll('\r', '').split('\n');
}

overEachStore((program) => {
  const withSomeTasks = async (): Promise<void> => {
    await using tusker = createTusker(program.url);
    await tusker.lock('stream-42', 'chunk-19', { holder: 'web-3', renew: false });
    await tusker.close('stream-42');
    await tusker.close('song-1', { expect: 3 });
    await tusker.close('ready');
    await tusker.open('\u001b[31mred');
  };

  test('on a terminal --watch is a page with counters, rates, and the oldest tasks with what they wait for', async () => {
    await withSomeTasks();
    const { type, ended, written } = program.process.onTerminal('tusker stats --watch --every 100ms');
    await until('rates', () => /new +\d/.test(lastPage(written()).join('\n')));
    const page = lastPage(written());
    expect(page).toHaveLength(30);
    expect(page.every((line) => line.length <= 100)).toBe(true);
    const text = page.join('\n');
    expect(text).toMatch(/^locked +2 {2}closed, waiting for units +new +\d/m);
    expect(text).toMatch(/^stream-42 +locked +\d\.\d s {2}unit chunk-19 held by web-3, \d+ s left$/m);
    expect(text).toMatch(/^song-1 +locked +\d\.\d s {2}3 expected unit\(s\), /m);
    expect(text).toMatch(/^ready +released +\d\.\d s {2}a worker$/m);
    expect(text).toContain('\\u001b[31mred');
    expect(page.at(-1)).toMatch(/^\d\d:\d\d:\d\d {2}q quits/);
    type('q');
    expect((await ended).code).toBe(0);
  });

  test('what happens is seen without a key, and nothing is cleared before it is drawn', async () => {
    await withSomeTasks();
    const { type, ended, written } = program.process.onTerminal('tusker stats --watch --every 100ms');
    await until('the page', () => written().includes('stream-42'));
    await using tusker = createTusker(program.url);
    await tusker.cancel('stream-42');
    await until('the change', () => !lastPage(written()).join('\n').includes('stream-42'));
    expect(lastPage(written()).join('\n')).toMatch(/^failed +1 {2}ever/m);
    expect(written()).not.toContain('\u001b[2J');
    type('q');
    await ended;
  });

  test('a page follows the size of the terminal', async () => {
    await withSomeTasks();
    const { type, ended, written } = program.process.onTerminal('tusker stats --watch');
    await until('the page', () => written().includes('stream-42'));
    await program.process.bash('stty -F "$(cat tty)" cols 50 rows 16');
    // The two are set one after the other.
    const isSmall = (page: readonly string[]): boolean => page.length === 16 && page.every((line) => line.length <= 50);
    await until('a small page', () => isSmall(lastPage(written())));
    expect(lastPage(written()).join('\n')).toContain('stream-42');
    type('q');
    await ended;
  });

  test.each([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
    ['Esc', '\u001b'],
  ])('%s leaves the page, and the terminal is as it was', async (_, key) => {
    const { type, ended, written } = program.process.onTerminal(
      'stty -a > before; tusker stats --watch; echo "code $?" > code; stty -a > after',
    );
    await until('the page', () => written().includes(ALTERNATE) && written().includes('nothing waits'));
    type(key);
    const { stdout } = await ended;
    expect(program.read('code')).toBe('code 0\n');
    expect(program.read('after')).toBe(program.read('before'));
    expect(stdout.lastIndexOf(NORMAL)).toBeGreaterThan(stdout.lastIndexOf(ALTERNATE));
    expect(stdout).toContain('\u001b[?25h');
  });

  test('a signal leaves the page as well', async () => {
    const { ended, written } = program.process.onTerminal(
      'stty -a > before; tusker stats --watch & echo $! > pid; wait $!; echo "code $?" > code; stty -a > after',
    );
    await until('the page', () => written().includes('nothing waits'));
    await program.process.bash('kill -TERM "$(pgrep -P "$(cat pid)" || cat pid)"');
    expect((await ended).stdout).toContain(NORMAL);
    expect([program.read('code'), program.read('after')]).toEqual(['code 0\n', program.read('before')]);
  });

  test('without a terminal it is a line for each look', async () => {
    await withSomeTasks();
    const { kill, ended, written } = program.start('stats', '--watch', '--every', '100ms');
    await until('three lines', () => written().split('\n').length > 3);
    kill('SIGTERM');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    for (const line of stdout.trimEnd().split('\n'))
      expect(line).toMatch(
        /^20\S+Z {2}open 1, locked 2, released 1, .*; stream-42 waits .* for unit chunk-19 held by web-3/,
      );
    expect(stdout).not.toContain('\u001b');
  });

  test('with --json it is NDJSON, on a terminal too, with rates once there are two looks', async () => {
    await withSomeTasks();
    const { type, ended, written } = program.process.onTerminal('tusker stats --watch --json --every 100ms');
    await until('three lines', () => written().split('\n').length > 3);
    type('\u0003');
    const { stdout } = await ended;
    const [first, second] = linesOf(stdout.replaceAll('\r', '').replace('^C', ''));
    expect(first).toMatchObject({ open: 1, locked: 2, rates: { arrived: null, completed: null, failed: null } });
    expect(second).toMatchObject({ rates: { arrived: 0, completed: 0, failed: 0 } });
    const waitsFor = [{ what: 'lock', unit: 'chunk-19', holder: 'web-3' }];
    const others = Array.from({ length: 3 }, () => expect.anything());
    expect(first).toMatchObject({ oldest: [{ task: 'stream-42', state: 'locked', waitsFor }, ...others] });
  });

  test('a store that cannot be used is told at once, on no page: 69', async () => {
    const { code, stderr, stdout } = await program.run('stats', '--watch', '--url', 'sqlite:/no/such/folder/x.db');
    expect([code, stdout, stderr]).toEqual([69, '', expect.stringContaining('tusker: CONNECTION: ')]);
  });
});
