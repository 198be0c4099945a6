/** The reply is lost and the server stays out of reach: the caller hears that the fate is unknown, and may ask again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../src/core/store.js';
import type { FunctionName } from '../../src/stores/redis/functions.js';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import type { History } from '../../src/testing/index.js';
import { LIBRARIES, NODE_REDIS_FAMILY } from '../redis-clients/libraries.js';
import { until } from '../redis-ground/until.js';
import { CutGround, strike } from './cut-ground.js';
import { tell } from './tell.js';

const close = (task: string): Call => {
  const rest = { idleTimeout: 60_000, info: '"i"', options: {}, replace: false };
  return { verb: 'close', task, nonce: 'the close', ...rest };
};

interface Question {
  readonly work: FunctionName;
  /** What was there before; gives the call, which may be sent again as it is. */
  prepare(h: History): Promise<(h: History) => Promise<readonly { readonly kind: string }[]>>;
  readonly answer: string;
  /** The counts, with the effect of one call. */
  readonly stats: object;
}

const applied =
  (...calls: Call[]) =>
  (h: History): Promise<readonly { readonly kind: string }[]> =>
    h.store.apply(calls);

const QUESTIONS: Readonly<Record<string, Question>> = {
  lock: {
    work: FUNCTIONS.apply,
    prepare: async (h) => applied(h.lockCall('t', 'u')),
    answer: 'locked',
    stats: { open: 1 },
  },
  unlock: {
    work: FUNCTIONS.apply,
    prepare: async (h) => {
      const token = await h.token('t', 'u');
      await h.close('t');
      return applied({ verb: 'unlock', task: 't', unit: 'u', token, result: '1' });
    },
    answer: 'done',
    stats: { released: 1, locked: 0 },
  },
  close: { work: FUNCTIONS.apply, prepare: async () => applied(close('t')), answer: 'closed', stats: { released: 1 } },
  complete: {
    work: FUNCTIONS.apply,
    prepare: async (h) => {
      await h.close('t');
      return applied({ verb: 'complete', task: 't', token: (await h.claimed()).token, result: '1' });
    },
    answer: 'completed',
    stats: { completed: 1, processing: 0 },
  },
  'a failed attempt': {
    work: FUNCTIONS.apply,
    prepare: async (h) => {
      await h.close('t');
      const { token } = await h.claimed();
      return applied({ verb: 'failClaim', task: 't', token, error: '{}', retry: true, delay: 60_000 });
    },
    answer: 'retrying',
    stats: { delayed: 1, processing: 0 },
  },
};

describe.each(LIBRARIES)('through $name', (library) => {
  let ground: CutGround;
  beforeAll(async () => {
    ground = await CutGround.open(library);
  });
  afterAll(() => ground.close());

  test.each(Object.keys(QUESTIONS))('%s', async (name) => {
    const { work, prepare, answer, stats } = QUESTIONS[name] as Question;
    const { cut, direct } = ground.both({ commandTimeout: 200, retryFor: 300 });
    await until('the client is connected', () => cut.stats());
    const ask = await prepare(direct);
    const hit = strike(ground.proxy, 'cut-before-reply', work).then(() => ground.proxy.goDown());
    try {
      await expect(ask(cut)).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringMatching(/effect is unknown/),
      });
      await hit;
      // Before the client is back: what is granted and heard by nobody is given back then.
      expect(await direct.stats()).toMatchObject(stats);
    } finally {
      ground.proxy.goUp();
    }
    const [again] = await until('the client is back', () => ask(cut));
    expect(again?.kind).toBe(answer);
    expect(await direct.stats()).toMatchObject(stats);
  });

  test('claim: what was granted is given back when the client is back, its attempt unspent', async () => {
    const { cut, direct } = ground.both({ commandTimeout: 200, retryFor: 300 });
    await until('the client is connected', () => cut.stats());
    await direct.close('t');
    const hit = strike(ground.proxy, 'cut-before-reply', FUNCTIONS.claim).then(() => ground.proxy.goDown());
    try {
      await expect(cut.claim()).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringMatching(/effect is unknown/),
      });
      await hit;
      expect(await direct.stats()).toMatchObject({ processing: 1, released: 0 });
    } finally {
      ground.proxy.goUp();
    }
    await until('it is given back', async () => (await direct.stats()).released === 1 || undefined);
    expect(await direct.claimed()).toMatchObject({ task: 't', attempt: 1 });
  });
});

/** Refusals that last: what makes the server refuse, and what ends that. */
const REFUSALS: Readonly<Record<string, { readonly begin: readonly string[]; readonly end: readonly string[] }>> = {
  'that it is a replica': { begin: ['REPLICAOF', '127.0.0.1', '1'], end: ['REPLICAOF', 'NO', 'ONE'] },
  'that its memory is full': {
    begin: ['CONFIG', 'SET', 'maxmemory', '1'],
    end: ['CONFIG', 'SET', 'maxmemory', '0'],
  },
  'that the user lacks a right': {
    begin: ['ACL', 'SETUSER', 'default', '-fcall'],
    end: ['ACL', 'SETUSER', 'default', '+fcall'],
  },
};

/** ioredis sends a command again by itself, and tells of no try that was lost: here the store does. */
describe('the reply of one try is lost, and the server then refuses', () => {
  let ground: CutGround;
  beforeAll(async () => {
    ground = await CutGround.open(NODE_REDIS_FAMILY[0] as (typeof LIBRARIES)[number]);
  });
  afterAll(() => ground.close());

  test.each(Object.keys(REFUSALS))('saying %s: the caller hears that the fate is unknown', async (name) => {
    const { begin, end } = REFUSALS[name] as (typeof REFUSALS)[string];
    const { cut, direct } = ground.both({ commandTimeout: 5000, retryFor: 2000 });
    await until('the client is connected', () => cut.stats());
    const call = cut.lockCall('t', 'u');
    const hit = strike(ground.proxy, 'cut-before-reply', FUNCTIONS.apply).then(async () => {
      ground.proxy.goDown();
      await until('the lock is there', async () => ((await direct.state('t')) === null ? undefined : true));
      await tell(ground.server, ...begin);
      ground.proxy.goUp();
    });
    try {
      // A refused batch rejects, or its calls have that outcome.
      const answer = cut.store.apply([call]).then(
        ([outcome]) => (outcome.kind === 'error' ? outcome.error : outcome),
        (error: unknown) => error,
      );
      expect(await answer).toMatchObject({ code: 'CONNECTION', message: expect.stringMatching(/effect is unknown/) });
      await hit;
    } finally {
      await tell(ground.server, ...end);
    }
    expect(await direct.units('t')).toEqual({ u: 'locked' });
    const [again] = await until('the client is back', () => cut.store.apply([call]));
    expect(again?.kind).toBe('locked');
  });

  test('that its memory is full, to an unlock: it goes on and is answered', async () => {
    const { cut, direct } = ground.both();
    await until('the client is connected', () => cut.stats());
    const token = await direct.token('t', 'u');
    const hit = strike(ground.proxy, 'cut-before-reply', FUNCTIONS.apply).then(async () => {
      ground.proxy.goDown();
      await tell(ground.server, 'CONFIG', 'SET', 'maxmemory', '1');
      ground.proxy.goUp();
    });
    try {
      expect((await cut.unlock('t', 'u', token)).kind).toBe('done');
      await hit;
    } finally {
      await tell(ground.server, 'CONFIG', 'SET', 'maxmemory', '0');
    }
    expect(await direct.units('t')).toEqual({ u: 'done' });
  });
});
