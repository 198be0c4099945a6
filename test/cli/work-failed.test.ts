import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { linesOf, overEachStore, until } from './program.js';

overEachStore((tusker) => {
  /** Fails at its merge, with a unit that has failed. */
  async function failed(task = 'song'): Promise<void> {
    await tusker.run('exec', task, '1', '--result', '1', '--', 'true');
    await tusker.run('exec', task, '2', '--', 'sh', '-c', 'echo no codec >&2; exit 65');
    const close = ['--info', '{"room":1}', '--incomplete', 'release', '--attempts', '1'];
    await tusker.run('close', task, ...close, '--unit-grace', '0');
    await tusker.run('work', '--once', '--partial', '--', 'sh', '-c', 'echo no disk >&2; exit 4');
  }
  async function cancelled(task: string): Promise<void> {
    await tusker.run('open', task);
    await tusker.run('cancel', task, '--reason', 'nobody wants it');
  }
  const explained = async (task: string): Promise<string> => String((await tusker.json('explain', task)).sentence);

  test('the command gets the failed task, why it failed, and what failed, and acknowledges it with 0', async () => {
    await failed();
    const script = 'cat > task.json; echo "$TUSKER_TASK $TUSKER_ATTEMPT $TUSKER_REASON"; echo "$TUSKER_TOKEN" > token';
    const ended = await tusker.run('work', '--failed', '--once', '--', 'sh', '-c', script);
    expect(ended).toEqual({ code: 0, stdout: 'acknowledged song\n', stderr: 'song 1 attempts\n' });
    const task = JSON.parse(tusker.read('task.json'));
    expect(task).toEqual({
      task: 'song',
      info: { room: 1 },
      reason: 'attempts',
      error: { name: 'TaskFailedError', code: 'TASK_FAILED', message: expect.stringContaining('no disk') },
      errors: [expect.objectContaining({ name: 'CommandError', code: 'EXIT_4' })],
      units: [{ unit: '2', state: 'failed', error: expect.objectContaining({ code: 'EXIT_65' }) }],
      incomplete: expect.objectContaining({ failed: 1, names: ['2'] }),
      attempt: 1,
      token: expect.any(Number),
    });
    expect(tusker.read('token')).toBe(`${task.token}\n`);
    expect(await explained('song')).toContain(', acknowledged ');
    expect((await tusker.run('work', '--failed', '--once', '--', 'true')).code).toBe(3);
  });

  test('another exit code lets it be given again, 65 does not', async () => {
    await cancelled('song');
    const once = (...options: string[]) => tusker.run('work', '--failed', '--once', ...options);
    const again = await once('--', 'sh', '-c', 'echo no pager >&2; exit 4');
    expect(again).toMatchObject({
      code: 7,
      stdout: '',
      stderr: expect.stringContaining('failed (it is given again later): sh exited'),
    });
    expect(again.stderr).toContain('no pager');
    expect((await once('--', 'true')).code).toBe(3);
    const fatal = await once('--json', '--wait', '30s', '--', 'sh', '-c', 'exit 65');
    expect(fatal.code).toBe(7);
    expect(linesOf(fatal.stdout)).toMatchObject([{ event: 'failed', task: 'song', attempt: 2, outcome: 'failed' }]);
    expect(await explained('song')).toContain(', acknowledged ');
  });

  test('a worker takes one after the other until SIGTERM, from before and from now, and tells what it did', async () => {
    await cancelled('before');
    const line = ['work', '--failed', '--json', '--concurrency', '2', '--', 'echo', 'paged'];
    const { kill, ended, written } = tusker.start(...line);
    await cancelled('now');
    await until('both', () => written().match(/acknowledged/g)?.length === 2);
    kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    expect([code, stderr]).toEqual([0, 'paged\npaged\n']);
    const told = linesOf(stdout).map(({ event, task, attempt }) => `${event} ${task} ${attempt}`);
    expect(told.sort()).toEqual(['acknowledged before 1', 'acknowledged now 1', 'claimed before 1', 'claimed now 1']);
  });

  test('at SIGTERM a running command may go on within the grace, and acknowledges', async () => {
    await cancelled('song');
    const script = 'echo > ready; while [ ! -e go ]; do sleep 0.02; done';
    const { kill, ended } = tusker.start('work', '--failed', '--grace', '20s', '--', 'sh', '-c', script);
    await until('the command', () => tusker.read('ready') !== '');
    kill('SIGTERM');
    writeFileSync(tusker.path('go'), '');
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('acknowledged song (attempt 1)') });
  });

  test.each([
    ['a worker', [], 'SIGTERM', 0],
    ['--once', ['--once'], 'SIGINT', 130],
  ] as const)(
    '%s leaves what it cannot end within its grace to the next one, at once',
    async (_, options, signal, code) => {
      await cancelled('song');
      const script = 'trap "echo TERM > got; exit 1" TERM; echo > ready; while :; do sleep 0.02; done';
      const line = ['work', '--failed', '--grace', '0', ...options, '--', 'sh', '-c', script];
      const { kill, ended } = tusker.start(...line);
      await until('the command', () => tusker.read('ready') !== '');
      kill(signal);
      expect((await ended).code).toBe(code);
      expect(tusker.read('got')).toBe('TERM\n');
      const next = await tusker.run('work', '--failed', '--once', '--', 'sh', '-c', 'echo "attempt $TUSKER_ATTEMPT"');
      expect(next).toMatchObject({ code: 0, stderr: 'attempt 2\n' });
    },
  );

  test('a command that takes longer than --timeout gets SIGTERM, and the failed task is given again', async () => {
    await cancelled('song');
    const script = 'trap "echo TERM > got; exit 1" TERM; echo > ready; while :; do sleep 0.02; done';
    const late = await tusker.run('work', '--failed', '--once', '--timeout', '300ms', '--', 'sh', '-c', script);
    expect([late.code, tusker.read('got')]).toEqual([7, 'TERM\n']);
    const next = await tusker.json('work', '--failed', '--once', '--wait', '30s', '--', 'true');
    expect(next).toMatchObject({ event: 'acknowledged', attempt: 2 });
  });

  test('tasks and explain tell apart what is acknowledged and what is not; a new failure is not', async () => {
    await cancelled('told');
    await cancelled('untold');
    await tusker.run('work', '--failed', '--once', '--', 'sh', '-c', 'test "$TUSKER_TASK" = told');
    await tusker.run('work', '--failed', '--once', '--', 'sh', '-c', 'test "$TUSKER_TASK" = told');
    const lines = (await tusker.run('tasks', '--state', 'failed')).stdout.trim().split('\n');
    expect(lines.map((line) => line.replace(/^.*? {2}(?=\w*told)/, '')).sort()).toEqual([
      'told  0/0 done, cancelled, acknowledged',
      'untold  0/0 done, cancelled',
    ]);
    const listed = await tusker.jsonLines('tasks', '--state', 'failed');
    const at = Object.fromEntries(listed.map(({ task, acknowledgedAt }) => [String(task), acknowledgedAt]));
    expect(at).toEqual({ told: expect.any(Number), untold: null });
    expect(await explained('untold')).not.toContain('acknowledged');
    const { detail } = (await tusker.json('explain', 'told')) as { detail: object };
    expect(detail).toMatchObject({ acknowledgedAt: at.told });
    await tusker.run('retry', 'told');
    await tusker.run('cancel', 'told');
    expect((await tusker.run('tasks', '--state', 'failed')).stdout).not.toContain('acknowledged');
  });

  test('what has no sense with it is refused: 2, and nothing is run', async () => {
    const partial = await tusker.run('work', '--failed', '--partial', '--', 'true');
    expect(partial).toMatchObject({ code: 2, stderr: expect.stringContaining('--partial is not for --failed') });
    const timeout = await tusker.run('work', '--timeout', '3s', '--', 'true');
    expect(timeout).toMatchObject({ code: 2, stderr: expect.stringContaining('--timeout is for --failed') });
  });
});
