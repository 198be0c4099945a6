import { afterAll, expect, test } from 'vitest';
import { budget } from '../harness/budget.js';
import { walkHistories } from './histories.js';
import { memorySubject, SqliteSubjects } from './subjects.js';
import { twinStore } from './twin-store.js';

const subjects = new SqliteSubjects();
afterAll(() => subjects.close());

test('SQLite: random histories keep the promises of the contract, answered as memory does', {
  timeout: 600_000,
}, async () => {
  const steps = budget('sqlite');
  const walked = await walkHistories({
    steps,
    subject: async () => {
      const sqlite = subjects.next();
      return { ...sqlite, store: twinStore(memorySubject(sqlite.clock).store, sqlite.store) };
    },
  });
  expect(walked).toBeGreaterThan(steps / 2);
});
