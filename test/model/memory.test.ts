import fc from 'fast-check';
import { expect, test } from 'vitest';
import { History } from '../../src/testing/index.js';
import { histories } from './commands.js';
import { seed } from './seed.js';
import { memorySubject } from './subjects.js';
import { Walk } from './walk.js';

test('memory: random histories keep the promises of the contract', { timeout: 300_000 }, async () => {
  let commands = 0;
  const property = fc.asyncProperty(histories(110), async (history) => {
    const subject = memorySubject();
    commands += history.length;
    await new Walk(new History(subject), subject.clock.now()).run(history);
  });
  await fc.assert(property, { seed: seed('histories on memory'), numRuns: 2000 });
  console.log(`${commands} commands on memory`);
  expect(commands).toBeGreaterThan(100_000);
});
