import { setTimeout as pause } from 'node:timers/promises';
import type { SweepSummary } from '../../index.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { given } from '../input.js';
import { Interruption } from '../interruption.js';

const DEFAULT_EVERY = 1000;

/** `tusker sweep`: ends what is due. */
export const sweep: Command = {
  name: 'sweep',
  summary: 'end what is due: for cron, where no worker runs',
  usage: '',
  options: {
    limit: { value: 'N', summary: 'about so many steps at most', default: 'all that is due' },
    loop: { summary: 'again and again, until SIGINT or SIGTERM; tells of those that ended something' },
    every: { value: 'DURATION', summary: 'with --loop: the pause between two', default: '1s' },
  },
  examples: ['tusker sweep', 'tusker sweep --loop --every 5s'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const limit = given({ limit: input.whole('limit') });
  const every = input.duration('every') ?? DEFAULT_EVERY;
  if (!input.flag('loop')) {
    const summary = await tusker.sweep(limit);
    await output.show(summary, text(summary));
    return EXIT.ok;
  }
  using interruption = new Interruption();
  const { signal } = interruption;
  while (!signal.aborted) {
    const summary = await tusker.sweep(limit);
    if (summary.locks + summary.attempts + summary.tasks + summary.removed > 0)
      await output.show(summary, text(summary));
    await pause(every, undefined, { signal }).catch(() => {});
  }
  return EXIT.ok;
}

function text({ locks, attempts, tasks, removed }: SweepSummary): string {
  return `${locks} lock(s) and ${attempts} attempt(s) ended, ${tasks} task(s) moved on, ${removed} record(s) removed`;
}
