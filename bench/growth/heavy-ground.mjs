import { setTimeout as sleep } from 'node:timers/promises';
import { claim, close, lock, unlock } from '../instructions/calls.mjs';

const BATCH = 256;
/** Long enough for all tasks to be delayed at once, in ms. */
const DELAY = 500;

export const named = (prefix, count) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** A store in which much is prepared. */
export class Ground {
  constructor(store) {
    this.store = store;
  }

  /** In batches; gives the outcomes. */
  async all(calls) {
    const outcomes = [];
    for (let at = 0; at < calls.length; at += BATCH)
      outcomes.push(...(await this.store.apply(calls.slice(at, at + BATCH))));
    const failed = outcomes.find(({ kind }) => kind === 'error');
    if (failed) throw failed.error;
    return outcomes;
  }

  /** Locks units of a task. Gives their tokens. */
  async locked(task, units, given = {}) {
    return (await this.all(units.map((unit) => ({ ...lock(task, unit), ...given })))).map(({ token }) => token);
  }

  /** Units that are done, with a result each. */
  async done(task, units, result = '{"n":1}') {
    const tokens = await this.locked(task, units);
    await this.all(units.map((unit, i) => ({ ...unlock(task, unit, tokens[i]), result })));
  }

  async failed(task, units, error = '{"message":"no"}') {
    const tokens = await this.locked(task, units);
    await this.all(units.map((unit, i) => failing(task, unit, tokens[i], error)));
  }

  /** Tasks whose first attempt failed, and whose delay is over. */
  async delayed(count) {
    await this.all(named('t', count).map(close));
    const failures = [];
    while (failures.length < count)
      for (const { kind, task, token } of await this.store.claim(Array.from({ length: BATCH }, claim)))
        if (kind === 'claimed')
          failures.push({ verb: 'failClaim', task, token, error: '1', retry: true, delay: DELAY });
    await this.all(failures);
    await sleep(DELAY);
  }

  /** Sweeps until nothing is due. */
  async sweep(limit) {
    while ((await this.store.sweep(limit)).more);
  }
}

export const failing = (task, unit, token, error = '{"message":"no"}') => ({
  verb: 'failUnit',
  task,
  unit,
  token,
  error,
  final: false,
});

/** Reads all pages. */
export async function pages(read) {
  for (let cursor; cursor !== null; ) ({ cursor } = await read(cursor === undefined ? {} : { cursor }));
}
