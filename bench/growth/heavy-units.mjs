import { setTimeout as sleep } from 'node:timers/promises';
import { claim, close, lock, open, renewLock, unlock } from '../instructions/calls.mjs';
import { failing, named, pages } from './heavy-ground.mjs';

/** On units, and declaring tasks with many: what is prepared, and then the calls that are measured. */
export const UNIT_CALLS = {
  'open: 64 tasks with 1000 names': async ({ store }) => {
    const expect = named('unit-', 1000);
    return () => store.apply(named('t', 64).map((task) => open(task, expect)));
  },
  'open: one task with 1000 names of 512 bytes': async ({ store }) => {
    const expect = named('n'.repeat(508), 1000);
    return () => store.apply([open('t', expect)]);
  },
  'lock: 256 tasks':
    async ({ store }) =>
    () =>
      store.apply(named('t', 256).map((task) => lock(task, 'unit'))),
  'lock: 256 units of one task':
    async ({ store }) =>
    () =>
      store.apply(named('u', 256).map((unit) => lock('t', unit))),
  'lock: 256 failed units': async (ground) => {
    await ground.failed('t', named('u', 256));
    return () => ground.store.apply(named('u', 256).map((unit) => lock('t', unit)));
  },
  'renew a lock: 256 units': async (ground) => {
    const units = named('u', 256);
    const tokens = await ground.locked('t', units);
    return () => ground.store.apply(units.map((unit, i) => renewLock('t', unit, tokens[i])));
  },
  'unlock: 256 tasks': async (ground) => {
    const tasks = named('t', 256);
    const outcomes = await ground.all(tasks.map((task) => lock(task, 'u')));
    return () => ground.store.apply(tasks.map((task, i) => unlock(task, 'u', outcomes[i].token)));
  },
  'unlock: 256 results of 4 KiB': async (ground) => {
    const units = named('u', 256);
    const tokens = await ground.locked('t', units);
    const result = `"${'r'.repeat(4000)}"`;
    return () => ground.store.apply(units.map((unit, i) => ({ ...unlock('t', unit, tokens[i]), result })));
  },
  'unlock: 256 with contexts': async (ground) => {
    const units = named('u', 256);
    const tokens = await ground.locked('t', units);
    return () =>
      ground.store.apply(units.map((unit, i) => ({ ...unlock('t', unit, tokens[i]), context: 'c'.repeat(1024) })));
  },
  'unlock: one unit of 64 tasks with 1000 names': async (ground) => {
    const expect = named('unit-', 1000);
    const tasks = named('t', 64);
    await ground.all(tasks.map((task) => open(task, expect)));
    const tokens = await ground.all(tasks.map((task) => lock(task, 'unit-7')));
    return () => ground.store.apply(tasks.map((task, i) => unlock(task, 'unit-7', tokens[i].token)));
  },
  'unlock: 256 units of a task with 1000 names': async (ground) => {
    const expect = named('unit-', 1000);
    await ground.all([open('t', expect)]);
    const units = expect.slice(0, 256);
    const tokens = await ground.locked('t', units);
    return () => ground.store.apply(units.map((unit, i) => unlock('t', unit, tokens[i])));
  },
  'fail: 256 units': async (ground) => {
    const units = named('u', 256);
    const tokens = await ground.locked('t', units);
    return () => ground.store.apply(units.map((unit, i) => failing('t', unit, tokens[i])));
  },
  'let go: 256 units': async (ground) => {
    const units = named('u', 256);
    const tokens = await ground.locked('t', units);
    return () => ground.store.apply(units.map((unit, i) => ({ verb: 'letGo', task: 't', unit, token: tokens[i] })));
  },
  'timeoutLocks: 50 tasks of 1000 locks': async (ground) => {
    const tasks = named('t', 50);
    for (const task of tasks) await ground.locked(task, named('u', 1000));
    await sleep(5);
    return async () => {
      for (let cursor = null; ; ) {
        ({ cursor } = await ground.store.timeoutLocks(1, cursor, 1000));
        if (cursor === null) return;
      }
    };
  },
  'names of 3000 units': async (ground) => {
    await ground.locked('t', named('u', 3000));
    return () => pages((cursor) => ground.store.unitNames({ task: 't', limit: 1000, ...cursor }));
  },
  'units: 1000 names': async (ground) => {
    const units = named('u', 1000);
    await ground.done('t', units);
    return async () => {
      for (let at = 0; at < units.length; ) at += (await ground.store.units({ task: 't' }, units.slice(at))).seen;
    };
  },
  'units: 1000 that failed, errors of 4 KiB': async (ground) => {
    const units = named('u', 1000);
    await ground.failed('t', units, `"${'e'.repeat(4000)}"`);
    return async () => {
      for (let at = 0; at < units.length; ) at += (await ground.store.units({ task: 't' }, units.slice(at))).seen;
    };
  },
  'results: 1000 of them': async (ground) => {
    await ground.done('t', named('u', 1000));
    await ground.all([close('t')]);
    const [{ token }] = await ground.store.claim([claim()]);
    return () => pages((cursor) => ground.store.results({ task: 't', token, limit: 1000, ...cursor }));
  },
  'results: of 100 KiB each': async (ground) => {
    const units = named('u', 60);
    const tokens = await ground.locked('t', units);
    const result = `"${'r'.repeat(100_000)}"`;
    for (const [i, unit] of units.entries()) await ground.all([{ ...unlock('t', unit, tokens[i]), result }]);
    await ground.all([close('t')]);
    const [{ token }] = await ground.store.claim([claim()]);
    return () => pages((cursor) => ground.store.results({ task: 't', token, limit: 1000, ...cursor }));
  },
};
