import { expect, test } from 'vitest';
import { budget } from '../harness/budget.js';
import { walkHistories } from './histories.js';
import { memorySubject } from './subjects.js';

test('memory: random histories keep the promises of the contract', { timeout: 600_000 }, async () => {
  const steps = budget('memory');
  const walked = await walkHistories({ steps, shrinks: true, subject: async () => memorySubject() });
  expect(walked).toBeGreaterThan(steps / 2);
});
