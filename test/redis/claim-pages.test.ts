/** Claims and looks for what claims got, a page after the other. */
import { expect, test } from 'vitest';
import { ConnectionError } from '../../src/core/errors.js';
import type { ClaimCall, ClaimOutcome } from '../../src/core/store.js';
import type { ClaimReply } from '../../src/stores/redis/claim-call.js';
import { inPages, MOST_CLAIMS, readReply } from '../../src/stores/redis/claim-call.js';
import { ownServer } from './tell.js';
import { storeAt } from './users.js';

const calls: readonly ClaimCall[] = Array.from({ length: 80 }, (_, i) => ({
  nonce: `n${i}`,
  lease: 30_000,
  worker: 'w',
}));
const granted = (task: string, info = '1'): ClaimOutcome => ({ kind: 'claimed', task, info }) as ClaimOutcome;
const reply = (outcomes: ClaimOutcome[], waiting = 9): ClaimReply => ({ outcomes, waiting, nextIn: 1 });

/** Answers page by page, and says which calls each page asked for. */
function server(answers: readonly (ClaimReply | Error)[]) {
  const asked: string[][] = [];
  const ask = async (page: readonly ClaimCall[]): Promise<ClaimReply> => {
    asked.push(page.map(({ nonce }) => nonce));
    const answer = answers[asked.length - 1];
    if (!answer || answer instanceof Error) throw answer ?? new Error('not expected');
    return answer;
  };
  return { asked, ask };
}

test('a call that has done enough leaves the others to the next one', async () => {
  const { asked, ask } = server([
    reply([granted('a'), granted('b')]),
    reply([granted('c')]),
    reply([granted('d'), { kind: 'none', waiting: 0 }], 0),
  ]);
  const { outcomes, waiting } = await inPages(calls, 'now', ask);
  expect(outcomes.map((outcome) => (outcome.kind === 'claimed' ? outcome.task : null))).toEqual([
    'a',
    'b',
    'c',
    'd',
    null,
  ]);
  expect([waiting, asked.map(([first]) => first), asked[0]?.length]).toEqual([0, ['n0', 'n2', 'n3'], MOST_CLAIMS]);
});

test('what was granted stands when a later page fails; which calls that asked for is told', async () => {
  const error = new ConnectionError('gone');
  const { ask } = server([reply([granted('a')]), error]);
  const { outcomes, failed } = await inPages(calls, 'now', ask);
  expect(outcomes).toEqual([granted('a')]);
  expect([failed?.error, failed?.calls[0]?.nonce]).toEqual([error, 'n1']);
});

test('claims end with a mebibyte of infos', async () => {
  const { asked, ask } = server([
    reply([granted('a', 'i'.repeat(700_000))]),
    reply([granted('b', 'i'.repeat(700_000))]),
  ]);
  expect((await inPages(calls, 'now', ask)).outcomes.length).toBe(2);
  expect(asked.length).toBe(2);
});

test('a look for what claims got goes on to the last, whatever the queue holds', async () => {
  const none: ClaimOutcome = { kind: 'none', waiting: 0 };
  const { asked, ask } = server(Array.from({ length: 3 }, (_, i) => reply(Array(i === 2 ? 16 : 32).fill(none), 0)));
  expect((await inPages(calls, 'cancel', ask)).outcomes.length).toBe(80);
  expect(asked.length).toBe(3);
});

test('one answer holds a page of bytes; the first claim that it did not come to is marked', () => {
  expect(readReply([5, 7, null, null, 1]).outcomes).toEqual([{ kind: 'none', waiting: 7 }]);
});

test('large infos are handed out a few in a call, and all that fit in a batch to who asks', async () => {
  const h = await storeAt((await ownServer()).port);
  const info = JSON.stringify('i'.repeat(200_000));
  for (const task of ['a', 'b', 'c', 'd']) await h.close(task, {}, { info });
  const outcomes = await h.store.claim(calls.slice(0, 4));
  expect(outcomes.map((outcome) => (outcome.kind === 'claimed' ? outcome.task : null))).toEqual(['a', 'b', 'c', 'd']);
});
