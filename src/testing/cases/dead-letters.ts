import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import type { History } from '../history.js';

const WEEK = 7 * 86_400_000;
const STALE = { kind: 'stale', currentToken: null, state: 'failed', cancelled: 'enough' } as const;

async function dead(h: History, ...tasks: string[]): Promise<void> {
  for (const task of tasks) {
    await h.open(task);
    await h.cancel(task);
    await h.advance(1);
  }
}
const given = async (h: History): Promise<string[]> => [...(await h.store.failedTasks(100)).tasks].sort();

/** Failed tasks in the hands of a consumer of dead letters. */
export const deadLetterCases: readonly ConformanceCase[] = [
  {
    title:
      'a dead letter is given alone, under a token, until it is acknowledged; those from before the first consumer too',
    async run(h) {
      await dead(h, 'a', 'b');
      deepEqual(await given(h), ['a', 'b']);
      const first = await h.claimFailed('a');
      const { now } = await h.detail('a');
      ok(first.kind === 'claimed');
      deepEqual([first.attempt, first.until, first.now], [1, now + 30_000, now]);
      ok(first.token >= now * 1000);
      deepEqual(await h.claimFailed('a'), { kind: 'none' });
      deepEqual(await given(h), ['b']);
      deepEqual(await h.settleFailed('a', first.token + 1), { ...STALE, currentToken: first.token });
      deepEqual(await h.settleFailed('a', first.token), { kind: 'acknowledged' });
      deepEqual(await h.settleFailed('a', first.token), { kind: 'acknowledged' });
      deepEqual([(await h.detail('a')).acknowledgedAt, (await h.detail('b')).acknowledgedAt], [now, null]);
      await h.later(WEEK - 1000);
      deepEqual(await h.claimFailed('a'), { kind: 'none' });
      deepEqual(await given(h), ['b']);
    },
  },
  {
    title: 'a consumer that dies leaves a dead letter to the next one; its token counts until then',
    async run(h) {
      await dead(h, 't');
      const first = await h.letter('t');
      await h.later(29_999);
      deepEqual(await h.claimFailed('t'), { kind: 'none' });
      const { now } = await h.detail('t');
      deepEqual(await h.extendFailed('t', first), { kind: 'extended', until: now + 30_000, now });
      await h.later(29_999);
      deepEqual(await given(h), []);
      await h.later(1);
      deepEqual(await given(h), ['t']);
      equal((await h.extendFailed('t', first)).kind, 'extended');
      await h.later(30_000);
      const second = await h.claimFailed('t');
      ok(second.kind === 'claimed' && second.token > first);
      equal(second.attempt, 2);
      const stale = { ...STALE, currentToken: second.token };
      deepEqual(await h.extendFailed('t', first), stale);
      deepEqual(await h.settleFailed('t', first), stale);
      deepEqual(await h.settleFailed('t', second.token), { kind: 'acknowledged' });
      deepEqual(await h.extendFailed('t', second.token), STALE);
    },
  },
  {
    title: 'one that is to be given again is given at its moment, not before',
    async run(h) {
      await dead(h, 't', 'u');
      const token = await h.letter('t');
      const { now } = await h.detail('t');
      deepEqual(await h.settleFailed('t', token, 5000), { kind: 'again', at: now + 5000 });
      deepEqual(await h.settleFailed('t', token, 9000), { kind: 'again', at: now + 5000 });
      deepEqual(await h.claimFailed('t'), { kind: 'none' });
      deepEqual(await h.store.failedTasks(100), { tasks: ['u'], nextIn: 5000 });
      await h.later(5000);
      deepEqual(await given(h), ['t', 'u']);
      const again = await h.claimFailed('t');
      ok(again.kind === 'claimed');
      equal(again.attempt, 2);
      await h.settleFailed('t', again.token, 0);
      deepEqual(await given(h), ['t', 'u']);
    },
  },
  {
    title: 'a repeated claim of a dead letter finds the same one, and none once that is settled',
    async run(h) {
      await dead(h, 't');
      const nonce = h.nonce();
      const first = await h.claimFailed('t', { nonce });
      deepEqual(await h.claimFailed('t', { nonce }), first);
      ok(first.kind === 'claimed');
      await h.settleFailed('t', first.token, 0);
      deepEqual(await h.claimFailed('t', { nonce }), { kind: 'none' });
      equal((await h.claimFailed('t')).kind, 'claimed');
    },
  },
  {
    title: 'retry settles a dead letter; a new failure is given anew',
    async run(h) {
      await h.done('t', 'u');
      await h.close('t', { attempts: 1 });
      await h.failClaim('t', (await h.claimed()).token);
      const token = await h.letter('t');
      equal((await h.retry('t')).kind, 'retried');
      deepEqual(await h.settleFailed('t', token), { kind: 'stale', currentToken: null, state: 'released' });
      deepEqual(await h.claimFailed('t'), { kind: 'none' });
      deepEqual(await given(h), []);
      await h.failClaim('t', (await h.claimed()).token);
      equal((await h.settleFailed('t', token)).kind, 'stale');
      const anew = await h.claimFailed('t');
      ok(anew.kind === 'claimed');
      equal(anew.attempt, 1);
      deepEqual(await h.settleFailed('t', anew.token), { kind: 'acknowledged' });
      await h.retry('t');
      await h.failClaim('t', (await h.claimed()).token);
      equal((await h.detail('t')).acknowledgedAt, null);
      deepEqual(await given(h), ['t']);
    },
  },
  {
    title: 'once there is a consumer only what is acknowledged goes after seven days',
    async run(h) {
      await dead(h, 'old');
      deepEqual(await given(h), ['old']);
      await h.later(1000);
      await dead(h, 'told', 'untold', 'held');
      await h.settleFailed('told', await h.letter('told'));
      await h.later(WEEK - 1005);
      await h.letter('held');
      deepEqual([await h.state('told'), await h.state('old')], ['failed', 'failed']);
      await h.later(WEEK);
      deepEqual(await given(h), ['held', 'old', 'untold']);
      equal(await h.state('told'), null);
      equal((await h.stats()).deadLetters, 3);
      await h.settleFailed('old', await h.letter('old'));
      equal(await h.state('old'), null);
      await h.sweep();
      equal((await h.stats()).deadLetters, 2);
      equal((await h.lock('old', 'u')).kind, 'locked');
      equal((await h.remove('untold')).kind, 'removed');
      equal((await h.retry('held')).kind, 'retried');
      deepEqual(await given(h), []);
    },
  },
  {
    title: 'the counters say how many dead letters nobody has acknowledged, whatever became of them',
    async run(h) {
      const counted = async () => {
        const { deadLetters, unacknowledged } = await h.stats();
        return [deadLetters, unacknowledged];
      };
      deepEqual(await counted(), [0, 0]);
      await dead(h, 'a', 'b', 'c', 'd', 'e');
      deepEqual(await counted(), [5, 5]);
      deepEqual(await given(h), ['a', 'b', 'c', 'd', 'e']);
      await h.settleFailed('a', await h.letter('a'));
      await h.settleFailed('b', await h.letter('b'), 1000);
      await h.letter('c');
      await h.settleFailed('d', await h.letter('d'));
      deepEqual(await counted(), [5, 3]);
      await h.retry('a');
      deepEqual(await counted(), [4, 3]);
      await h.cancel('a');
      await h.remove('c');
      deepEqual(await counted(), [4, 3]);
      await h.later(WEEK);
      await h.sweep();
      deepEqual(await counted(), [3, 3]);
    },
  },
  {
    title: 'a sweep has nothing to come back for because of dead letters that wait for their consumer',
    async run(h) {
      await dead(h, 't', 'u');
      deepEqual([await given(h), (await h.store.failedTasks(100)).nextIn], [['t', 'u'], null]);
      await h.later(2 * WEEK);
      deepEqual([(await h.sweep()).nextDue, await h.state('t')], [null, 'failed']);
      await h.settleFailed('u', await h.letter('u'));
      equal((await h.sweep()).removed, 1);
    },
  },
  {
    title: 'what is no dead letter is given to nobody',
    async run(h) {
      deepEqual(await h.claimFailed('unknown'), { kind: 'none' });
      deepEqual(await h.settleFailed('unknown', 5), { kind: 'stale', currentToken: null, state: null });
      await h.token('open', 'u');
      await h.close('done', { worker: false });
      for (const task of ['open', 'done']) {
        deepEqual(await h.claimFailed(task), { kind: 'none' });
        equal((await h.extendFailed(task, 5)).kind, 'stale');
      }
      await dead(h, 'gone');
      const token = await h.letter('gone');
      await h.remove('gone');
      deepEqual(await h.claimFailed('gone'), { kind: 'none' });
      equal((await h.settleFailed('gone', token)).kind, 'stale');
      deepEqual(await h.store.failedTasks(10), { tasks: [], nextIn: null });
    },
  },
  {
    title: 'dead letters are listed as ever, whatever became of them',
    async run(h) {
      await dead(h, 'a', 'b', 'c', 'd');
      await h.settleFailed('a', await h.letter('a'));
      await h.settleFailed('b', await h.letter('b'), 1000);
      await h.letter('c');
      const seen: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await h.store.tasks({ state: 'failed', limit: 1, ...(cursor !== undefined && { cursor }) });
        seen.push(...page.tasks.map(({ task, due, endedAt }) => `${task} ${due === (endedAt ?? 0) + WEEK}`));
        cursor = page.cursor;
      }
      deepEqual(seen.sort(), ['a true', 'b true', 'c true', 'd true']);
    },
  },
];
