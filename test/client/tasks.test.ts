import { describe, expect, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { inMemory, listed, onOneFile, withClock } from '../tuskers.js';

describe('result', () => {
  test('waits for the end, in this process and in another', async () => {
    const [mine, theirs] = onOneFile();
    const waiting = mine.result('t', { timeout: 10_000 });
    await theirs.run('t', 1, () => 'part');
    await theirs.close('t');
    const claim = await theirs.fetchReleased();
    await claim?.complete({ url: 'u' });
    expect(await waiting).toEqual({ url: 'u' });
  });

  test('of a failed task throws with the reason and the errors', async () => {
    const tusker = inMemory();
    await tusker.close('t', { attempts: 1 });
    await (await tusker.fetchReleased())?.fail(new TypeError('no disk'));
    const error = await tusker.result('t').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'TASK_FAILED',
      reason: 'attempts',
      errors: [{ name: 'TypeError', message: 'no disk' }],
    });
    expect(String(error)).toContain('no disk');
  });

  test('of an incomplete task names what is missing', async () => {
    const tusker = inMemory();
    await tusker.lock('t', 'chunk-7').then((lock) => lock.fail(new Error('x'), { final: true }));
    await tusker.close('t');
    await expect(tusker.result('t')).rejects.toThrow(/incomplete.*chunk-7/);
  });

  test('does not wait for ever', async () => {
    await expect(inMemory().result('nope', { timeout: 20 })).rejects.toMatchObject({ code: 'TIMEOUT', timeout: 20 });
    const abort = new AbortController();
    const waiting = inMemory().result('nope', { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('claims', () => {
  test('are given back when the loop is left', async () => {
    const tusker = inMemory();
    await tusker.close('t');
    for await (const claim of tusker.claims()) {
      expect(claim.attempt).toBe(1);
      break;
    }
    const again = await tusker.fetchReleased();
    expect(again).toMatchObject({ task: 't', attempt: 1 });
  });

  test('left unsettled are given back at the next step, settled ones are not', async () => {
    const tusker = inMemory();
    await tusker.close('a');
    await tusker.close('b');
    const seen: string[] = [];
    for await (const claim of tusker.claims()) {
      seen.push(claim.task);
      if (seen.length === 3) break;
      if (claim.task === 'b') await claim.complete();
      if (seen.length === 2) await claim.complete().catch(() => {});
    }
    expect(seen).toEqual(['a', 'a', 'b']);
  });

  test('end when the signal aborts', async () => {
    const abort = new AbortController();
    const all = listed(inMemory().claims({ signal: abort.signal }));
    abort.abort();
    expect(await all).toEqual([]);
  });

  test('fetchReleased gives null when there is nothing, at once or after its time', async () => {
    const tusker = inMemory();
    expect(await tusker.fetchReleased()).toBeNull();
    expect(await tusker.fetchReleased({ timeout: 10 })).toBeNull();
  });

  test('results come whole and in natural order, units as a stream', async () => {
    const tusker = inMemory();
    await Promise.all(Array.from({ length: 2500 }, (_, i) => tusker.run('t', `part-${i}`, () => i)));
    await tusker.close('t');
    const claim = await tusker.fetchReleased();
    expect(await claim?.results()).toEqual(Array.from({ length: 2500 }, (_, i) => i));
    const names: string[] = [];
    for await (const { unit } of claim?.units() ?? []) names.push(unit);
    expect([names[2], names[10], names.length]).toEqual(['part-2', 'part-10', 2500]);
  });

  test('results that need several pages of bytes come whole, in order, and through an asynchronous schema', async () => {
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async (value: unknown) => ({ value: String(value).slice(0, 3) }),
      },
    } as const;
    const tusker = inMemory({ schema: { unit: schema } });
    const parts = Array.from({ length: 12 }, (_, i) => `${i}:`.padEnd(400_000, 'x'));
    await Promise.all(parts.map((part, i) => tusker.run('t', `part-${i}`, () => part)));
    await tusker.close('t');
    const claim = await tusker.fetchReleased();
    expect(await claim?.results()).toEqual(parts.map((part) => part.slice(0, 3)));
  });

  test('a long reading leaves room for the other work of this process, also between pages that are full of bytes', async () => {
    const tusker = inMemory();
    const part = 'x'.repeat(700_000);
    await Promise.all(Array.from({ length: 6 }, (_, i) => tusker.run('t', i, () => part)));
    await tusker.close('t');
    const claim = await tusker.fetchReleased();
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    expect(await claim?.results()).toHaveLength(6);
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  test('results of an incomplete task are refused unless partial', async () => {
    const tusker = inMemory();
    await tusker.run('t', 1, () => 'one');
    await tusker.close('t', { expect: ['1', '2'], incomplete: 'release' });
    await tusker.release('t');
    const claim = await tusker.fetchReleased();
    expect(claim?.incomplete).toEqual({ failed: 0, expired: 0, missing: 1, total: 1, names: ['2'] });
    await expect(claim?.results()).rejects.toMatchObject({ code: 'INCOMPLETE_TASK', missing: 1, names: ['2'] });
    expect(await claim?.results({ partial: true })).toEqual(['one']);
  });

  test('a stale reader gets an error, never a short list', async () => {
    const { tusker, clock } = withClock();
    await tusker.run('t', 1, () => 1);
    await tusker.close('t', { backoff: 0 });
    const old = await tusker.fetchReleased({ lease: 1000 });
    clock.advance(1001);
    await tusker.sweep();
    await expect(old?.results()).rejects.toMatchObject({ code: 'STALE_CLAIM' });
    await expect(old?.complete()).rejects.toMatchObject({ code: 'STALE_CLAIM' });
    expect((await tusker.fetchReleased())?.attempt).toBe(2);
  });
});

describe('explain', () => {
  test('says in a sentence what a task waits for', async () => {
    const { tusker, clock } = withClock({ holder: 'web-3' });
    await tusker.run('song', 1, () => 1);
    await tusker.lock('song', 19, { ttl: 12_000 });
    await tusker.close('song');
    expect((await tusker.explain('song')).sentence).toBe(
      'Task "song" was closed 0.0 s ago with 1 unit(s) done; it waits for unit "19" held by "web-3", 12 s left.',
    );
    clock.advance(12_000);
    await tusker.sweep();
    const { sentence, waitsFor } = await tusker.explain('song');
    expect(sentence).toContain('it waits for unit "19" to be taken over, 60 s left');
    expect(waitsFor).toMatchObject([{ what: 'unit', unit: '19', count: 1 }]);
    clock.advance(60_000);
    await tusker.sweep();
    expect((await tusker.explain('song')).sentence).toContain(
      'failed 0.0 s ago (incomplete: 0 failed, 1 expired, 0 missing: unit "19" ran out)',
    );
  });

  test('of expected units names one that is missing', async () => {
    const { tusker } = withClock();
    await tusker.run('t', 'a', () => 1);
    await tusker.close('t', { expect: ['a', 'b', 'c'] });
    expect((await tusker.explain('t')).sentence).toContain('it waits for 2 expected unit(s) such as "b", 60 min left');
  });

  test('of an unknown task is not found', async () => {
    await expect(inMemory().explain('x')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });
});

describe('events', () => {
  test('come as they happen, and again from a cursor', async () => {
    const tusker = inMemory();
    const seen: string[] = [];
    let cursor = '';
    const reading = (async () => {
      for await (const event of tusker.events({ since: '0' })) {
        seen.push(event.kind);
        cursor = event.cursor;
        if (event.kind === 'released') break;
      }
    })();
    await tusker.run('t', 1, () => 1);
    await tusker.close('t');
    await reading;
    expect(seen).toEqual(['created', 'closed', 'released']);
    await (await tusker.fetchReleased())?.complete();
    for await (const event of tusker.events({ since: cursor })) {
      expect(event.kind).toBe('claimed');
      break;
    }
  });
});

test('tasks lists every state; stats counts them', async () => {
  const tusker = inMemory();
  await tusker.lock('open', 1);
  await tusker.lock('locked', 1);
  await tusker.close('locked');
  await tusker.close('released');
  const states = (await listed(tusker.tasks())).map(({ task, state }) => [task, state]);
  expect(states).toEqual(['open', 'locked', 'released'].map((name) => [name, name]));
  expect(await tusker.stats()).toMatchObject({ open: 1, locked: 1, released: 1 });
});

test('by hand: what is unknown is not found, what cannot be done says why', async () => {
  const tusker = inMemory();
  await expect(tusker.retry('x')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  await tusker.lock('t', 1);
  expect(await tusker.retry('t')).toEqual({ kind: 'not-failed', state: 'open' });
  expect(await tusker.remove('t')).toEqual({ kind: 'not-ended', state: 'open' });
  expect(await tusker.cancel('t', 'why')).toEqual({ kind: 'cancelled' });
  expect(await tusker.retry('t')).toEqual({ kind: 'retried', state: 'open' });
});

test('redo: a unit done with bad content is worked on again, and says why meanwhile', async () => {
  const tusker = inMemory();
  await expect(tusker.redo('t', 1)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  await tusker.run('t', 1, () => 'damaged');
  await tusker.close('t', { expect: 2 });
  const redone = { kind: 'redone', state: 'locked', outstanding: 2, done: 0 };
  expect(await tusker.redo('t', 1, { reason: 'bad checksum' })).toEqual(redone);
  expect((await tusker.explain('t')).detail.troubled[0]).toMatchObject({ unit: '1', error: /bad checksum/ });
  expect(await tusker.redo('t', 1)).toEqual({ kind: 'not-done', state: 'locked', unitState: 'failed' });
  expect(await tusker.run('t', 1, () => 'whole')).toBe('whole');
  await tusker.run('t', 2, () => 'whole');
  const claim = await tusker.fetchReleased();
  expect(await claim?.results()).toEqual(['whole', 'whole']);
  expect(await tusker.redo('t', 1)).toEqual({ kind: 'late', state: 'processing' });
  await expect(tusker.redo('t', 1, { reason: 7 as never })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('verbs by token do what locks and claims do', async () => {
  const tusker = inMemory();
  const { token } = await tusker.lock('t', 'u', { renew: false });
  await tusker.extend('t', 'u', { token, ttl: 5000 });
  await tusker.fail('t', 'u', { token, error: new Error('x') });
  await expect(tusker.unlock('t', 'u', { token })).rejects.toMatchObject({ code: 'LOCK_LOST' });
  const again = await tusker.lock('t', 'u', { renew: false });
  expect((await tusker.unlock('t', 'u', { token: again.token, result: 1 })).done).toBe(1);
  await tusker.close('t', { backoff: 0 });
  const first = await tusker.fetchReleased();
  await tusker.giveBack('t', { token: first?.token ?? 0 });
  const second = await tusker.fetchReleased();
  expect(await tusker.fail('t', { token: second?.token ?? 0, error: 'text', delay: 0 })).toBe('retrying');
  const third = await tusker.fetchReleased();
  await tusker.extend('t', { token: third?.token ?? 0, lease: 1000 });
  await tusker.complete('t', { token: third?.token ?? 0, result: 'done' });
  expect(await tusker.result('t')).toBe('done');
});

test('stop ends waits and refuses later calls', async () => {
  const tusker = createTusker('memory:');
  const claims = listed(tusker.claims());
  const events = listed(tusker.events());
  await tusker.stop();
  expect(await claims).toEqual([]);
  expect(await events).toEqual([]);
  await expect(tusker.lock('t', 1)).rejects.toMatchObject({ code: 'STOPPED' });
  await tusker.stop();
});

test('close without a task says that stop was meant', async () => {
  const tusker = inMemory();
  await expect(tusker.close(undefined as never)).rejects.toThrow(/stop\(\)/);
});
