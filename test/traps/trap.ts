import { test } from 'vitest';
import type { Tusker } from '../../src/index.js';
import { createTusker } from '../../src/index.js';
import type { ManualClock } from '../../src/testing/index.js';
import { History } from '../../src/testing/index.js';
import { SUBJECTS } from '../subjects.js';

/** A store by its calls, by the public interface, and its clock. */
export interface Trapped {
  readonly h: History;
  readonly tusker: Tusker;
  readonly clock: ManualClock;
}

/** Immediate second attempts: what is looked at here is how often, not when. */
export const AT_ONCE = { backoff: { base: 0, factor: 1, max: 0, jitter: 0 } } as const;

/** A mistake of the first tusker or of a peer, shown not to be made: one history, on every store. */
export function trap(title: string, run: (trapped: Trapped) => Promise<void>): void {
  test.each(Object.entries(SUBJECTS))(`${title} (%s)`, async (_, makeSubject) => {
    const subject = await makeSubject();
    const tusker = createTusker({ store: subject.store }) as Tusker;
    try {
      await run({ h: new History(subject), tusker, clock: subject.clock });
    } finally {
      await tusker.stop({ grace: 0 });
      await subject.dispose();
    }
  });
}

/** Claims and completes until nothing is left: the names, one for each time a task was handed out. */
export async function workOff(h: History): Promise<string[]> {
  const tasks: string[] = [];
  for (;;) {
    const outcome = await h.claim();
    if (outcome.kind !== 'claimed') return tasks;
    tasks.push(outcome.task);
    await h.complete(outcome.task, outcome.token);
  }
}
