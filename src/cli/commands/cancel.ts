import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';

/** `tusker cancel`: ends a task in `failed`. */
export const cancel: Command = {
  name: 'cancel',
  summary: 'end a task as failed; whoever works on it is told',
  usage: 'TASK',
  options: { reason: { value: 'TEXT', summary: 'why, for people' } },
  details: ['Exits with 5 when the task has ended before. tusker retry returns it.'],
  examples: ['tusker cancel song-1 --reason "wrong upload"'],
  run,
};

async function run({ input, output, tusker }: Context): Promise<number> {
  const task = input.argument('TASK');
  const outcome = await tusker.cancel(task, input.text('reason'));
  const text = outcome.kind === 'cancelled' ? 'cancelled' : `ended before: the task is ${outcome.state}`;
  await output.show({ task, ...outcome }, text);
  return outcome.kind === 'cancelled' ? EXIT.ok : EXIT.late;
}
