import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { Program, until } from './program.js';

const tusker = new Program();

/** What bash offers for a line that ends at the cursor, with the words as bash parts them. */
async function offered(...words: string[]): Promise<string[]> {
  const line = ['tusker', ...words].map((word) => `'${word}'`).join(' ');
  const { stdout, stderr } = await tusker.process.shell(`
    source ./script; COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    compopt() { :; }; _tusker; printf '%s\\n' "\${COMPREPLY[@]}"`);
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe('bash', () => {
  beforeEach(async () => {
    writeFileSync(tusker.path('script'), (await tusker.run('completion', 'bash')).stdout);
  });

  test('completes every command, and its options', async () => {
    expect(await offered('')).toEqual(expect.arrayContaining([...COMMANDS.map(({ name }) => name), 'help', '--url']));
    expect(await offered('ex')).toEqual(['exec', 'extend', 'explain']);
    expect(await offered('close', 'song', '--un')).toEqual(['--unit-grace', '--unit-attempts', '--unit-backoff']);
    expect(await offered('--json', '-n', 'close', 'ta')).toEqual(['tasks']);
    expect((await offered('stats', '')).filter((word) => !word.startsWith('-'))).toEqual([]);
  });

  test('completes values that are words, in both forms', async () => {
    expect(await offered('close', 'song', '--incomplete', '')).toEqual(['fail', 'release']);
    expect(await offered('tasks', '--state', '=', 'fa')).toEqual(['failed']);
    expect(await offered('tasks', '--state', '=')).toHaveLength(7);
    expect(await offered('completion', 'z')).toEqual(['zsh']);
    expect(await offered('help', 'uni')).toEqual(['units']);
    expect(await offered('close', 'song', '--expect', '')).toEqual([]);
  });

  test('completes files, and commands behind --', async () => {
    writeFileSync(tusker.path('voice.ogg'), '');
    expect(await offered('demo', 'voi')).toEqual(['voice.ogg']);
    expect(await offered('demo', '--out', 'voi')).toEqual(['voice.ogg']);
    expect(await offered('exec', 'song', '7', '--', 'bas')).toContain('bash');
    expect(await offered('exec', 'song', '7', '--', 'cat', 'voi')).toEqual(['voice.ogg']);
    expect(await offered('work', '--')).toContain('--once');
  });

  test('the tabulator at a real prompt completes', async () => {
    const shell = tusker.process.shellOnTerminal(`PS1='> ' exec bash --norc --noprofile -i`);
    await until('the prompt', () => shell.written().includes('> '));
    shell.type('source ./script; tusker() { echo "called with $*" > called; }\r');
    shell.type('tusker expl\tsong --js\t\r');
    await until('the call', () => tusker.read('called') !== '');
    expect(tusker.read('called')).toBe('called with explain song --json\n');
    shell.type('exit\r');
    await shell.ended;
  });
});

/** Whether other shells take their script: those that are here. */
const OTHERS = [
  { shell: 'zsh', args: ['-n'] },
  { shell: 'fish', args: ['--no-execute'] },
].filter(({ shell }) => ['/bin', '/usr/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/${shell}`)));

test('each other shell that is here takes its script', async () => {
  for (const { shell, args } of OTHERS) {
    writeFileSync(tusker.path(`script.${shell}`), (await tusker.run('completion', shell)).stdout);
    const { status, stderr } = spawnSync(shell, [...args, tusker.path(`script.${shell}`)], { encoding: 'utf8' });
    expect({ shell, status, stderr }).toEqual({ shell, status: 0, stderr: '' });
  }
});

test.each(['zsh', 'fish'])('the script for %s has every command and option', async (shell) => {
  const { code, stdout } = await tusker.run('completion', shell);
  expect(code).toBe(0);
  for (const { name, options } of COMMANDS) {
    expect(stdout).toContain(name);
    for (const option of Object.keys(options))
      expect(stdout).toContain(shell === 'fish' ? `-l ${option}` : `--${option}`);
  }
});

test('another shell is refused: 2', async () => {
  const { code, stderr } = await tusker.run('completion', 'tcsh');
  expect([code, stderr]).toEqual([
    2,
    'tusker: USAGE: there is no completion for "tcsh"; there is for bash, zsh, fish\n',
  ]);
});
