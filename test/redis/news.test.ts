/** Readers that wait for events: what they must not miss, and what ends their waiting. */
import { expect, test } from 'vitest';
import type { EventsPage } from '../../src/core/store.js';
import { FUNCTIONS } from '../../src/stores/redis/functions.js';
import type { History } from '../../src/testing/index.js';
import { strike } from './cut-ground.js';
import { passing, proxied } from './proxied.js';
import { tell } from './tell.js';

const HOUR = 3_600_000;

async function newest({ store }: History): Promise<string> {
  return (await store.events({ limit: 10 })).cursor;
}

const kinds = ({ events }: EventsPage): string[] => events.map(({ kind, task }) => `${kind} ${task}`);
const OF_CLOSE = ['created t', 'closed t', 'released t'];

/** Waits as long as the test may take: what comes only at the end of a wait comes too late. */
function reading({ store }: History, after: string, signal?: AbortSignal): Promise<EventsPage> {
  return store.events({ after, limit: 10, wait: HOUR, ...(signal && { signal }) });
}

test('an event that comes between a look and the wait behind it is not waited for', async () => {
  const { proxy, h, direct } = await proxied();
  const after = await newest(h);
  const watching = passing(proxy, 'XREAD');
  const first = reading(h, after);
  await watching;
  // The answer of the second's look is still on its way when the first has heard of the event already.
  const looked = strike(proxy, { delay: 400 }, FUNCTIONS.events);
  const second = reading(h, after);
  await looked;
  await direct.close('t');
  expect(kinds(await second)).toEqual(OF_CLOSE);
  expect(kinds(await first)).toEqual(OF_CLOSE);
}, 10_000);

test('a line at which events are awaited is replaced when it breaks', async () => {
  const { proxy, h, direct } = await proxied();
  const after = await newest(h);
  const waiting = reading(h, after);
  await proxy.next('cut-before-request', ({ name }) => name === 'XREAD');
  await passing(proxy, 'XREAD');
  await direct.close('t');
  expect(kinds(await waiting)).toEqual(OF_CLOSE);
}, 10_000);

test('who waits when the store is closed is told so', async () => {
  const { proxy, h } = await proxied();
  const watching = passing(proxy, 'XREAD');
  const ended = expect(reading(h, await newest(h))).rejects.toMatchObject({ code: 'STOPPED' });
  await watching;
  await h.store.close();
  await ended;
}, 10_000);

test('who waits is let go when the wait is aborted', async () => {
  const { proxy, h } = await proxied();
  const abort = new AbortController();
  const watching = passing(proxy, 'XREAD');
  const waiting = reading(h, await newest(h), abort.signal);
  await watching;
  abort.abort();
  expect(kinds(await waiting)).toEqual([]);
}, 10_000);

test('who would read on from an event that is gone hears of the gap, and goes on with those that are left', async () => {
  const { server, h } = await proxied();
  await h.close('gone');
  const gone = await newest(h);
  await h.close('t');
  const last = await newest(h);
  await tell(server, 'XTRIM', `tusker:{${h.store.name}}:events`, 'MAXLEN', '3');
  const page = await reading(h, gone);
  expect([page.gap, kinds(page)]).toEqual([true, OF_CLOSE]);
  expect(await reading(h, page.events[0]?.cursor ?? '')).toMatchObject({ gap: false });
  // The very beginning of all is no gap: nothing was missed by who has read nothing.
  expect(await reading(h, '0')).toMatchObject({ gap: false });
  const [first] = (await reading(h, '0')).events;
  expect(first).toMatchObject({ kind: 'created', task: 't' });
  expect(await h.store.events({ after: last, limit: 10 })).toMatchObject({ gap: false, cursor: last });
}, 10_000);
