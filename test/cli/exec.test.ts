import { expect, test, vi } from 'vitest';
import { overEachStore, until } from './program.js';

overEachStore((tusker) => {
  /** A shell that says that it is there, and what it got. */
  const patient = (onTerm: string): string[] => [
    'sh',
    '-c',
    `trap '${onTerm}' TERM; trap 'echo INT > got; exit 9' INT; echo $$ > ready; while :; do sleep 0.02; done`,
  ];

  const unitOf = async (task: string) => (await tusker.jsonLines('units', task))[0];

  test('the command runs with the lock in its environment, and the unit is done with the result that was given', async () => {
    const script = 'echo "$TUSKER_TASK $TUSKER_UNIT $TUSKER_TOKEN"';
    const { code, stdout, stderr } = await tusker.run(
      'exec',
      'song',
      '7',
      '--result',
      '{"key":"7"}',
      '--',
      'sh',
      '-c',
      script,
    );
    const unit = await unitOf('song');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `song 7 ${unit?.token}\n`, stderr: '' });
    expect(unit).toMatchObject({ unit: '7', state: 'done', result: { key: '7' } });
  });

  test.each([
    ['JSON', `echo '{"key": 7}'`, { key: 7 }],
    ['a text', 'echo "  seven "', 'seven'],
    ['nothing', 'true', undefined],
  ])('with --stdout-result what the command prints is the result: %s', async (_, script, result) => {
    const { code, stdout } = await tusker.run('exec', 'song', '7', '--stdout-result', '--', 'sh', '-c', script);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect((await unitOf('song'))?.result).toEqual(result);
  });

  test('a unit that is done is not worked on again', async () => {
    await tusker.run('exec', 'song', '7', '--result', '7', '--', 'true');
    const again = await tusker.run('exec', 'song', '7', '--', 'sh', '-c', 'echo ran');
    expect(again).toMatchObject({ code: 0, stdout: '', stderr: 'tusker: unit 7 of task song is done already\n' });
    expect(await tusker.json('exec', 'song', '7', '--', 'echo')).toMatchObject({ kind: 'already-done', result: 7 });
  });

  test.each([
    ['another exit code', ['sh', '-c', 'exit 3'], 3, { code: 'EXIT_3', message: 'sh exited with code 3' }, false],
    ['exit code 65, for good', ['sh', '-c', 'exit 65'], 65, { code: 'EXIT_65' }, true],
    ['a signal', ['sh', '-c', 'kill -KILL $$'], 137, { code: 'SIGKILL' }, false],
    ['a command that is not there', ['no-such-command'], 127, { code: 'ENOENT' }, false],
    ['a command that is no program', ['/'], 126, { code: 'EACCES' }, false],
  ])('%s fails the unit and is the exit code', async (_, command, code, error, final) => {
    expect((await tusker.run('exec', 'song', '7', '--', ...command)).code).toBe(code);
    expect(await unitOf('song')).toMatchObject({ state: 'failed', error, final });
  });

  test('with --json standard output has the outcome alone, the output of the command goes to standard error', async () => {
    const { code, stdout, stderr } = await tusker.run(
      'exec',
      'song',
      '7',
      '--json',
      '--',
      'sh',
      '-c',
      'echo hello; exit 3',
    );
    expect([code, stderr]).toEqual([3, 'hello\n']);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'failed', task: 'song', unit: '7', exitCode: 3 });
    const done = await tusker.json('exec', 'song', '7', '--', 'echo');
    expect(done).toMatchObject({ kind: 'done', task: 'song', unit: '7', state: 'open', done: 1, released: false });
  });

  test('the lock is renewed while the command runs longer than its ttl', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { kill, ended } = tusker.start('exec', 'song', '7', '--ttl', '60s', '--', ...patient('exit 0'));
      await until('the command', () => tusker.read('ready') !== '');
      for (let renewals = 1; renewals <= 3; renewals++) {
        const { until: last } = (await unitOf('song')) as { until: number };
        vi.advanceTimersByTime(20_000);
        await until('a renewal', async () => ((await unitOf('song')) as { until: number }).until > last);
      }
      expect(await unitOf('song')).toMatchObject({ state: 'locked' });
      kill('SIGTERM');
      expect((await ended).code).toBe(0);
    } finally {
      vi.useRealTimers();
    }
    expect(await unitOf('song')).toMatchObject({ state: 'done' });
  });

  test('a unit that somebody else holds is refused with 4, or waited for', async () => {
    const token = (await tusker.run('lock', 'song', '7')).stdout.trim();
    expect((await tusker.run('exec', 'song', '7', '--', 'true')).code).toBe(4);
    const waiting = tusker.start('exec', 'song', '7', '--wait', '20s', '--', 'echo', 'ran');
    await tusker.run('fail', 'song', '7', '--token', token);
    expect(await waiting.ended).toMatchObject({ code: 0, stdout: 'ran\n' });
  });

  test('a unit whose attempts are spent is refused with 7', async () => {
    await tusker.run('open', 'song', '--unit-attempts', '1', '--unit-backoff', '1h');
    expect((await tusker.run('exec', 'song', '7', '--', 'false')).code).toBe(1);
    const { code, stderr } = await tusker.run('exec', 'song', '7', '--', 'true');
    expect([code, stderr]).toEqual([7, expect.stringContaining('tusker: UNIT_FAILED: ')]);
    expect((await tusker.run('explain', 'song')).stdout).toContain('nobody can lock again');
  });

  test('a task that was released takes no more units: 5', async () => {
    await tusker.run('close', 'song', '--expect', '0');
    const { code, stderr } = await tusker.run('exec', 'song', '7', '--', 'true');
    expect([code, stderr]).toEqual([5, expect.stringContaining('tusker: TASK_RELEASED: ')]);
  });

  test('a unit that was part of a completed task is skipped: 0', async () => {
    await tusker.run('exec', 'song', '7', '--', 'true');
    await tusker.run('close', 'song');
    await tusker.run('work', '--once', '--', 'true');
    const again = await tusker.json('exec', 'song', '7', '--', 'false');
    expect(again).toEqual({ kind: 'already-done', task: 'song', unit: '7', result: null });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s is passed on, and the end of the command decides',
    async (signal) => {
      const script = 'trap "echo got > got; exit 9" TERM INT HUP; echo > ready; while :; do sleep 0.02; done';
      const { kill, ended } = tusker.start('exec', 'song', '7', '--', 'sh', '-c', script);
      await until('the command', () => tusker.read('ready') !== '');
      kill(signal);
      expect((await ended).code).toBe(9);
      expect(tusker.read('got')).toBe('got\n');
      expect(await unitOf('song')).toMatchObject({ state: 'failed', error: { code: 'EXIT_9' } });
    },
  );

  test.each([
    ['that a passed-on signal ends', 'echo > ready; exec sleep 30'],
    ['that heeds it and says so', 'trap "exit 143" TERM; echo > ready; while :; do sleep 0.02; done'],
  ])('a command %s lets the unit go, with 128 + its number: others have it at once', async (_, script) => {
    const { kill, ended } = tusker.start('exec', 'song', '7', '--json', '--', 'sh', '-c', script);
    await until('the command', () => tusker.read('ready') !== '');
    kill('SIGTERM');
    const { code, stdout } = await ended;
    expect([code, JSON.parse(stdout)]).toMatchObject([143, { kind: 'let-go', task: 'song', unit: '7', exitCode: 143 }]);
    expect(await unitOf('song')).toMatchObject({ state: 'expired' });
    expect(await tusker.run('exec', 'song', '7', '--', 'true')).toMatchObject({ code: 0 });
  });

  test('a command that somebody else ends by a signal has failed', async () => {
    expect((await tusker.run('exec', 'song', '7', '--', 'sh', '-c', 'kill -TERM $$')).code).toBe(143);
    expect(await unitOf('song')).toMatchObject({ state: 'failed', error: { code: 'SIGTERM' } });
  });

  test('a signal while it waits for the lock ends it, without running the command', async () => {
    await tusker.run('lock', 'song', '7');
    const { kill, ended } = tusker.start('exec', 'song', '7', '--wait', '30s', '--', 'sh', '-c', 'echo > ran');
    kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143, stderr: 'tusker: INTERRUPTED: stopped by SIGTERM\n' });
    expect(tusker.read('ran')).toBe('');
  });

  test('when the lock is lost the command gets SIGTERM, and the exit code is 6', async () => {
    const { ended } = tusker.start('exec', 'song', '7', '--', ...patient('echo TERM > got; exit 0; '));
    await until('the command', () => tusker.read('ready') !== '');
    await tusker.run('cancel', 'song', '--reason', 'wrong file');
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([6, expect.stringMatching(/^tusker: (CANCELLED|LOCK_LOST): /m)]);
    expect(tusker.read('got')).toBe('TERM\n');
  });

  test('when the lock is lost a command that does not listen gets SIGKILL after five seconds', async () => {
    const { ended } = tusker.start('exec', 'song', '7', '--', ...patient('echo TERM > got'));
    await until('the command', () => tusker.read('ready') !== '');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await tusker.run('cancel', 'song');
      await until('SIGTERM', () => tusker.read('got') === 'TERM\n');
      vi.advanceTimersByTime(4999);
      process.kill(Number(tusker.read('ready')), 0);
      vi.advanceTimersByTime(1);
      expect((await ended).code).toBe(6);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a result that cannot be stored fails the unit', async () => {
    const script = 'head -c 1100000 /dev/zero | tr "\\0" x';
    const { code, stderr } = await tusker.run('exec', 'song', '7', '--stdout-result', '--', 'sh', '-c', script);
    expect([code, stderr]).toEqual([2, expect.stringContaining('PAYLOAD_TOO_LARGE')]);
    expect(await unitOf('song')).toMatchObject({ state: 'failed', error: { code: 'PAYLOAD_TOO_LARGE' } });
  });
});
