/** The reply is lost and the server stays out of reach: the caller hears that the fate is unknown, and may ask again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call, ClaimCall } from '../../src/core/store.js';
import type { FunctionName } from '../../src/stores/redis/functions.js';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import type { History } from '../../src/testing/index.js';
import { LIBRARIES } from '../redis-clients/libraries.js';
import { until } from '../redis-ground/until.js';
import { CutGround, strike } from './cut-ground.js';

const CLAIM: ClaimCall = { nonce: 'the claim', lease: 30_000, worker: 'w' };
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
  claim: {
    work: FUNCTIONS.claim,
    prepare: async (h) => {
      await h.close('t');
      await h.close('other');
      return (asked) => asked.store.claim([CLAIM]);
    },
    answer: 'claimed',
    stats: { processing: 1, released: 1 },
  },
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
    } finally {
      ground.proxy.goUp();
    }
    expect(await direct.stats()).toMatchObject(stats);
    const [again] = await until('the client is back', () => ask(cut));
    expect(again?.kind).toBe(answer);
    expect(await direct.stats()).toMatchObject(stats);
  });
});
