import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TaskRunner } from '../../src/cli/task-runner.js';
import type { Claim } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import { surroundingsOf } from './in-process.js';
import { linesOf, overEachStore, until } from './program.js';

overEachStore((tusker) => {
  async function released(task = 'song', ...options: string[]): Promise<void> {
    await tusker.run('exec', task, '2', '--result', '"two"', '--', 'true');
    await tusker.run('exec', task, '10', '--result', '"ten"', '--', 'true');
    await tusker.run('close', task, '--info', '{"room":1}', ...options);
  }

  test('a pipeline of the shell: units, close, one merge', async () => {
    const lines = [
      [['exec', 'song', '2', '--stdout-result', '--', 'echo', 'two'], ''],
      [['exec', 'song', '10', '--stdout-result', '--', 'echo', 'ten'], ''],
      [['close', 'song', '--expect', '2'], 'closed; the task is released: 2 unit(s) done, 0 outstanding\n'],
      [['work', '--once', '--', 'sh', '-c', 'cat > task.json; echo merged'], 'completed song\n'],
      [['result', 'song', '--timeout', '1s'], '"merged"\n'],
    ] as const;
    for (const [line, stdout] of lines) expect(await tusker.run(...line)).toEqual({ code: 0, stdout, stderr: '' });
    expect(JSON.parse(tusker.read('task.json'))).toMatchObject({ task: 'song', results: ['two', 'ten'] });
  });

  test('the command gets the whole task as one JSON document, and its name, attempt and token in the environment', async () => {
    await released();
    const script = 'cat > task.json; echo "$TUSKER_TASK $TUSKER_ATTEMPT $TUSKER_TOKEN"';
    const outcome = await tusker.json('work', '--once', '--', 'sh', '-c', script);
    const task = JSON.parse(tusker.read('task.json'));
    expect(task).toEqual({
      task: 'song',
      info: { room: 1 },
      attempt: 1,
      attempts: 5,
      token: expect.any(Number),
      incomplete: null,
      results: ['two', 'ten'],
      units: ['2', '10'],
    });
    expect(outcome).toMatchObject({ event: 'completed', task: 'song', result: `song 1 ${task.token}` });
  });

  test.each([
    ['JSON', `printf '{ "url": "x" }'`, { url: 'x' }],
    ['a text', 'echo "  the end "', 'the end'],
    ['nothing', 'true', null],
  ])('what the command prints is the result: %s', async (_, script, result) => {
    await released();
    expect((await tusker.run('work', '--once', '--', 'sh', '-c', script)).code).toBe(0);
    expect(JSON.parse((await tusker.run('result', 'song')).stdout)).toEqual(result);
  });

  test('another exit code is a failed attempt, with the last lines of standard error', async () => {
    await released('song', '--backoff', '0');
    const failed = await tusker.run('work', '--once', '--', 'sh', '-c', 'echo no disk >&2; exit 4');
    expect(failed).toMatchObject({ code: 7, stdout: '', stderr: expect.stringContaining('no disk') });
    const { detail } = (await tusker.json('explain', 'song')) as { detail: { errors: unknown[]; state: string } };
    expect(detail.errors).toMatchObject([
      { attempt: 1, error: { name: 'CommandError', code: 'EXIT_4', message: 'sh exited with code 4: no disk' } },
    ]);
    expect(detail.state).toBe('released');
    expect((await tusker.run('work', '--once', '--', 'true')).code).toBe(0);
  });

  test('exit code 65 is not tried again', async () => {
    await released();
    expect((await tusker.run('work', '--once', '--', 'sh', '-c', 'exit 65')).code).toBe(7);
    const { code, stderr } = await tusker.run('result', 'song', '--timeout', '0');
    expect([code, stderr]).toEqual([7, expect.stringContaining('TASK_FAILED')]);
  });

  test('a command that is not there is a failed attempt', async () => {
    await released();
    const { code, stderr } = await tusker.run('work', '--once', '--', 'no-such-command');
    expect([code, stderr]).toEqual([7, expect.stringContaining('could not be started')]);
  });

  test('--once without a task ends with 3; with --wait it takes one that comes', async () => {
    expect(await tusker.run('work', '--once', '--', 'true')).toMatchObject({ code: 3, stdout: '', stderr: '' });
    const waiting = tusker.start('work', '--once', '--wait', '30s', '--', 'true');
    await released();
    expect(await waiting.ended).toMatchObject({ code: 0, stdout: 'completed song\n' });
  });

  test('a task that lacks units is a failed attempt, unless --partial', async () => {
    await tusker.run('exec', 'song', '1', '--result', '1', '--', 'true');
    await tusker.run('exec', 'song', '2', '--', 'false');
    await tusker.run('close', 'song', '--incomplete', 'release', '--unit-grace', '0', '--backoff', '0');
    await tusker.run('sweep');
    const refused = await tusker.run('work', '--once', '--', 'sh', '-c', 'echo > ran');
    expect(refused).toMatchObject({
      code: 7,
      stderr: expect.stringMatching(/lacks 1 unit\(s\): "2" \(unit "2" failed: .+\)/),
    });
    expect(tusker.read('ran')).toBe('');
    await tusker.run('work', '--once', '--partial', '--', 'sh', '-c', 'cat > task.json');
    expect(JSON.parse(tusker.read('task.json'))).toMatchObject({
      results: [1],
      incomplete: { failed: 1, names: ['2'] },
    });
  });

  test('more results than a pipe holds arrive whole, and a command need not read them', async () => {
    const script = "head -c 200000 /dev/zero | tr '\\0' x";
    for (const unit of ['1', '2', '3'])
      expect((await tusker.run('exec', 'song', unit, '--stdout-result', '--', 'sh', '-c', script)).code).toBe(0);
    await tusker.run('close', 'song');
    const { code } = await tusker.run('work', '--once', '--', 'sh', '-c', 'exit 3');
    expect(code).toBe(7);
    await tusker.run('release', 'song');
    expect((await tusker.run('work', '--once', '--', 'sh', '-c', 'sleep 0.05; cat > task.json')).code).toBe(0);
    expect(JSON.parse(tusker.read('task.json')).results.map((one: string) => one.length)).toEqual([
      200_000, 200_000, 200_000,
    ]);
  });

  test('half a task is not merged: when the store fails while the command reads, so does the attempt', async () => {
    await released();
    await using library = createTusker(tusker.url);
    const fetched = await library.fetchReleased();
    if (!fetched) throw new Error('there is a task');
    const claim: Claim = fetched;
    const surroundings = surroundingsOf({ cwd: tusker.folder, env: tusker.env });
    const runner = new TaskRunner(surroundings, { command: ['sh', '-c', 'cat; exit 0'], partial: false });
    async function* breaking(): ReturnType<Claim['units']> {
      for await (const unit of claim.units()) {
        yield unit;
        throw new Error('the store is away');
      }
    }
    const context = new Proxy(claim, {
      get: (target, name) => (name === 'units' ? breaking : Reflect.get(target, name, target)),
    });
    await expect(runner.run(context)).rejects.toThrow('the store is away');
    await claim.giveBack();
  });

  test('a worker takes task after task until SIGTERM, and tells what it did', async () => {
    const { kill, ended } = tusker.start('work', '--json', '--concurrency', '2', '--', 'echo', 'ok');
    await released('one');
    await released('two');
    await tusker.run('result', 'one', '--timeout', '20s');
    await tusker.run('result', 'two', '--timeout', '20s');
    kill('SIGTERM');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    const completed = linesOf(stdout).filter(({ event }) => event === 'completed');
    expect(completed.map(({ task, attempt, result }) => [task, attempt, result])).toEqual([
      ['one', 1, 'ok'],
      ['two', 1, 'ok'],
    ]);
  });

  test('at SIGTERM a running command may go on within the grace, and completes', async () => {
    await released();
    const script = 'echo > ready; while [ ! -e go ]; do sleep 0.02; done; echo merged';
    const { kill, ended } = tusker.start('work', '--grace', '20s', '--', 'sh', '-c', script);
    await until('the command', () => tusker.read('ready') !== '');
    kill('SIGTERM');
    writeFileSync(tusker.path('go'), '');
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('completed song (attempt 1)') });
  });

  test.each([
    ['after the grace', ['--grace', '100ms'], 1],
    ['at the second signal', ['--grace', '30s'], 2],
  ])('%s the command is ended and its task given back, the attempt not spent', async (_, options, signals) => {
    await released();
    const script = 'trap "echo TERM > got; exit 1" TERM; echo > ready; while :; do sleep 0.02; done';
    const { kill, ended } = tusker.start('work', ...options, '--', 'sh', '-c', script);
    await until('the command', () => tusker.read('ready') !== '');
    kill('SIGTERM');
    if (signals > 1) kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('given-back song (attempt 1)') });
    expect(tusker.read('got')).toBe('TERM\n');
    const { detail } = (await tusker.json('explain', 'song')) as { detail: object };
    expect(detail).toMatchObject({ state: 'released', attempt: 0, errors: [] });
  });

  test('--once gives its task back as well: 128 + the signal', async () => {
    await released();
    const script = 'echo > ready; exec sleep 30';
    const { kill, ended } = tusker.start('work', '--once', '--grace', '0', '--', 'sh', '-c', script);
    await until('the command', () => tusker.read('ready') !== '');
    kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect((await tusker.json('explain', 'song')).state).toBe('released');
  });

  test('a command whose task is cancelled gets SIGTERM', async () => {
    await released();
    const script = 'trap "echo TERM > got; exit 0" TERM; echo > ready; while :; do sleep 0.02; done';
    const { ended } = tusker.start('work', '--once', '--', 'sh', '-c', script);
    await until('the command', () => tusker.read('ready') !== '');
    await tusker.run('cancel', 'song');
    expect((await ended).code).toBe(6);
    expect(tusker.read('got')).toBe('TERM\n');
  });

  test('a worker without a store that can be used says so and ends with 69', async () => {
    const { code, stderr } = await tusker.run('work', '--url', 'sqlite:/no/such/folder/x.db', '--', 'true');
    expect([code, stderr]).toEqual([69, expect.stringContaining('tusker: CONNECTION: ')]);
  });
});
