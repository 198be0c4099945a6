import { setTimeout as pause } from 'node:timers/promises';
import type { SweepSummary } from '../../index.js';
import type { Command, Context } from '../command.js';
import { isStoreAway } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { Interruption } from '../interruption.js';

const DEFAULT_EVERY = 1000;
/** The longest pause while the store cannot be reached, in ms. */
const LONGEST_PAUSE = 30_000;

/** `tusker sweep`: ends what is due. */
export const sweep: Command = {
  name: 'sweep',
  summary: 'end what is due: for cron, where no worker runs',
  usage: '',
  options: {
    limit: { value: 'N', summary: 'about so many steps at most', default: 'all that is due' },
    loop: { summary: 'again and again, until a signal; tells of those that ended something' },
    every: { value: 'DURATION', summary: 'with --loop: the pause between two', default: '1s' },
  },
  details: [
    'Ends overdue locks and attempts, graces, deadlines and delays, closes what is idle, and removes what was kept long',
    'enough. Workers do so by themselves: this is for a namespace without one. Any number may run at once. With --loop a store',
    'that cannot be reached for a while is waited for.',
  ],
  examples: ['tusker sweep', 'tusker sweep --loop --every 5s'],
  seeAlso: ['work', 'stats'],
  run,
};

async function run(context: Context): Promise<number> {
  const { input, output, tusker } = context;
  const limit = given({ limit: input.whole('limit') });
  const every = input.duration('every') ?? DEFAULT_EVERY;
  if (input.flag('loop')) return loop(context, limit, every);
  const summary = await tusker.sweep(limit);
  await output.show(summary, text(summary));
  return EXIT.ok;
}

async function loop(
  { output, tusker, surroundings }: Context,
  limit: { limit?: number },
  every: number,
): Promise<number> {
  using interruption = new Interruption(surroundings.signals);
  const { signal } = interruption;
  let hasSwept = false;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const summary = await tusker.sweep(limit);
      hasSwept = true;
      failures = 0;
      if (summary.locks + summary.attempts + summary.tasks + summary.removed > 0)
        await output.show(summary, text(summary));
    } catch (error) {
      // A store that was never there is a mistake to be told at once.
      if (!hasSwept || !isStoreAway(error)) throw error;
      if (failures++ === 0) output.error(error);
    }
    const time = failures === 0 ? every : Math.min(LONGEST_PAUSE, Math.max(every, 100) * 2 ** failures);
    await pause(time, undefined, { signal }).catch(() => {});
  }
  return EXIT.ok;
}

function text({ locks, attempts, tasks, removed }: SweepSummary): string {
  return `${locks} lock(s) and ${attempts} attempt(s) ended, ${tasks} task(s) moved on, ${removed} record(s) removed`;
}
