import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';

/** `tusker remove`: forgets an ended task. */
export const remove: Command = {
  name: 'remove',
  summary: 'forget an ended task; late calls are answered for 5 minutes more',
  usage: 'TASK',
  options: {},
  details: ['Exits with 5 when the task has not ended.'],
  examples: ['tusker remove song-1'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const task = input.argument('TASK');
  const outcome = await tusker.remove(task);
  await output.show(
    { task, ...outcome },
    outcome.kind === 'removed' ? 'removed' : `not ended: the task is ${outcome.state}`,
  );
  return outcome.kind === 'removed' ? EXIT.ok : EXIT.late;
}
