/** What `stop` tells of a store that does not answer. */
import { expect, onTestFinished, test } from 'vitest';
import { unrulyTusker } from '../harness/unruly-tusker.js';

test('a stop that waits for a silent store says so once, and for which calls', async () => {
  const { tusker, store, time } = unrulyTusker();
  const warnings: Error[] = [];
  const hear = (warning: Error): void => void warnings.push(warning);
  process.on('warning', hear);
  onTestFinished(() => void process.off('warning', hear));
  for (const verb of ['unlock', 'close', 'open', 'cancel'] as const) store.next(verb).holdsCall();
  const lock = await tusker.lock('song', 7);
  const calls = [lock.unlock(), tusker.close('a'), tusker.open('b'), tusker.cancel('c')];
  for (const call of calls) call.catch(() => {});
  await time.settles();
  const stopped = tusker.stop({ grace: 0 });
  await time.passes(2999);
  expect(warnings).toEqual([]);
  await time.passes(1);
  expect(warnings).toMatchObject([
    {
      code: 'TUSKER_STOP',
      message:
        'stop() waits for the store to answer 4 call(s), at most 7 s more: unlock of unit "7" of task "song", ' +
        'close of task "a", open of task "b" and 1 more.',
    },
  ]);
  await time.passes(7000);
  expect((await stopped).calls).toHaveLength(4);
  expect(warnings).toHaveLength(1);
});
