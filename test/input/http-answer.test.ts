import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import type { Tusker, TuskerErrorCode } from '../../src/index.js';
import {
  ConnectionError,
  httpAnswer,
  InvalidArgumentError,
  isTuskerError,
  LockHeldError,
  TaskFailedError,
  toResponse,
} from '../../src/index.js';
import { inMemory } from '../tuskers.js';

/** What a handler of a web server does: the work, and an answer for what may go wrong with it. */
async function refusalOf(tusker: Tusker, unit: number): Promise<unknown> {
  try {
    const lock = await tusker.lock('song', unit, { holder: 'secret-host:1' });
    await lock.unlock({ key: `part-${unit}` });
    return undefined;
  } catch (error) {
    return error;
  }
}

async function song(): Promise<Tusker> {
  const tusker = inMemory();
  await tusker.lock('song', 1, { holder: 'secret-host:1', ttl: 60_000 });
  await tusker.run('song', 2, () => ({ key: 'part-2' }));
  return tusker;
}

const LOCKED = {
  status: 409,
  retryAfter: expect.stringMatching(/^(60|59)$/),
  body: {
    error: {
      code: 'LOCK_HELD',
      message: 'Somebody else works on this; try again later.',
      task: 'song',
      unit: '1',
      retryAfter: expect.any(Number),
    },
  },
};
const DONE = { status: 200, retryAfter: null, body: { result: { key: 'part-2' } } };

async function seen(response: Response): Promise<object> {
  const { status, headers } = response;
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  return { status, retryAfter: headers.get('retry-after'), body: await response.json() };
}

describe('the answer for an error goes out', () => {
  test('through node:http', async () => {
    const tusker = await song();
    const server = createServer(async ({ url = '' }, response) => {
      const answer = httpAnswer(await refusalOf(tusker, Number(url.slice(1))));
      if (answer) response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await seen(await fetch(`${at}/1`))).toEqual(LOCKED);
    expect(await seen(await fetch(`${at}/2`))).toEqual(DONE);
    server.closeAllConnections();
    server.close();
  });

  test('through Fastify', async () => {
    const tusker = await song();
    const app = fastify();
    app.get('/:unit', async (request, reply) => {
      const answer = httpAnswer(await refusalOf(tusker, Number((request.params as { unit: string }).unit)));
      if (answer) reply.code(answer.status).headers(answer.headers).send(answer.body);
      return reply;
    });
    const { statusCode, headers, body } = await app.inject('/1');
    expect({ status: statusCode, retryAfter: headers['retry-after'], body: JSON.parse(body) }).toEqual(LOCKED);
    await app.close();
  });

  test('as a Response', async () => {
    const tusker = await song();
    const response = toResponse(await refusalOf(tusker, 1));
    expect(response && (await seen(response))).toEqual(LOCKED);
  });
});

test('a unit sent again after the completion is done: it was part of the task', async () => {
  const tusker = inMemory();
  await tusker.run('song', 1, () => 'one');
  await (await tusker.lock('song', 2)).fail('no');
  await tusker.close('song', { incomplete: 'release', unitGrace: 0 });
  await (await tusker.fetchReleased())?.complete('merged');
  const again = await tusker.lock('song', 1).catch((error: unknown) => error);
  expect(again).toMatchObject({ code: 'TASK_RELEASED', state: 'completed', unit: '1', unitState: 'done', status: 200 });
  expect(String(again)).toContain('is done: it was part of the task, which is completed; skip the work');
  expect(httpAnswer(again)).toMatchObject({ status: 200, body: '{"result":null}' });
  await expect(tusker.run('song', 1, () => 'one')).rejects.toMatchObject({ unitState: 'done' });
  expect(await tusker.tryLock('song', 1)).toEqual({ kind: 'late', state: 'completed', unitState: 'done' });
  for (const [unit, unitState] of [
    [2, 'failed'],
    [3, null],
  ] as const) {
    const late = await tusker.lock('song', unit).catch((error: unknown) => error);
    expect(late).toMatchObject({ unitState, status: 410, message: expect.stringContaining('drop this one') });
    expect(httpAnswer(late)).toMatchObject({ status: 410, body: expect.stringContaining('TASK_RELEASED') });
  }
});

test('it says nothing of hosts, holders and the store to somebody outside, but what is wrong with an argument', () => {
  const said = (error: unknown) => JSON.parse(httpAnswer(error)?.body ?? 'null').error;
  const lost = new ConnectionError('redis://user:secret@10.0.0.7 does not answer');
  expect(said(lost)).toEqual({ code: 'CONNECTION', message: 'Not possible now; try again later.' });
  expect(httpAnswer(lost)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(said(new TaskFailedError('t', 'attempts', [], 'secret')).message).toBe('The task has failed.');
  expect(said(new LockHeldError('t', 'u', 'secret-host:1', 10)).message).not.toContain('secret');
  const wrong = new InvalidArgumentError('unit', -1.5, 'a safe integer');
  expect(said(wrong)).toEqual({ code: 'INVALID_ARGUMENT', message: wrong.message });
});

test('an error that is not of tusker has none', () => {
  expect(httpAnswer(new Error('mine'))).toBeUndefined();
  expect(toResponse(Object.assign(new Error('mine'), { code: 'LOCK_HELD' }))).toBeUndefined();
  expect(httpAnswer(null)).toBeUndefined();
});

test("what a step or a stream of Node throws when the work must end is answered as the signal's reason", async () => {
  const tusker = inMemory();
  const never = new EventEmitter();
  const controller = new AbortController();
  const work = tusker.run('song', 1, ({ signal }) => once(never, 'event', { signal })).catch((error) => error);
  const bytes = new PassThrough();
  const upload = tusker.run('song', 2, ({ signal }) => pipeline(bytes, new PassThrough(), { signal }));
  await tusker.open('song'); // calls of one task keep their order: now both are locked
  const refused = upload.catch((error: unknown) => error);
  await tusker.stop({ grace: 0 });
  for (const error of [await work, await refused]) {
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(httpAnswer(error)).toMatchObject({ status: 503, body: expect.stringContaining('STOPPED') });
  }
  controller.abort();
  const own = await once(never, 'event', { signal: controller.signal }).catch((error: unknown) => error);
  expect(httpAnswer(own)).toBeUndefined();
});

test('an error of a copy of the package that has more codes is a failure of the server', () => {
  class NewError extends ConnectionError {
    override get status(): number {
      return 418;
    }
  }
  const error = Object.assign(new NewError('x'), { code: 'NEWER' as TuskerErrorCode });
  expect(httpAnswer(error)).toMatchObject({ status: 500 });
  expect(isTuskerError(error)).toBe(true);
});

test.each([
  ['a bigint', 5n],
  ['nothing', undefined],
  ['a function', () => {}],
])('a unit that is done, and of which a schema makes %s, is answered without its result', async (_, value) => {
  const unit = { '~standard': { version: 1, vendor: 'test', validate: () => ({ value }) } } as const;
  const tusker = inMemory().namespace('outputs', { schema: { unit } });
  await tusker.run('t', 1, () => 5);
  const error = await tusker.lock('t', 1).catch((reason: unknown) => reason);
  expect(httpAnswer(error)).toMatchObject({ status: 200, body: '{"result":null}' });
});
