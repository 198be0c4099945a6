import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { Program } from './program.js';

const tusker = new Program();

describe('help', () => {
  test('--help lists the commands and the exit codes', async () => {
    const { code, stdout } = await tusker.run('--help');
    expect(code).toBe(0);
    for (const { name, summary } of COMMANDS)
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +${escaped(summary)}$`, 'm'));
    expect(stdout).toMatch(/^ {2}69 +the store cannot be used/m);
  });

  test.each(COMMANDS.map((command) => [command.name, command] as const))(
    '%s --help has all that is to be known of it, with examples',
    async (name, { summary, options, examples }) => {
      const { code, stdout } = await tusker.run(name, '--help');
      expect(code).toBe(0);
      expect(stdout).toContain(`NAME\n  tusker ${name} - ${summary}\n\nSYNOPSIS\n  tusker ${name} `);
      for (const option of [...Object.keys(options), 'url', 'namespace', 'json'])
        expect(stdout).toMatch(new RegExp(`^ {2}(-\\w, | {4})--${option}( |$)`, 'm'));
      expect(stdout).toMatch(/\nEXIT CODES\n {2}0 /);
      expect(stdout).toMatch(/\nEXAMPLES?\n {2}\S/);
      for (const example of examples) expect(stdout).toContain(`\n  ${example}\n`);
    },
  );

  test('help COMMAND is the same, and with --json it is data', async () => {
    const { stdout } = await tusker.run('close', '--help');
    expect(await tusker.run('help', 'close')).toMatchObject({ code: 0, stdout });
    expect(await tusker.json('help', 'close')).toMatchObject({ name: 'close', usage: 'TASK', options: { expect: {} } });
    expect(await tusker.json('--help')).toMatchObject({ commands: expect.arrayContaining([expect.anything()]) });
  });

  test('no line is wider than a hundred characters, but for examples', async () => {
    const lines = (await tusker.run('--help')).stdout.split('\n');
    for (const { details = [] } of COMMANDS) lines.push(...details.filter((line) => line.startsWith(' ')));
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await tusker.run('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe('a wrong command line ends with 2 and a line that helps', () => {
  test.each([
    [['exek', 'a', 'b'], 'there is no command "exek"; did you mean exec?'],
    [['frobnicate'], 'there is no command "frobnicate"; tusker --help lists them'],
    [[], 'a command is missing; tusker --help lists them'],
    [['tasks', '--stat', 'open'], 'tasks has no option --stat; did you mean --state?'],
    [['tasks', '--__proto__', 'x'], 'tasks has no option --__proto__; tusker tasks --help lists them'],
    [['tasks', '--limit'], '--limit needs a value: --limit N'],
    [
      ['close', 'song', '--info', '--replace'],
      '--info needs a value: --info JSON (for one with a dash: --info=--replace)',
    ],
    [['close', 'song', '--replace=yes'], '--replace is a flag and takes no value'],
    [['close'], 'TASK is missing; usage: tusker close TASK'],
    [['close', 'a', 'b'], '"b" is one argument too many; usage: tusker close TASK'],
    [['exec', 'song', '7', 'true'], '"true" is one argument too many; usage: tusker exec TASK UNIT -- COMMAND [ARG…]'],
    [['exec', 'song', '7', '--'], 'a command is missing behind --; usage: tusker exec TASK UNIT -- COMMAND [ARG…]'],
    [['unlock', 'song', '7'], '--token is missing: tusker lock printed it'],
  ])('%j', async (args, message) => {
    expect(await tusker.run(...args)).toMatchObject({ code: 2, stdout: '', stderr: `tusker: USAGE: ${message}\n` });
  });

  test.each([
    [
      ['lock', 'a', 'b', '--ttl', 'soon'],
      '--ttl is "soon"; allowed: a duration such as 500ms, 30s, 5m or 2h, or plain milliseconds.',
    ],
    [['lock', 'a', 'b', '--ttl', '0'], '--ttl is 0; allowed: 1–31622400000 (milliseconds, at most 366 days).'],
    [['close', 'a', '--info', '{'], `--info is "{"; allowed: JSON (a text stands in double quotes: '"text"').`],
    [
      ['close', 'a', '--unit-grace', '400d'],
      '--unit-grace is 34560000000; allowed: 0–31622400000 (milliseconds, at most 366 days).',
    ],
    [['close', 'a', '--attempts', '1.5'], '--attempts is "1.5"; allowed: a whole number.'],
    [['close', 'a', '--incomplete', 'maybe'], '--incomplete is "maybe"; allowed: fail, release.'],
    [
      ['tasks', '--state', 'done'],
      '--state is "done"; allowed: open, locked, released, delayed, processing, completed, failed, or several with commas between them.',
    ],
    [['close', ''], 'task is ""; allowed: 1–512 bytes of well-formed text.'],
    [['stats', '--url', 'mongo:x'], `target is "mongo:…"; allowed: `],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await tusker.run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`tusker: INVALID_ARGUMENT: ${message}`);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  test('with --json the error is a JSON object on standard error', async () => {
    const { code, stdout, stderr } = await tusker.run('exek', '--json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'USAGE', message: 'there is no command "exek"; did you mean exec?', exitCode: 2 },
    });
  });
});

describe('options of every command', () => {
  test('they may stand before the command as well', async () => {
    expect((await tusker.run('--json', '-n', 'songs', 'open', 'a')).code).toBe(0);
    expect(await tusker.jsonLines('tasks', '--namespace=songs')).toHaveLength(1);
  });

  test('namespaces are apart', async () => {
    await tusker.run('open', 'a', '-n', 'one');
    expect(await tusker.jsonLines('tasks', '-n', 'one')).toHaveLength(1);
    expect(await tusker.jsonLines('tasks')).toHaveLength(0);
    await tusker.run('open', 'b');
    expect(await tusker.jsonLines('tasks', '-n', 'default')).toHaveLength(1);
  });

  test('--url goes before TUSKER_URL, and ./tusker.db is the last resort', async () => {
    const there = `sqlite:${tusker.path('other.db')}`;
    await tusker.run('open', 'a', '--url', there);
    expect(await tusker.jsonLines('tasks')).toHaveLength(0);
    expect(await tusker.jsonLines('tasks', '--url', there)).toHaveLength(1);
    const { stdout } = await tusker.runWith({ TUSKER_URL: '' }, 'stats', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ open: 0 });
  });

  test('a store that cannot be used: 69', async () => {
    expect((await tusker.run('stats', '--url', 'sqlite:/no/such/folder/x.db')).code).toBe(69);
    writeFileSync(tusker.path('noise.db'), randomBytes(8192));
    const { code, stderr } = await tusker.run('stats', '--url', `sqlite:${tusker.path('noise.db')}`);
    expect([code, stderr]).toEqual([69, expect.stringMatching(/STORE_CORRUPT|CONNECTION/)]);
  });
});

test('names that could harm a terminal are shown, not sent', async () => {
  const name = 'a\u001b[2J\u009b1m\nb';
  await tusker.run('lock', name, name);
  for (const command of [['tasks'], ['units', name], ['explain', name]]) {
    const { stdout } = await tusker.run(...command);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(stdout).toContain('\\u001b[2J');
  }
  const { stderr } = await tusker.run('lock', name, name);
  expect(stderr.split('\n')).toHaveLength(2);
  expect(stderr).not.toContain('\u009b');
  expect((await tusker.jsonLines('tasks'))[0]?.task).toBe(name);
});

describe('colours', () => {
  const coloured = async (env: NodeJS.ProcessEnv, ...args: string[]): Promise<boolean> => {
    const { stdout, stderr } = await tusker.runWith(env, ...args);
    return (stdout + stderr).includes('\u001b[');
  };

  test('are not where there is no terminal, unless FORCE_COLOR says so', async () => {
    await tusker.run('open', 'song');
    expect(await coloured({}, 'tasks')).toBe(false);
    expect(await coloured({ FORCE_COLOR: '1' }, 'tasks')).toBe(true);
    expect(await coloured({ FORCE_COLOR: '1' }, 'explain', 'nobody')).toBe(true);
  });

  test('are never in JSON', async () => {
    await tusker.run('open', 'song');
    expect(await coloured({ FORCE_COLOR: '1' }, 'tasks', '--json')).toBe(false);
    expect(await coloured({ FORCE_COLOR: '1' }, 'explain', 'nobody', '--json')).toBe(false);
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
