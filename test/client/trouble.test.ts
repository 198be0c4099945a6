/** Why a task failed or is incomplete is told with the errors of its units. */
import { describe, expect, test } from 'vitest';
import type { CloseOptions, Tusker } from '../../src/index.js';
import { withClock } from '../tuskers.js';

async function failing(tusker: Tusker, errors: Readonly<Record<string, string>>): Promise<void> {
  for (const [unit, message] of Object.entries(errors)) {
    const { token } = await tusker.lock('song', unit, { renew: false });
    await tusker.fail('song', unit, { token, error: new RangeError(message) });
  }
}

/** The error of `result()`, once the grace is over. */
async function failure(options: CloseOptions<unknown>, errors: Readonly<Record<string, string>>) {
  const { tusker, clock } = withClock();
  await tusker.run('song', 'good', () => 1);
  await failing(tusker, errors);
  await tusker.close('song', { unitGrace: 1000, ...options });
  clock.advance(1000);
  await tusker.sweep();
  const error = await tusker.result('song', { timeout: 0 }).catch((thrown: unknown) => thrown);
  return { error, sentence: (await tusker.explain('song')).sentence, tusker };
}

describe('a failed task tells', () => {
  test('the error of its unit, in the sentence and in the error of result()', async () => {
    const { error, sentence } = await failure({}, { 7: 'ffmpeg exit 1: no such codec' });
    const why = '1 failed, 0 expired, 0 missing: unit "7" failed: ffmpeg exit 1: no such codec';
    expect(sentence).toContain(`(incomplete: ${why})`);
    expect(error).toMatchObject({
      code: 'TASK_FAILED',
      reason: 'incomplete',
      message: `Task "song" failed (incomplete): ${why}; tusker.retry() returns it.`,
      units: [{ unit: '7', state: 'failed', error: { name: 'RangeError', message: 'ffmpeg exit 1: no such codec' } }],
    });
  });

  test('alike errors once, with the first names and how many more', async () => {
    const names = Array.from({ length: 6 }, (_, i) => [`u${i}`, 'no such codec']);
    const { sentence } = await failure({}, { ...Object.fromEntries(names), z: 'too long' });
    expect(sentence).toContain('units "u0", "u1", "u2" and 3 more failed: no such codec; unit "z" failed: too long');
  });

  test('of many kinds of errors three, and how many others there are', async () => {
    const { sentence } = await failure({}, { a: 'one', b: 'two', c: 'three', d: 'four', e: 'five' });
    expect(sentence).toContain('unit "c" failed: three; 2 other error(s)');
  });

  test('a long message by its beginning', async () => {
    const { sentence } = await failure({}, { a: 'x'.repeat(5000) });
    expect(sentence).toContain(`unit "a" failed: ${'x'.repeat(200)}…`);
    expect(sentence.length).toBeLessThan(500);
  });

  test('which of a list never came', async () => {
    const { clock, tusker } = withClock();
    await failing(tusker, { b: 'broken' });
    await tusker.close('song', { expect: ['a', 'b', 'c'], deadline: 2000 });
    clock.advance(2000);
    await tusker.sweep();
    expect((await tusker.explain('song')).sentence).toContain('unit "b" failed: broken; units "a", "c" missing');
  });

  test('how many of a count are missing', async () => {
    const { sentence } = await failure({ expect: 3, deadline: 1000 }, { b: 'broken' });
    expect(sentence).toContain('(incomplete: 2 of 3 missing: unit "b" failed: broken)');
  });
});

test('a task that waits for a unit to be taken over tells why', async () => {
  const { tusker } = withClock();
  await failing(tusker, { b: 'broken' });
  await tusker.close('song');
  expect((await tusker.explain('song')).sentence).toContain(
    'it waits for unit "b" to be taken over, 60 s left (unit "b" failed: broken)',
  );
});

test('a task whose time is over, while nobody sweeps, tells what to do', async () => {
  const { tusker, clock } = withClock();
  await failing(tusker, { b: 'broken' });
  await tusker.close('song');
  clock.advance(70_000);
  expect((await tusker.explain('song')).sentence).toContain(
    'it waits for unit "b" to be taken over (unit "b" failed: broken) ' +
      '(its time was over 10 s ago: run a worker, or call sweep()).',
  );
  await tusker.close('merge');
  await tusker.fetchReleased({ lease: 1000, worker: 'gone' });
  clock.advance(11_000);
  expect((await tusker.explain('merge')).sentence).toContain(
    'it waits for worker "gone" (its time was over 10 s ago: run a worker, or call sweep()).',
  );
});

test('a task takes no more units: only a failed one is to be retried', async () => {
  const { tusker } = withClock();
  await tusker.close('song');
  await expect(tusker.lock('song', 1)).rejects.toThrow(/is released and takes no more units; drop this one\.$/);
  await tusker.cancel('song');
  await expect(tusker.lock('song', 1)).rejects.toThrow(/is failed and takes no more units; retry it first, or drop/);
});

test('an incomplete task tells its worker', async () => {
  const { tusker } = await failure({ incomplete: 'release' }, { b: 'broken' });
  const claim = await tusker.fetchReleased();
  await expect(claim?.results()).rejects.toMatchObject({
    code: 'INCOMPLETE_TASK',
    names: ['b'],
    units: [{ unit: 'b', state: 'failed', error: { message: 'broken' } }],
    message: 'Task "song" lacks 1 unit(s): "b" (unit "b" failed: broken).',
  });
});
