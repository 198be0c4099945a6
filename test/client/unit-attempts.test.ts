/** A unit that fails again and again: its task says how often, and how soon, it may be tried. */
import { expect, test } from 'vitest';
import { httpAnswer } from '../../src/index.js';
import { inMemory } from '../tuskers.js';

const poison = (): never => {
  throw new Error('no such codec');
};

test('a poison unit fails for good: who tries it again is told so, and why', async () => {
  const tusker = inMemory();
  await tusker.open('t', { unitAttempts: 2 });
  for (let i = 0; i < 2; i++) await expect(tusker.run('t', 7, poison)).rejects.toThrow('no such codec');
  const spent = { code: 'UNIT_FAILED', task: 't', unit: '7', error: { message: 'no such codec' }, status: 422 };
  await expect(tusker.run('t', 7, poison)).rejects.toMatchObject(spent);
  await expect(tusker.lock('t', 7, { wait: 60_000 })).rejects.toMatchObject(spent);
  expect(await tusker.tryLock('t', 7)).toMatchObject({ kind: 'failed', error: spent.error });
  const error = await tusker.lock('t', 7).catch((reason: unknown) => reason);
  expect(httpAnswer(error)).toMatchObject({ status: 422, body: expect.stringContaining('"unit":"7"') });
  expect((await tusker.explain('t')).sentence).toContain(
    'nobody can lock again, after 2 attempt(s): unit "7" failed: no such codec',
  );
});

test('during its backoff a unit is held by nobody: errors and explain say until when', async () => {
  const tusker = inMemory();
  await tusker.close('t', { expect: 1, unitBackoff: 60_000 });
  await expect(tusker.run('t', 7, poison)).rejects.toThrow('no such codec');
  await expect(tusker.lock('t', 7)).rejects.toMatchObject({
    code: 'LOCK_HELD',
    holder: '',
    message: expect.stringMatching(
      /^Unit "7" of task "t" failed before; it can be locked after its backoff, in \d+ ms\.$/,
    ),
  });
  const { sentence, waitsFor, detail } = await tusker.explain('t');
  expect(sentence).toMatch(/the backoff of unit "7", (60|59) s left: nobody can lock it until then/);
  expect(waitsFor[0]).toEqual({ what: 'backoff', unit: '7', until: detail.troubled[0]?.backoffUntil, count: 1 });
});

test('a short backoff is waited for', async () => {
  const tusker = inMemory();
  await tusker.open('t', { unitBackoff: 30 });
  await expect(tusker.run('t', 7, poison)).rejects.toThrow('no such codec');
  expect(await tusker.run('t', 7, () => 'done', { wait: 20_000 })).toBe('done');
});

test.each([0, 1001, 1.5, '3', null])('unitAttempts of %j are refused', async (unitAttempts) => {
  const tusker = inMemory();
  const given = { unitAttempts } as { unitAttempts: number };
  await expect(tusker.open('t', given)).rejects.toMatchObject({ argument: 'options.unitAttempts' });
  await expect(tusker.close('t', { unitBackoff: { base: -1 } })).rejects.toMatchObject({
    argument: 'options.unitBackoff.base',
  });
});
