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
    const { type, ended, written } = program.startOnTerminal('stats', '--watch', '--every', '100ms');
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
    const { type, ended, written } = program.startOnTerminal('stats', '--watch', '--every', '100ms');
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
    const { type, ended, written, resize } = program.startOnTerminal('stats', '--watch');
    await until('the page', () => written().includes('stream-42'));
    resize({ columns: 50, rows: 16 });
    const page = lastPage(written());
    expect(page).toHaveLength(16);
    expect(page.every((line) => line.length <= 50)).toBe(true);
    expect(page.join('\n')).toContain('stream-42');
    type('q');
    await ended;
  });

  test.each([
    ['q', 'q'],
    ['Q', 'Q'],
    ['Ctrl-C', '\u0003'],
    ['Esc', '\u001b'],
  ])('%s leaves the page, and the screen is the one before', async (_, key) => {
    const { type, ended, written, isRaw } = program.startOnTerminal('stats', '--watch');
    await until('the page', () => written().includes(ALTERNATE) && written().includes('nothing waits'));
    expect(isRaw()).toBe(true);
    type(key);
    const { code, stdout } = await ended;
    expect([code, isRaw()]).toEqual([0, false]);
    expect(stdout.endsWith(`\u001b[?25h${NORMAL}`)).toBe(true);
  });

  test('Ctrl-Z leaves the page until the process goes on', async () => {
    const { type, kill, ended, written, isRaw, isSuspended } = program.startOnTerminal('stats', '--watch');
    await until('the page', () => written().includes('nothing waits'));
    type('\u001a');
    await until('the shell', isSuspended);
    expect([written().endsWith(NORMAL), isRaw()]).toEqual([true, false]);
    kill('SIGCONT');
    expect([written().lastIndexOf(ALTERNATE) > written().lastIndexOf(NORMAL), isRaw()]).toEqual([true, true]);
    expect(lastPage(written()).join('\n')).toContain('nothing waits');
    type('q');
    expect((await ended).code).toBe(0);
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
    const { kill, ended, written } = program.startOnTerminal('stats', '--watch', '--json', '--every', '100ms');
    await until('three lines', () => written().split('\n').length > 3);
    kill('SIGINT');
    const [first, second] = linesOf((await ended).stdout);
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
