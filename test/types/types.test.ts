import { expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import type { Claim, FailedClaim, Lock, LockHeldError, Reconnecting, TryLockOutcome, Tusker } from '../../src/index.js';
import { createTusker, isTuskerError } from '../../src/index.js';

interface Types {
  info: { room: number };
  unit: { key: string };
  result: { url: string };
}

/** Never called: what is in here is for the compiler, which `npm run check` runs over the tests. */
async function typed(tusker: Tusker): Promise<void> {
  const songs = tusker.namespace<Types>('songs');
  expectTypeOf(await songs.run('t', 1, () => ({ key: 'k' }))).toEqualTypeOf<{ key: string }>();
  expectTypeOf(await songs.all('t', [1], (item) => ({ key: String(item) }))).toEqualTypeOf<{ key: string }[]>();
  expectTypeOf(await songs.result('t')).toEqualTypeOf<{ url: string }>();
  expectTypeOf(await songs.lock('t', 1)).toEqualTypeOf<Lock<{ key: string }>>();
  expectTypeOf(await songs.fetchReleased()).toEqualTypeOf<Claim<
    Types['info'],
    Types['unit'],
    Types['result']
  > | null>();
  expectTypeOf(await songs.fetchFailed()).toEqualTypeOf<FailedClaim<Types['info']> | null>();
  songs.workFailed(({ info }) => expectTypeOf(info).toEqualTypeOf<{ room: number }>());
  songs.work(async ({ info, results, signal }) => {
    expectTypeOf(info).toEqualTypeOf<{ room: number }>();
    expectTypeOf(await results()).toEqualTypeOf<{ key: string }[]>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return { url: 'u' };
  });

  // @ts-expect-error the info has a room
  await songs.close('t', { info: { rooms: 1 } });
  // @ts-expect-error a unit's result has a key
  await songs.run('t', 1, () => ({ keys: 'k' }));
  // @ts-expect-error a task's result has a url
  songs.work(() => ({ uri: 'u' }));
  // @ts-expect-error an unknown option
  await songs.lock('t', 1, { tll: 5 });
  // @ts-expect-error a token is needed
  await songs.complete('t', {});
  // @ts-expect-error a claim's options are not a lock's
  await songs.extend('t', { token: 1, ttl: 5 });
  // @ts-expect-error a task is a text
  await songs.close(7);
  // @ts-expect-error close needs a task; stop() was meant
  await songs.close();
  // @ts-expect-error no such state
  songs.tasks({ state: 'lost' });
}

async function inferred(tusker: Tusker): Promise<void> {
  const schema = {
    info: z.object({ n: z.string().transform(Number) }),
    unit: z.object({ key: z.string() }),
    result: z.object({ url: z.string() }),
  };
  const songs = tusker.namespace('songs', { schema });
  await songs.close('t', { info: { n: '7' } });
  expectTypeOf(await songs.fetchReleased().then((claim) => claim?.info)).toEqualTypeOf<{ n: number } | undefined>();
  expectTypeOf(await songs.result('t')).toEqualTypeOf<{ url: string }>();
  // @ts-expect-error the schema's input is a text
  await songs.close('t', { info: { n: 7 } });
  const root = createTusker('memory:', { schema });
  expectTypeOf(await root.result('t')).toEqualTypeOf<{ url: string }>();
  const partly = tusker.namespace('partly', { schema: { unit: schema.unit } });
  expectTypeOf(await partly.result('t')).toEqualTypeOf<unknown>();
  expectTypeOf(await partly.run('t', 1, () => ({ key: 'k' }))).toEqualTypeOf<{ key: string }>();
}

function outcomes(outcome: TryLockOutcome<{ key: string }>): string {
  switch (outcome.kind) {
    case 'locked':
      return outcome.lock.task;
    case 'held':
      return outcome.holder;
    case 'done':
      return outcome.result.key;
    case 'failed':
      return String(outcome.error);
    case 'late':
      return outcome.state;
  }
}

/** Never called: what is told of the way to the server. */
function listening(tusker: Tusker): Tusker {
  const tell = (error: Error): void => void error;
  return tusker
    .on('error', tell)
    .off('error', tell)
    .on('reconnecting', (event) => expectTypeOf(event).toEqualTypeOf<Reconnecting>())
    .on('connected', ({ after }) => expectTypeOf(after).toEqualTypeOf<number | null>());
}

test('the types are checked by the compiler: this file compiles', () => {
  expectTypeOf(typed).toBeFunction();
  expectTypeOf(inferred).toBeFunction();
  expectTypeOf(listening).toBeFunction();
  expectTypeOf(outcomes).returns.toEqualTypeOf<string>();
});

/** Never called: an error is told by its code. */
function narrowed(error: unknown): unknown {
  if (isTuskerError(error, 'LOCK_HELD')) {
    expectTypeOf(error).toEqualTypeOf<LockHeldError>();
    return error.retryAfter + error.holder.length;
  }
  if (!isTuskerError(error)) throw error;
  switch (error.code) {
    case 'UNIT_DONE':
      return error.result;
    case 'TASK_RELEASED':
      return error.state;
    case 'INCOMPLETE_TASK':
      return error.names.length + error.status;
    default:
      // @ts-expect-error not every error has a holder
      return error.holder;
  }
}

test('errors narrow by their code', () => {
  expect(narrowed).toBeTypeOf('function');
});
