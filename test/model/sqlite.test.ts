import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { History } from '../../src/testing/index.js';
import { histories } from './commands.js';
import { seed } from './seed.js';
import { memorySubject, SqliteSubjects } from './subjects.js';
import { twinStore } from './twin-store.js';
import { Walk } from './walk.js';

const subjects = new SqliteSubjects();
afterAll(() => subjects.close());

test('SQLite: random histories keep the promises of the contract', { timeout: 300_000 }, async () => {
  let commands = 0;
  const property = fc.asyncProperty(histories(110), async (history) => {
    const subject = subjects.next();
    commands += history.length;
    await new Walk(new History(subject), subject.clock.now()).run(history);
  });
  await fc.assert(property, { seed: seed('histories on SQLite'), numRuns: 120 });
  console.log(`${commands} commands on SQLite`);
  expect(commands).toBeGreaterThan(5000);
});

test('memory and SQLite answer alike, tokens and times included', { timeout: 300_000 }, async () => {
  let commands = 0;
  const property = fc.asyncProperty(histories(110), async (history) => {
    const file = new SqliteSubjects();
    const sqlite = file.next();
    const memory = memorySubject(sqlite.clock);
    commands += history.length;
    try {
      const store = twinStore(memory.store, sqlite.store);
      await new Walk(new History({ ...sqlite, store }), sqlite.clock.now()).run(history);
    } finally {
      await file.close();
    }
  });
  await fc.assert(property, { seed: seed('histories on both stores'), numRuns: 120 });
  console.log(`${commands} commands on both stores`);
  expect(commands).toBeGreaterThan(5000);
});
