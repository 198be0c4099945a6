import { expect, test } from 'vitest';
import { History } from '../../src/testing/index.js';
import { SUBJECTS } from '../subjects.js';

test.each(['memory', 'redis'])('dead letters and events are capped: the oldest go first (%s)', async (name) => {
  const subject = await (SUBJECTS[name] as (typeof SUBJECTS)[string])();
  const h = new History(subject);
  for (let from = 0; from < 10_050; from += 50) {
    const names = Array.from({ length: 50 }, (_, i) => `t${from + i}`);
    await h.store.apply(names.map((task) => h.openCall(task)));
    await h.store.apply(names.map((task) => ({ verb: 'cancel', task, reason: '', nonce: h.nonce() }) as const));
    await h.advance(1);
  }
  await h.sweep();
  expect(await h.stats()).toMatchObject({ deadLetters: 10_000, failed: 10_050, open: 0 });
  expect([await h.state('t49'), await h.state('t50')]).toEqual([null, 'failed']);

  let kept = 0;
  for (let after = '0'; ; ) {
    const page = await h.store.events({ after, limit: 1000 });
    if (page.events.length === 0) break;
    kept += page.events.length;
    after = page.cursor;
  }
  expect(kept).toBeGreaterThanOrEqual(10_000);
  expect(kept).toBeLessThan(10_500);
  expect((await h.store.events({ after: '1', limit: 1 })).gap).toBe(true);
  await subject.dispose();
});
