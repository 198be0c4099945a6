/** A worker that nobody listens to is not silent about trouble. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createTusker } from '../../src/index.js';
import { unrulyTusker } from '../harness/unruly-tusker.js';
import { temporaryFolder } from '../subjects.js';
import { until } from '../tuskers.js';

interface Warning extends Error {
  readonly code?: string;
}

function heard(): Warning[] {
  const warnings: Warning[] = [];
  const listen = (warning: Warning): void => void (warning.code === 'TUSKER_WORKER' && warnings.push(warning));
  process.on('warning', listen);
  onTestFinished(() => void process.off('warning', listen));
  return warnings;
}

/** A SQLite file in a folder that is not there. */
function hopeless() {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const tusker = createTusker(`sqlite:${join(folder.path, 'missing', 'tusker.db')}`);
  onTestFinished(async () => void (await tusker.stop({ grace: 0 })));
  return tusker;
}

describe('a worker whose store is of no use', () => {
  test('warns once, with a code, and goes on trying', async () => {
    const warnings = heard();
    const worker = hopeless().work(() => null);
    await until('a warning', () => warnings.length > 0);
    expect(warnings[0]).toMatchObject({ name: 'TuskerWarning', code: 'TUSKER_WORKER' });
    expect(warnings[0]?.message).toMatch(
      /^A worker of "default" is in trouble, and goes on trying: CONNECTION: SQLite: /,
    );
    let reports = 0;
    worker.on('error', () => reports++);
    await until('more trouble', () => reports > 1);
    expect(warnings).toHaveLength(1);
  });

  test('warns again when the trouble is another one', async () => {
    const warnings = heard();
    const { tusker, store, time } = unrulyTusker();
    store.next('claim', { times: 100 }).rejects(new Error('the first trouble, for 10 ms'));
    tusker.work(() => null);
    await time.passes(2000);
    store.calmDown();
    store.next('claim', { times: 100 }).rejects(new Error('the first trouble, for 20 ms'));
    await time.passes(2000);
    store.calmDown();
    store.next('claim', { times: 100 }).rejects(new Error('another trouble'));
    await time.passes(2000);
    const about = warnings.map(({ message }) => message.split(': ').at(-1));
    expect(about).toEqual(['the first trouble, for 10 ms', 'another trouble']);
  });

  test('says nothing by itself to somebody who listens', async () => {
    const warnings = heard();
    const errors: unknown[] = [];
    hopeless()
      .work(() => null)
      .on('error', (error) => errors.push(error));
    await until('two errors', () => errors.length > 1);
    expect(warnings).toEqual([]);
  });
});
