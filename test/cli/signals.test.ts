import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { overEachStore, until } from './program.js';

/** A shell with a child of its own, as build scripts have; each notes its process id, and the signals that it gets. */
const family = (onTerm: string): string[] => {
  const member = (name: string, then: string): string =>
    `trap 'echo TERM >> ${name}.got; ${onTerm}' TERM; trap 'echo INT >> ${name}.got; exit 9' INT; ${then}`;
  const wait = 'while :; do sleep 0.05; done';
  const child = member('child', `echo $$ > child; ${wait}`);
  return ['bash', '-c', `${member('parent', `bash -c "$1" & echo $$ > parent;`)} wait; ${wait}`, 'parent', child];
};

/** The process is there no more, or is a zombie that nobody has buried yet. */
function isGone(pid: string): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

overEachStore((tusker) => {
  const ready = (): Promise<void> =>
    until('the family', () => tusker.read('parent') !== '' && tusker.read('child') !== '');
  const gone = (name: string): Promise<void> => until(`the end of the ${name}`, () => isGone(tusker.read(name).trim()));
  const unit = async () => (await tusker.jsonLines('units', 'song'))[0];

  describe('exec', () => {
    test('a signal reaches the whole process group of the command', async () => {
      const { kill, ended } = tusker.start('exec', 'song', '7', '--', ...family('exit 3'));
      await ready();
      kill('SIGTERM');
      expect((await ended).code).toBe(3);
      await gone('child');
      expect([tusker.read('parent.got'), tusker.read('child.got')]).toEqual(['TERM\n', 'TERM\n']);
    });

    test('a second signal kills the whole group: 137, and the unit is let go', async () => {
      const { kill, ended } = tusker.start('exec', 'song', '7', '--', ...family(':'));
      await ready();
      kill('SIGTERM');
      await until('the first one', () => tusker.read('parent.got') !== '' && tusker.read('child.got') !== '');
      kill('SIGINT');
      expect((await ended).code).toBe(137);
      await gone('child');
      expect(await unit()).toMatchObject({ state: 'expired' });
    });

    test('a second signal ends the wait for its output, too, whoever holds the pipe', async () => {
      const deaf = 'trap "" TERM HUP; echo > parent; echo > child; while :; do sleep 0.05; done';
      const script = `setsid sh -c 'echo $$ > other; exec sleep 60' 2> log & ${deaf}`;
      const { kill, ended } = tusker.start('exec', 'song', '7', '--stdout-result', '--', 'bash', '-c', script);
      await ready();
      await until('the other one', () => tusker.read('other') !== '');
      kill('SIGTERM');
      kill('SIGHUP');
      expect((await ended).code).toBe(137);
      process.kill(Number(tusker.read('other')));
    });

    test('the same signal twice at once is one: a key of the terminal that a runner passes on, too', async () => {
      const { kill, ended } = tusker.start('exec', 'song', '7', '--', ...family('sleep 0.05; exit 4'));
      await ready();
      kill('SIGTERM');
      kill('SIGTERM');
      expect((await ended).code).toBe(4);
    });

    test('the same signal again after a tenth of a second is a second one', async () => {
      const { kill, ended } = tusker.start('exec', 'song', '7', '--', ...family(':'));
      await ready();
      kill('SIGTERM');
      const now = performance.now();
      const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 150);
      kill('SIGTERM');
      clock.mockRestore();
      expect((await ended).code).toBe(137);
    });
  });

  describe('work', () => {
    test('all that the command has started ends with it, and the task is given back', async () => {
      await tusker.run('close', 'song');
      const { kill, ended } = tusker.start('work', '--once', '--grace', '0', '--', ...family('exit 3'));
      await ready();
      kill('SIGTERM');
      expect((await ended).code).toBe(143);
      await gone('child');
      expect(tusker.read('child.got')).toBe('TERM\n');
      expect(await tusker.json('explain', 'song')).toMatchObject({ state: 'released', detail: { attempt: 0 } });
    });

    test('a third signal kills commands that do not listen, and the task is given back', async () => {
      await tusker.run('close', 'song');
      const { kill, ended } = tusker.start('work', '--grace', '1m', '--', ...family(':'));
      await ready();
      // The five seconds that a command has otherwise never go by.
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        kill('SIGTERM');
        kill('SIGINT');
        await until('the second one', () => tusker.read('parent.got') !== '');
        kill('SIGHUP');
        expect((await ended).code).toBe(0);
      } finally {
        vi.useRealTimers();
      }
      await gone('child');
      expect(await tusker.json('explain', 'song')).toMatchObject({ state: 'released', detail: { attempt: 0 } });
    });
  });
});
