import { setTimeout as sleep } from 'node:timers/promises';
import * as calls from './calls.mjs';
import { applied, checked, names } from './calls.mjs';

/** Histories in an order that is always the same. Each hands its steps, one after the other, to `count(step, units, work)`, which gives what `work` gives. */

/**
 * So many tasks of two units from the first lock to the completion, `batch` of them in a call. With `isAll` they are opened with
 * what they expect, so that their locks and unlocks name all keys. With `endsUnlocked` they are left when their second unit is done.
 */
export async function tasks({ store }, count, { prefix, total, batch, isAll, endsUnlocked }) {
  const all = names(prefix, total);
  const step = (name, kind, callOf) => {
    const made = all.map(callOf);
    return count(name, total, () => applied(store, made, batch, kind));
  };
  if (isAll) await step('open', 'opened', (task) => calls.open(task, 2));
  const first = await step('lock, the first of its task', 'locked', (task) => calls.lock(task, 'unit-1'));
  const second = await step('lock', 'locked', (task) => calls.lock(task, 'unit-2'));
  await step('renew a lock', 'extended', (task, i) => calls.renewLock(task, 'unit-2', second[i].token));
  await step('unlock', 'done', (task, i) => calls.unlock(task, 'unit-2', second[i].token));
  if (endsUnlocked) return;
  await step('close', 'closed', (task) => calls.close(task));
  await step('unlock, the last: releases', 'done', (task, i) => calls.unlock(task, 'unit-1', first[i].token));
  const claims = await count('claim', total, () => claimAll(store, total, batch));
  const own = (callOf) => (_, i) => callOf(claims[i].task, claims[i].token);
  await step('renew a claim', 'extended', own(calls.renewClaim));
  await step('complete', 'completed', own(calls.complete));
}

async function claimAll(store, total, batch) {
  const outcomes = [];
  for (let left = total; left > 0; left -= batch) {
    outcomes.push(...(await store.claim(Array.from({ length: batch }, calls.claim))));
  }
  return checked(outcomes, 'claimed');
}

/** So many units in each of some tasks, all of them in one call: locked, renewed, unlocked. */
export async function units({ store }, count, { prefix, tasks: side, each, isAll }) {
  const among = names(prefix, side);
  const places = among.flatMap((task) => names('unit', each).map((unit) => [task, unit]));
  const step = (name, kind, callOf) => {
    const made = places.map(([task, unit], i) => callOf(task, unit, i));
    return count(name, made.length, () => applied(store, made, made.length, kind));
  };
  // One more than there will be: a task with all that it expects would close.
  if (isAll)
    await applied(
      store,
      among.map((task) => calls.open(task, each + 1)),
      side,
      'opened',
    );
  const locks = await step('lock', 'locked', (task, unit) => calls.lock(task, unit));
  await step('renew a lock', 'extended', (task, unit, i) => calls.renewLock(task, unit, locks[i].token));
  await step('unlock', 'done', (task, unit, i) => calls.unlock(task, unit, locks[i].token));
}

/** A worker waits, the last unit of a closed task ends: what wakes the worker and brings it the task. Each is counted by itself. */
export async function wakeUps({ store, admin }, count, { prefix, total }) {
  for (const task of names(prefix, total)) {
    const [{ token }] = await applied(store, [calls.lock(task, 'unit-1')], 1, 'locked');
    await applied(store, [calls.close(task)], 1, 'closed');
    const end = calls.unlock(task, 'unit-1', token);
    const waiting = store.claim([calls.claim()], 60_000);
    await somebodyBlocked(admin);
    const [claimed] = await count('unlock, and the claim of the worker that it wakes', 1, async () => {
      await applied(store, [end], 1, 'done');
      return checked(await waiting, 'claimed');
    });
    await applied(store, [calls.complete(task, claimed.token)], 1, 'completed');
  }
}

async function somebodyBlocked(admin) {
  while (!/^blocked_clients:[1-9]/m.test(await admin.info('clients'))) await sleep(5);
}

/** The results of a claimed task, 250 in a call. */
export async function results({ store }, count, { prefix, total }) {
  const [task] = names(prefix, 1);
  const units = names('unit', total);
  const locks = await applied(
    store,
    units.map((unit) => calls.lock(task, unit)),
    250,
    'locked',
  );
  await applied(
    store,
    units.map((unit, i) => calls.unlock(task, unit, locks[i].token)),
    250,
    'done',
  );
  await applied(store, [calls.close(task)], 1, 'closed');
  const [{ token }] = checked(await store.claim([calls.claim()]), 'claimed');
  await count('read results, 250 in a call', total, async () => {
    let cursor;
    do {
      const page = await store.results({ task, token, cursor, limit: 250 });
      if (page.kind !== 'results') throw new Error(page.kind);
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
  });
  await applied(store, [calls.complete(task, token)], 1, 'completed');
}

/** What commands cost that decide nothing, on hashes of ten fields. */
export async function raw({ admin }, count, { prefix, total }) {
  const places = names('unit', total).map((unit, i) => [`${prefix}-${Math.floor(i / 10)}`, unit]);
  await count('HSET, raw', total, async () => {
    for (const [key, unit] of places) await admin.hset(key, unit, '1795525937021921');
  });
  await count('HDEL, raw', total, async () => {
    for (const [key, unit] of places) await admin.hdel(key, unit);
  });
}
