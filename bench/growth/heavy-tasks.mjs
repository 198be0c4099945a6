import { setTimeout as sleep } from 'node:timers/promises';
import { claim, close, complete, lock, open, unlock } from '../instructions/calls.mjs';
import { named } from './heavy-ground.mjs';

/** On tasks: what is prepared, and then the calls that are measured. */
export const TASK_CALLS = {
  'close: 64 tasks with 1000 names': async (ground) => {
    const expect = named('unit-', 1000);
    await ground.all(named('t', 64).map((task) => lock(task, 'unit-1')));
    return () => ground.store.apply(named('t', 64).map((task) => ({ ...close(task), options: { expect } })));
  },
  'release: 64 tasks with 1000 names, 900 of them failed': async (ground) => {
    const expect = named('unit-', 1000);
    const tasks = named('t', 64);
    await ground.failed('t0', expect.slice(0, 900));
    const held = await ground.all(tasks.map((task) => lock(task, 'other')));
    for (const task of tasks.slice(1)) await ground.failed(task, expect.slice(0, 900));
    await ground.all(
      tasks.map((task) => ({ ...close(task), options: { expect, unitGrace: 0, incomplete: 'release' } })),
    );
    await ground.all(tasks.map((task, i) => unlock(task, 'other', held[i].token)));
    return () => ground.store.apply(tasks.map((task) => ({ verb: 'release', task, nonce: `r-${task}` })));
  },
  'close: 256 tasks': async (ground) => {
    const tasks = named('t', 256);
    await ground.all(tasks.map((task) => lock(task, 'u')));
    return () => ground.store.apply(tasks.map(close));
  },
  'close: 256 tasks that are released by it': async (ground) => {
    const tasks = named('t', 256);
    for (const task of tasks) await ground.done(task, ['u']);
    return () => ground.store.apply(tasks.map(close));
  },
  'close: 256 infos of 4 KiB': async (ground) => {
    const info = `"${'i'.repeat(4000)}"`;
    return () => ground.store.apply(named('t', 256).map((task) => ({ ...close(task), info })));
  },
  'release: 8 tasks of 3000 locks': async (ground) => {
    const tasks = named('t', 8);
    for (const task of tasks) await ground.locked(task, named('u', 3000));
    return () => ground.store.apply(tasks.map((task) => ({ verb: 'release', task, nonce: `r-${task}` })));
  },
  'release: a task of 3000 failed units': async (ground) => {
    await ground.failed('t', named('u', 3000));
    return () => ground.store.apply([{ verb: 'release', task: 't', nonce: 'r' }]);
  },
  'cancel, then retry: 64 tasks with 1000 names': async (ground) => {
    const expect = named('unit-', 1000);
    const tasks = named('t', 64);
    await ground.all(tasks.map((task) => open(task, expect)));
    return async () => {
      await ground.store.apply(tasks.map((task) => ({ verb: 'cancel', task, nonce: `c-${task}`, reason: 'r' })));
      await ground.store.apply(tasks.map((task) => ({ verb: 'retry', task, nonce: `r-${task}` })));
    };
  },
  'claim: 256 tasks': async (ground) => {
    await ground.all(named('t', 256).map(close));
    return () => ground.store.claim(Array.from({ length: 256 }, claim));
  },
  'claim: 256 tasks that lack 100 names': async (ground) => {
    for (const task of named('t', 256)) await ground.failed(task, named('unit-of-some-length-', 100));
    await ground.all(
      named('t', 256).map((task) => ({ ...close(task), options: { incomplete: 'release', unitGrace: 0 } })),
    );
    return () => ground.store.claim(Array.from({ length: 256 }, claim));
  },
  'claim: infos of 100 KiB': async (ground) => {
    const info = `"${'i'.repeat(100_000)}"`;
    for (const task of named('t', 64)) await ground.store.apply([{ ...close(task), info }]);
    return () => ground.store.claim(Array.from({ length: 64 }, claim));
  },
  'claim: repeated, 256 tasks': async (ground) => {
    await ground.all(named('t', 256).map(close));
    const calls = Array.from({ length: 256 }, claim);
    await ground.store.claim(calls);
    return () => ground.store.claim(calls);
  },
  'complete: 256 tasks': async (ground) => {
    await ground.all(named('t', 256).map(close));
    const claims = await ground.store.claim(Array.from({ length: 256 }, claim));
    return () =>
      ground.store.apply(
        claims.filter(({ kind }) => kind === 'claimed').map(({ task, token }) => complete(task, token)),
      );
  },
  'fail a claim: 256 tasks': async (ground) => {
    await ground.all(named('t', 256).map(close));
    const claims = await ground.store.claim(Array.from({ length: 256 }, claim));
    const calls = claims
      .filter(({ kind }) => kind === 'claimed')
      .map(({ task, token }) => ({
        verb: 'failClaim',
        task,
        token,
        error: '{"message":"no"}',
        retry: true,
        delay: null,
      }));
    return () => ground.store.apply(calls);
  },
  'inspect: 10 tasks of 3000 locks': async (ground) => {
    const tasks = named('t', 10);
    for (const task of tasks) await ground.locked(task, named('u', 3000));
    return () => ground.store.inspect(tasks);
  },
  'inspect: 10 tasks of 3000 failed units': async (ground) => {
    const tasks = named('t', 10);
    for (const task of tasks) await ground.failed(task, named('u', 3000));
    return () => ground.store.inspect(tasks);
  },
  'inspect: 256 tasks with 1000 names': async (ground) => {
    const tasks = named('t', 256);
    await ground.all(tasks.map((task) => open(task, named('unit-', 1000))));
    return () => ground.store.inspect(tasks);
  },
  'inspect: 10 tasks with 100 errors of attempts of 8 KiB': async (ground) => {
    const tasks = named('t', 10);
    await ground.all(tasks.map((task) => ({ ...close(task), options: { attempts: 1000 } })));
    for (let i = 0; i < 100; i++) {
      const claims = await ground.store.claim(tasks.map(() => claim()));
      await ground.all(
        claims.map(({ task, token }) => ({
          verb: 'failClaim',
          task,
          token,
          error: `"${'e'.repeat(8000)}"`,
          retry: true,
          delay: 0,
        })),
      );
    }
    return () => ground.store.inspect(tasks);
  },
  'sweep: 25 tasks of 3000 overdue locks': async (ground) => {
    for (const task of named('t', 25)) await ground.locked(task, named('u', 3000), { ttl: 1 });
    await sleep(5);
    return () => ground.sweep(1000);
  },
  'sweep: 1000 tasks with an overdue lock': async (ground) => {
    await ground.all(named('t', 1000).map((task) => ({ ...lock(task, 'u'), ttl: 1 })));
    await sleep(5);
    return () => ground.sweep(1000);
  },
  'sweep: 1000 leases that ran out': async (ground) => {
    await ground.all(named('t', 1000).map(close));
    for (let i = 0; i < 40; i++)
      await ground.store.claim(Array.from({ length: 256 }, () => ({ ...claim(), lease: 1 })));
    await sleep(5);
    return () => ground.sweep(1000);
  },
  'sweep: 64 tasks with 1000 names whose deadline is over': async (ground) => {
    const tasks = named('t', 64);
    const expect = named('unit-', 1000);
    for (const task of tasks) await ground.failed(task, expect.slice(0, 500));
    await ground.all(
      tasks.map((task) => ({ ...close(task), options: { expect, deadline: 1, incomplete: 'release' } })),
    );
    await sleep(5);
    return () => ground.sweep(1000);
  },
  'sweep: 1000 delayed tasks': async (ground) => {
    await ground.delayed(1000);
    return () => ground.sweep(1000);
  },
  'claim: 1000 delayed tasks are ready': async (ground) => {
    await ground.delayed(1000);
    return () => ground.store.claim(Array.from({ length: 256 }, claim));
  },
  'tasks: 1000 of them': async (ground) => {
    await ground.all(named('t', 1000).map((task) => lock(task, 'u')));
    return () => ground.store.tasks({ state: 'open', limit: 1000 });
  },
  'tasks: 1000 failed ones': async (ground) => {
    await ground.all(named('t', 1000).map(close));
    await ground.all(named('t', 1000).map((task) => ({ verb: 'cancel', task, nonce: `c-${task}`, reason: 'because' })));
    return () => ground.store.tasks({ state: 'failed', limit: 1000 });
  },
  'events: 1000 of them': async (ground) => {
    await ground.all(named('t', 1000).map(close));
    return () => ground.store.events({ limit: 1000, after: '0' });
  },
  'remove: 256 tasks': async (ground) => {
    const tasks = named('t', 256);
    for (const task of tasks) await ground.done(task, named('u', 10));
    await ground.all(tasks.map((task) => ({ verb: 'cancel', task, nonce: `c-${task}`, reason: 'because' })));
    return () => ground.store.apply(tasks.map((task) => ({ verb: 'remove', task, nonce: `x-${task}` })));
  },
};
