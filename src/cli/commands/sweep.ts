import { setTimeout as pause } from 'node:timers/promises';
import type { SweepSummary } from '../../index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { Interruption } from '../interruption.js';
import { Outage } from '../outage.js';

const DEFAULT_EVERY = 1000;

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
  lasts: (input) => (input.flag('loop') ? 'runs on' : undefined),
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

async function loop(context: Context, limit: { limit?: number }, every: number): Promise<number> {
  const { output, tusker, surroundings } = context;
  using interruption = new Interruption(surroundings.signals);
  const { signal } = interruption;
  using outage = new Outage(context);
  while (!signal.aborted) {
    const summary = await outage.until(() => tusker.sweep(limit), signal);
    if (summary && summary.locks + summary.attempts + summary.tasks + summary.removed > 0)
      await output.show(summary, text(summary));
    await pause(every, undefined, { signal }).catch(() => {});
  }
  return EXIT.ok;
}

function text({ locks, attempts, tasks, removed }: SweepSummary): string {
  return `${locks} lock(s) and ${attempts} attempt(s) ended, ${tasks} task(s) moved on, ${removed} record(s) removed`;
}
