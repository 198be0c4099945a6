import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sqliteStore } from '../../src/stores/embedded/sqlite.js';
import { openDatabase } from '../../src/stores/embedded/sqlite-driver.js';
import { History, ManualClock } from '../../src/testing/index.js';
import { temporaryFolder } from '../subjects.js';
import { workOff } from './trap.js';

let folder: ReturnType<typeof temporaryFolder>;
let clock: ManualClock;
const opened: History[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  clock = new ManualClock();
});
afterEach(async () => {
  for (const { subject } of opened.splice(0)) await subject.dispose();
  folder.remove();
});

/** The file as one process has it. */
function open(): History {
  const store = sqliteStore(join(folder.path, 'tusker.db'), { synchronous: 'NORMAL', clock });
  const history = new History({ store, advance: async (ms) => clock.advance(ms), dispose: () => store.close() });
  opened.push(history);
  return history;
}

/** What somebody else does to the file. */
function meddle(...statements: readonly string[]): void {
  const database = openDatabase(join(folder.path, 'tusker.db'));
  for (const statement of statements) database.exec(statement);
  database.close();
}

describe('a call happens as a whole or not at all', () => {
  test('S18: a write error half-way is undone: the lock is there still, and its unlock releases (sqlite)', async () => {
    const h = open();
    const token = await h.token('t', 'u');
    await h.close('t');
    // The task is written before its unit: here it is the second write that fails.
    const broken = (event: string) =>
      `create trigger broken_${event} before ${event} on unit begin select raise(abort, 'broken'); end`;
    meddle(broken('insert'), broken('update'));
    await expect(h.unlock('t', 'u', token)).rejects.toThrow('broken');
    expect([await h.units('t'), await h.state('t')]).toEqual([{ u: 'locked' }, 'locked']);
    expect((await h.claim()).kind).toBe('none');
    meddle('drop trigger broken_insert', 'drop trigger broken_update');
    expect(await h.unlock('t', 'u', token)).toMatchObject({ kind: 'done', released: true });
    expect(await workOff(h)).toEqual(['t']);
  });

  test('S18: a record that cannot be read fails its own calls, its neighbours in the batch go on (sqlite)', async () => {
    const h = open();
    for (const task of ['broken', 'good']) await h.token(task, 'u');
    meddle(`update task set record = 'garbage' where name = 'broken'`);
    const outcomes = await h.store.apply([h.lockCall('broken', 'v'), h.lockCall('good', 'v')]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['error', 'locked']);
    expect(outcomes[0]).toMatchObject({ error: { code: 'STORE_CORRUPT' } });
  });

  test('S17: a record that cannot be read does not keep the sweep from its neighbours (sqlite)', async () => {
    const h = open();
    for (const task of ['broken', 'good']) {
      await h.token(task, 'u', { ttl: 1000 });
      await h.close(task, { unitGrace: 0, incomplete: 'release' });
    }
    meddle(`update task set record = 'garbage' where name = 'broken'`);
    await h.advance(1000);
    await h.store.sweep(100).catch(() => {});
    await h.store.sweep(100).catch(() => {});
    expect(await h.state('good')).toBe('released');
  });

  test('S11: a record that cannot be read does not keep the workers from the rest of the queue (sqlite)', async () => {
    const h = open();
    for (const task of ['broken', 'good']) await h.close(task);
    meddle(`update task set record = 'garbage' where name = 'broken'`);
    const claims = [await h.claim().catch(() => null), await h.claim().catch(() => null)];
    expect(claims).toContainEqual(expect.objectContaining({ kind: 'claimed', task: 'good' }));
  });
});
