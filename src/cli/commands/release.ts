import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';

/** `tusker release`: releases a task as it is. */
export const release: Command = {
  name: 'release',
  summary: 'release a task now, with the units that are there',
  usage: 'TASK',
  options: {},
  details: ['Exits with 5 when the task is past its release.'],
  examples: ['tusker release song-1'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const task = input.argument('TASK');
  const outcome = await tusker.release(task);
  await output.show(
    { task, ...outcome },
    outcome.kind === 'released' ? `released; the task is ${outcome.state}` : `too late: the task is ${outcome.state}`,
  );
  return outcome.kind === 'released' ? EXIT.ok : EXIT.late;
}
